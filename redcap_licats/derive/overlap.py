"""CRS and ICANS: beside an event, and over the subject."""

from __future__ import annotations

from collections.abc import Sequence

from redcap_licats.derive.timing import Period, end_of, first_day, onset_day
from redcap_licats.subject.model import OrganEvent, Subject, Toxicity, Tri


def overlaps(event: OrganEvent, kind: str, toxicities: Sequence[Toxicity]) -> Tri:
    """Whether an episode of CRS or ICANS shares a day with the event, from first symptom to end.

    Without any recorded episode the answer is no. It is unknown without a date of the event, or while no episode
    is known to overlap and one lacks the dates to tell.
    """
    first = first_day(event)
    episodes = [one for one in toxicities if one.kind == kind]
    if not episodes:
        return "no"
    if first is None:
        return "unknown"
    days = Period(first, end_of(event))
    answers = {_overlap(days, one) for one in episodes}
    return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"


def _overlap(days: Period, episode: Toxicity) -> Tri:
    if episode.onset is None:
        return "unknown"
    end = None if episode.ongoing else episode.end
    if not days.touches(Period(episode.onset, end)):
        return "no"
    # an end that is neither recorded nor ongoing: sure only if the episode began within the event
    return "yes" if end or episode.ongoing or days.holds(episode.onset) else "unknown"


def highest_grade(kind: str, toxicities: Sequence[Toxicity]) -> int | None:
    """Give the highest grade by the investigator over the episodes of a kind; None if there is none."""
    return max((one.grade for one in toxicities if one.kind == kind and one.grade), default=None)


def crs_onset_day(subject: Subject) -> int | None:
    """Give the days from the infusion to the first dated onset of CRS; None if there is none."""
    days = (onset_day(one.onset, subject.day_zero) for one in subject.toxicities if one.kind == "crs")
    return min((day for day in days if day is not None), default=None)


def crs_treated_with_tocilizumab(subject: Subject) -> bool | None:
    """Whether any CRS was treated with tocilizumab; no without CRS once infused, None while an answer is blank."""
    answers = {one.tocilizumab for one in subject.toxicities if one.kind == "crs"}
    if True in answers:
        return True
    return None if None in answers or subject.day_zero is None else False
