"""CRS and ICANS (CR)."""

from __future__ import annotations

import datetime as dt

from redcap_licats.check import each
from redcap_licats.check.astct import ice_grade, ice_score, other_icans_grade, oxygen_grade, pressor_grade
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.model import CriterionState, EventResult
from redcap_licats.derive.timing import Period
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import Assessment, Input, Toxicity

DAYS_OF_EPISODE = ("tox_onset", "tox_end", "tox_ongoing")
#: below this age neurotoxicity is scored by CAPD, not by ICE
ICE_FROM_AGE = 12


def _period(episode: Toxicity, before: dt.timedelta = dt.timedelta()) -> Period | None:
    """Give the days of an episode; open while it is ongoing or its end is not recorded."""
    if episode.onset is None:
        return None
    return Period(episode.onset - before, None if episode.ongoing else episode.end)


def _during(view: View, period: Period) -> list[Assessment]:
    return [one for one in view.subject.assessments if one.date and period.holds(one.date)]


@check("CR01", each.event)
def crs_around_onset(view: View, event: EventResult) -> Said:
    if event.onset is None:
        return
    around = Period(event.onset - view.days("within_days"), event.onset + view.days("within_days"))
    for episode in view.subject.toxicities:
        period = _period(episode)
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


@check("CR02", each.toxicity)
def crs_grade_and_vital_signs(view: View, episode: Toxicity) -> Said:
    """Hypotension without vasopressors is grade 2 and not recorded as such: a 2 is never above the values."""
    period = _period(episode)
    if episode.kind != "crs" or period is None or episode.grade not in (1, 2, 3, 4):
        return
    seen = [one for one in _during(view, period) if one.oxygen_device or one.vasopressors is not None]
    oxygen = [(oxygen_grade(x.oxygen_device, x.oxygen_flow), x) for x in seen if x.oxygen_device]
    pressors = [(pressor_grade(x.vasopressors), x) for x in seen if x.vasopressors is not None]
    worst = max((grade for grade, _ in oxygen + pressors), default=None)
    if worst is None or worst == episode.grade or (worst == 1 and episode.grade == 2):
        return
    limbs: list[Text] = []
    for grade, one in oxygen:
        if grade == worst > 1 and not limbs:
            device = view.answer("assessment", "o2_device", one.oxygen_device)
            limbs.append(view.phrase("oxygen", device=device, grade=grade))
    for grade, one in pressors:
        if grade == worst > 1 and len(limbs) < 2:
            limbs.append(view.phrase("pressors", number=one.vasopressors, grade=grade))
    read: list[Input] = [*view.cells(episode.place, *DAYS_OF_EPISODE)]
    for one in seen:
        read += view.cells(one.place, "asm_date", "asm_o2_device", "asm_o2_flow", "asm_pressors")
    yield view.finding(
        episode.place,
        "tox_grade",
        read=read,
        grade=episode.grade,
        onset=episode.onset,
        end=period.last,
        limbs=listed(limbs or [view.phrase("none")]),
    )


@check("CR03", each.toxicity)
def crs_without_fever(view: View, episode: Toxicity) -> Said:
    """Fever may be masked by antipyretic, tocilizumab or glucocorticoid; no temperature says nothing."""
    period = _period(episode, view.days("before_days"))
    if episode.kind != "crs" or period is None:
        return
    seen = [one for one in _during(view, period) if one.temperature is not None]
    highest = max((one.temperature for one in seen if one.temperature is not None), default=None)
    treated = episode.tocilizumab or episode.glucocorticoid or any(one.antipyretic for one in seen)
    if highest is not None and highest < view.number("fever") and not treated:
        read = [*view.cells(episode.place, *DAYS_OF_EPISODE, "tox_tcz", "tox_gc")]
        for one in seen:
            read += view.cells(one.place, "asm_date", "asm_temp", "asm_antipyr")
        yield view.finding(
            episode.place,
            "tox_onset",
            read=read,
            first=period.first,
            last=period.last,
            highest=highest,
            limit=view.number("fever"),
        )


@check("CR04", each.toxicity)
def icans_grade_and_ice(view: View, episode: Toxicity) -> Said:
    period = _period(episode)
    age = view.subject.enrolment.age if view.subject.enrolment else None
    if episode.kind != "icans" or period is None or episode.grade not in (1, 2, 3, 4):
        return
    scored = [(score, one) for one in _during(view, period) if (score := ice_score(one)) is not None]
    if not scored or (age is not None and age < ICE_FROM_AGE):
        return
    ice, score = max((ice_grade(score, one.consciousness), -score) for score, one in scored)
    other = max(other_icans_grade(one) for _, one in scored)
    if max(ice, other) != episode.grade:
        read: list[Input] = [*view.cells(episode.place, *DAYS_OF_EPISODE)]
        items = ("orient", "name", "cmd", "write", "att")
        for _, one in scored:
            read += view.cells(one.place, "asm_date", *(f"asm_ice_{item}" for item in items))
            read += view.cells(one.place, "asm_consc", "asm_seizure", "asm_motor", "asm_icp")
        yield view.finding(
            episode.place,
            "tox_grade",
            read=read,
            grade=episode.grade,
            onset=episode.onset,
            end=period.last,
            limbs=listed([view.phrase("ice", value=-score, grade=ice), view.phrase("other", grade=other)]),
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
            period = _period(episode)
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
