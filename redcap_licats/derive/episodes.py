"""CRS and ICANS graded again from the assessments of each episode; the investigator's grade stays beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal

from redcap_licats.derive.astct import Findings, crs_findings, icans_findings
from redcap_licats.derive.model import Reason
from redcap_licats.derive.timing import Period
from redcap_licats.derive.toxicity import EpisodeResult, Graded, Limb, Observed
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Assessment, Input, Subject
from redcap_licats.subject.model import Toxicity as Episode

Kind = Literal["crs", "icans"]

HIGHEST = 4
_EPISODE = ("tox_kind", "tox_onset", "tox_end", "tox_ongoing")
_CELLS: Mapping[Kind, Sequence[str]] = {
    "crs": ("temp", "antipyr", "o2_device", "o2_flow", "pressors", "vasopressin", "sbp"),
    "icans": (
        *(f"ice_{item}" for item in ("orient", "name", "cmd", "write", "att")),
        *("consc", "seizure", "motor", "icp"),
    ),
}


def episode_days(episode: Episode) -> Period | None:
    """Give the days of an episode; open while it is ongoing or its end is not recorded; None without an onset."""
    if episode.onset is None:
        return None
    return Period(episode.onset, None if episode.ongoing else episode.end)


def regrade_episodes(subject: Subject, protocol: Protocol) -> tuple[EpisodeResult, ...]:
    """Grade every episode of a known kind by the worst assessment of its days.

    None while something is not recorded that could raise the grade; grade 0 is CRS without fever that nothing can
    have masked, or ICANS without any finding.
    """
    return tuple(
        EpisodeResult(
            one,
            _crs(episode_days(one), (one.tocilizumab, one.glucocorticoid), subject, protocol)
            if one.kind == "crs"
            else _icans(episode_days(one), subject, protocol),
        )
        for one in subject.toxicities
        if one.kind
    )


def worst_episode(
    kind: Kind, episodes: Iterable[EpisodeResult], subject: Subject, protocol: Protocol
) -> tuple[Graded, Reason]:
    """Give the subject's grade: that of the worst episode.

    Without an episode it is 0 if the assessments show that there was none. A finding is not graded then: whether
    another cause explains it is the investigator's to say.
    """
    mine = [one for one in episodes if one.episode.kind == kind]
    graded = _worst([one.observed.graded for one in mine]) if mine else _without_episode(kind, subject, protocol)
    remark = "missing: " + " ".join(graded.missing) if graded.missing else ""
    days = [episode_days(one.episode) for one in mine] or [_watched(subject, protocol)]
    inputs = _inputs(kind, [one.episode for one in mine], days, subject, protocol)
    return graded, Reason(f"astct_{kind}", inputs, remark)


def _worst(grades: Sequence[Graded]) -> Graded:
    known = max((one.grade for one in grades if one.grade is not None), default=None)
    missing = tuple(sorted({code for one in grades for code in one.missing}))
    return Graded(known) if known == HIGHEST or not missing else Graded(None, missing)


def _without_episode(kind: Kind, subject: Subject, protocol: Protocol) -> Graded:
    days = _watched(subject, protocol)
    if days is None:
        return Graded(None, ("infusion_date",))
    if kind == "crs":
        graded = _crs(days, (False, False), subject, protocol).graded
    else:
        graded = _icans(days, subject, protocol).graded
    return Graded(None, ("episode",)) if graded.grade else graded


def _watched(subject: Subject, protocol: Protocol) -> Period | None:
    if subject.day_zero is None:
        return None
    until = dt.timedelta(days=protocol.toxicity.regrading.watched_until_day)
    return Period(subject.day_zero, subject.day_zero + until)


def _icans(days: Period | None, subject: Subject, protocol: Protocol) -> Observed:
    toxicity = protocol.toxicity
    seen = _during(days, subject)
    found = [(one, icans_findings(one, toxicity.icans, toxicity.regrading, _age(subject))) for one in seen]
    missing, limbs = _missing(days, found), _limbs(found)
    worst = max((one.grade for one in limbs), default=0)
    graded = Graded(worst) if worst == HIGHEST or not missing else Graded(None, missing)
    return Observed(graded, tuple(seen), limbs)


def _crs(
    days: Period | None, treated: tuple[bool | None, bool | None], subject: Subject, protocol: Protocol
) -> Observed:
    """Grade both limbs where there was fever or something that may have kept it away.

    ``treated`` tells of tocilizumab and of glucocorticoid; antipyretics stand with each temperature.
    """
    toxicity = protocol.toxicity
    seen = _during(days, subject)
    found = [(one, crs_findings(one, toxicity.crs, toxicity.regrading, _age(subject))) for one in seen]
    around = _during(days and with_days_before(days, toxicity.regrading.fever_before_days), subject)
    highest = max((one.temperature for one in around if one.temperature is not None), default=None)
    answers = {*treated, *(one.antipyretic for one in around)}
    masked = True if True in answers else None if None in answers else False
    needed = highest is None or highest < toxicity.crs.fever
    open_questions = _fever_unknown(treated, around) if needed and not masked else ()
    missing, limbs = _missing(days, found), _limbs(found)
    worst = max((one.grade for one in limbs), default=0)
    if seen and needed and not masked and not open_questions:
        graded = Graded(0)
    elif not open_questions and (worst == HIGHEST or not missing):
        graded = Graded(worst)
    else:
        graded = Graded(None, (*missing, *open_questions))
    return Observed(graded, tuple(seen), limbs, tuple(around), highest, masked)


def with_days_before(days: Period, number: int) -> Period:
    """Begin some days earlier."""
    return Period(days.first and days.first - dt.timedelta(days=number), days.last)


def _fever_unknown(treated: tuple[bool | None, bool | None], around: Sequence[Assessment]) -> tuple[str, ...]:
    """Name what would be needed to say that there was no fever and nothing to mask it."""
    tocilizumab, glucocorticoid = treated
    return tuple(
        name
        for name, blank in (
            ("temperature", _blank_day(around, lambda one: one.temperature is None)),
            ("antipyretic", _blank_day(around, lambda one: one.antipyretic is None)),
            ("tocilizumab", tocilizumab is None),
            ("glucocorticoid", glucocorticoid is None),
        )
        if blank
    )


def _blank_day(seen: Sequence[Assessment], blank: Callable[[Assessment], bool]) -> bool:
    return any(all(blank(one) for one in of_day) for _, of_day in groupby(seen, key=lambda one: one.date))


def _missing(days: Period | None, found: Sequence[tuple[Assessment, Findings]]) -> tuple[str, ...]:
    """Name what is not recorded; on a day with several assessments only what none of them records."""
    if days is None:
        return ("onset",)
    if not found:
        return ("assessment",)
    names: set[str] = set()
    for _, of_day in groupby(found, key=lambda row: row[0].date):
        names |= frozenset.intersection(*(missing for _, (_, missing) in of_day))
    return tuple(sorted(names))


def _limbs(found: Iterable[tuple[Assessment, Findings]]) -> tuple[Limb, ...]:
    return tuple(limb for _, (limbs, _) in found for limb in limbs)


def _during(days: Period | None, subject: Subject) -> list[Assessment]:
    """List the assessments of some days that were done, oldest first."""
    return [
        one for one in subject.assessments if days and one.date and days.holds(one.date) and one.done is not False
    ]


def _age(subject: Subject) -> int | None:
    return subject.enrolment.age if subject.enrolment else None


def _inputs(
    kind: Kind, episodes: Sequence[Episode], days: Iterable[Period | None], subject: Subject, protocol: Protocol
) -> tuple[Input, ...]:
    """Name the cells used: age, episodes, assessments of some days; without an episode the infusion's date."""
    cells = [subject.cell(subject.enrolment.place, "enr_age")] if subject.enrolment else []
    if not episodes and subject.infusion:
        cells.append(subject.cell(subject.infusion.place, "inf_date"))
    treated = ("tox_tcz", "tox_gc") if kind == "crs" else ()
    cells += [subject.cell(one.place, field) for one in episodes for field in (*_EPISODE, *treated)]
    before = protocol.toxicity.regrading.fever_before_days if kind == "crs" else 0
    seen = dict.fromkeys(
        one.place for span in days for one in _during(span and with_days_before(span, before), subject)
    )
    fields = ("date", "done", *_CELLS[kind])
    return (*cells, *(subject.cell(place, f"asm_{field}") for place in seen for field in fields))
