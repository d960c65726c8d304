"""Where a criterion's evidence is looked for, what it lacks, and the cells it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from redcap_licats.derive.model import Measurement, Reason
from redcap_licats.derive.timing import Period, Resolution, resolution
from redcap_licats.protocol.models import Criterion
from redcap_licats.protocol.settings import Window
from redcap_licats.subject.model import OrganEvent, Subject


def peak_window(event: OrganEvent, subject: Subject, window: Window) -> Period | None:
    """Give the days in which an event's peak is looked for; None without an onset date.

    From ``before_onset_days`` before onset, but not before the infusion, to ``after_end_days`` after the end; of
    an event without an end date to the day before the organ's next onset, or open. Source: study setting
    (facts 1.2).
    """
    onset = event.onset.exact if event.onset else None
    if onset is None:
        return None
    first = onset - dt.timedelta(days=window.before_onset_days)
    if subject.day_zero and onset >= subject.day_zero:
        first = max(first, subject.day_zero)
    if event.end and resolution(event) is Resolution.ENDED:
        return Period(first, event.end + dt.timedelta(days=window.after_end_days))
    onsets = (one.onset.exact for one in subject.events if one.organ == event.organ and one.onset)
    following = min((one for one in onsets if one and one > onset), default=None)
    return Period(first, following - dt.timedelta(days=1) if following else None)


def lacking(
    subject: Subject, window: Period | None, base: Measurement | None, peak: Measurement | None
) -> tuple[str, ...]:
    """Name what a comparison of a peak with its baseline lacks."""
    return tuple(
        name
        for name, lacking in (
            ("infusion_date", base is None and subject.day_zero is None),
            ("baseline", base is None and subject.day_zero is not None),
            ("onset", window is None),
            ("peak", window is not None and peak is None),
        )
        if lacking
    )


def criterion_reason(
    criterion: Criterion,
    event: OrganEvent,
    subject: Subject,
    values: Iterable[Measurement | None],
    *more: str,
) -> Reason:
    """Name the cells a criterion was judged by: claim, dates, the values, and more fields of the event."""
    organ = event.organ
    fields = [f"{organ}_{concept}" for concept in ("crit", "onset", "end", "ongoing", "outcome")]
    cells = [subject.cell(event.place, field) for field in (*fields, *more)]
    return Reason(criterion.kind, (*cells, *(one.input for one in values if one)))
