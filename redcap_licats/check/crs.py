"""CRS and ICANS (CR)."""

from __future__ import annotations

from redcap_licats.check import each
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.episodes import episode_days, with_days_before
from redcap_licats.derive.model import CriterionState, EventResult
from redcap_licats.derive.timing import Period
from redcap_licats.derive.toxicity import EpisodeResult
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import Input, Toxicity

DAYS_OF_EPISODE = ("tox_onset", "tox_end", "tox_ongoing")


@check("CR01", each.event)
def crs_around_onset(view: View, event: EventResult) -> Said:
    if event.onset is None:
        return
    around = Period(event.onset - view.days("within_days"), event.onset + view.days("within_days"))
    for episode in view.subject.toxicities:
        period = episode_days(episode)
        if episode.kind == "crs" and period and period.touches(around):
            yield view.finding(
                event.event.place,
                f"{event.event.organ}_onset",
                read=view.cells(episode.place, *DAYS_OF_EPISODE),
                crs_onset=episode.onset,
                crs_end=period.last,
                limit=view.number("within_days"),
                onset=event.onset,
            )
            return


@check("CR02", each.episode)
def crs_grade_and_vital_signs(view: View, result: EpisodeResult) -> Said:
    """Compare with oxygen and vasopressors alone; that a low pressure is hypotension is not ASTCT's to say.

    Hypotension without vasopressors is grade 2 and not recorded as such: a 2 is never above the values.
    """
    episode, period = result.episode, episode_days(result.episode)
    if episode.kind != "crs" or period is None or episode.grade not in (1, 2, 3, 4):
        return
    oxygen = [one for one in result.observed.limbs if one.name == "oxygen"]
    pressors = [one for one in result.observed.limbs if one.name == "pressors"]
    worst = max((one.grade for one in oxygen + pressors), default=None)
    if worst is None or worst == episode.grade or (worst == 1 and episode.grade == 2):
        return
    limbs: list[Text] = []
    for one in oxygen:
        if one.grade == worst > 1 and not limbs:
            device = view.answer("assessment", "o2_device", one.value)
            limbs.append(view.phrase("oxygen", device=device, grade=one.grade))
    for one in pressors:
        if one.grade == worst > 1 and len(limbs) < 2:
            limbs.append(view.phrase("pressors", number=one.value, grade=one.grade))
    read: list[Input] = [*view.cells(episode.place, *DAYS_OF_EPISODE)]
    for seen in result.observed.assessments:
        if seen.oxygen_device or seen.vasopressors is not None:
            read += view.cells(seen.place, "asm_date", "asm_o2_device", "asm_o2_flow", "asm_pressors")
    yield view.finding(
        episode.place,
        "tox_grade",
        read=read,
        grade=episode.grade,
        onset=episode.onset,
        end=period.last,
        limbs=listed(limbs or [view.phrase("none")]),
    )


@check("CR03", each.episode)
def crs_without_fever(view: View, result: EpisodeResult) -> Said:
    """Fever may be masked by antipyretic, tocilizumab or glucocorticoid; no temperature says nothing."""
    toxicity, episode, observed = view.protocol.toxicity, result.episode, result.observed
    days, highest, limit = episode_days(episode), observed.highest_temperature, toxicity.crs.fever
    if episode.kind != "crs" or days is None or highest is None:
        return
    if highest < limit and not observed.fever_masked:
        period = with_days_before(days, toxicity.regrading.fever_before_days)
        read = [*view.cells(episode.place, *DAYS_OF_EPISODE, "tox_tcz", "tox_gc")]
        for one in observed.around:
            if one.temperature is not None:
                read += view.cells(one.place, "asm_date", "asm_temp", "asm_antipyr")
        yield view.finding(
            episode.place,
            "tox_onset",
            read=read,
            first=period.first,
            last=period.last,
            highest=highest,
            limit=limit,
        )


@check("CR04", each.episode)
def icans_grade_and_ice(view: View, result: EpisodeResult) -> Said:
    """Compare with the assessments that have an ICE score; children have none."""
    episode, period = result.episode, episode_days(result.episode)
    if episode.kind != "icans" or period is None or episode.grade not in (1, 2, 3, 4):
        return
    scored = [one for one in result.observed.limbs if one.name == "ice"]
    if not scored:
        return
    places = dict.fromkeys(one.place for one in scored)
    worst = max(scored, key=lambda one: (one.grade, -int(one.value)))
    other = max(
        (one.grade for one in result.observed.limbs if one.name != "ice" and one.place in places), default=0
    )
    if max(worst.grade, other) != episode.grade:
        read: list[Input] = [*view.cells(episode.place, *DAYS_OF_EPISODE)]
        items = ("orient", "name", "cmd", "write", "att")
        for place in places:
            read += view.cells(place, "asm_date", *(f"asm_ice_{item}" for item in items))
            read += view.cells(place, "asm_consc", "asm_seizure", "asm_motor", "asm_icp")
        yield view.finding(
            episode.place,
            "tox_grade",
            read=read,
            grade=episode.grade,
            onset=episode.onset,
            end=period.last,
            limbs=listed(
                [view.phrase("ice", value=worst.value, grade=worst.grade), view.phrase("other", grade=other)]
            ),
        )


@check("CR05", each.toxicity)
def tocilizumab_without_crs(view: View, episode: Toxicity) -> Said:
    if episode.tocilizumab and not any(one.kind == "crs" for one in view.subject.toxicities):
        yield view.finding(episode.place, "tox_tcz", read=view.cells(episode.place, "tox_kind"))


@check("CR06", each.event)
def same_hypoxia_twice(view: View, event: EventResult) -> Said:
    """CRS of grade 1 has no hypoxia that could be counted twice."""
    organ = view.protocol.organs[event.event.organ]
    for result in event.criteria:
        criterion, lowest = organ.find(result.criterion), result.peak
        if not criterion or criterion.kind != "spo2_fall" or result.state is not CriterionState.MET or not lowest:
            continue
        for episode in view.subject.toxicities:
            period = episode_days(episode)
            if episode.kind == "crs" and period and (episode.grade or 0) > 1 and period.holds(lowest.date):
                yield view.finding(
                    event.event.place,
                    f"{organ.slug}_crit",
                    read=(
                        *view.cells(lowest.input.place, "asm_spo2", "asm_date"),
                        *view.cells(episode.place, *DAYS_OF_EPISODE, "tox_grade"),
                    ),
                    spo2=lowest.value,
                    date=lowest.date,
                    grade=episode.grade,
                    crs_onset=episode.onset,
                )
                return
