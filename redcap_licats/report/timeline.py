"""What happened to one subject, in days from infusion, for a picture of it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.protocol.models import Protocol, Text
from redcap_licats.report.labels import Labels
from redcap_licats.report.model import EventLine
from redcap_licats.report.records import RecordRows, Row
from redcap_licats.subject.model import Course, Stay, Subject, Toxicity
from redcap_licats.subject.read import read_subject
from redcap_licats.subject.values import read_date

#: instruments whose rows are read whole; of laboratory samples and assessments only the date is of interest
_READ = frozenset({"", "infusion", "crs_icans", "glucocorticoid", "hospital_stay"})
_SEEN = ("labs", "assessment")


#: nothing more to say
NOTHING = Text(en="", ja="")


class Kind(StrEnum):
    """What a span is, in the order in which spans of one day are listed."""

    INFUSION = "infusion"
    LICATS = "licats"
    CRS = "crs"
    ICANS = "icans"
    GLUCOCORTICOID = "glucocorticoid"
    STAY = "stay"
    ICU = "icu"
    APLASIA = "aplasia"


@dataclass(frozen=True, slots=True)
class Span:
    """Something with a first and a last day, counted from infusion (Day 0).

    ``last`` is None while it goes on (``ongoing``) and where no end is recorded. ``organ`` and ``grade`` (the
    final one) are of LICATS, ``grade`` also the investigator's of CRS and ICANS; ``about`` says more in words.
    """

    kind: Kind
    first: int
    last: int | None
    ongoing: bool = False
    organ: Text | None = None
    grade: int | None = None
    about: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Timeline:
    """One treated subject. ``seen``: last day with any entry; ``death``: day of death; both from Day 0."""

    record: str
    site: str
    seen: int
    death: int | None
    spans: tuple[Span, ...]

    def of(self, *kinds: Kind) -> tuple[Span, ...]:
        """Give the spans of some kinds."""
        return tuple(one for one in self.spans if one.kind in kinds)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Counts days from Day 0; a day after the last one that counts is as if it had not been entered."""

    zero: dt.date
    last: dt.date

    def day(self, date: dt.date | None) -> int | None:
        return (date - self.zero).days if date and date <= self.last else None


def timeline(
    record: RecordRows,
    site: str,
    events: Iterable[EventLine],
    protocol: Protocol,
    labels: Labels,
    last: dt.date,
    *,
    record_id_field: str = "record_id",
) -> Timeline | None:
    """Read one subject's course; None without a derived date of infusion.

    Args:
        record: Its rows: the worker's summary, and what the site entered.
        site: Its Data Access Group.
        events: Its events that count as LICATS.
        protocol: The protocol.
        labels: Words for codes.
        last: Last day that counts: the data cut, else the day of the report.
        record_id_field: The project's first field.

    Raises:
        RecordError: The rows cannot be made sense of.
    """
    summary = next((row for row in record.rows if row.get("sum_day0_d")), {})
    zero = read_date(summary.get("sum_day0_d", ""))
    if zero is None:
        return None
    calendar = _Calendar(zero, last)
    rows = [row for row in record.rows if row.get("redcap_repeat_instrument", "") in _READ]
    subject = read_subject(rows, protocol, record_id_field=record_id_field)
    spans = [
        *(
            Span(Kind.INFUSION, day, day)
            for one in subject.infusions
            if (day := calendar.day(one.date)) is not None
        ),
        *(one for event in events if (one := _licats(event, calendar))),
        *(one for toxicity in subject.toxicities if (one := _toxicity(toxicity, calendar))),
        *(one for course in subject.courses if (one := _course(course, calendar, labels))),
        *(one for stay in subject.stays for one in _stay(stay, calendar, labels)),
        *_aplasia(summary, calendar),
    ]
    order = list(Kind)
    spans.sort(key=lambda one: (one.first, order.index(one.kind)))
    return Timeline(
        record=record.record,
        site=site,
        seen=_seen(record.rows, subject, spans, protocol, calendar),
        death=calendar.day(subject.disposition.death) if subject.disposition else None,
        spans=tuple(spans),
    )


def _span(
    kind: Kind, first: int | None, last: int | None, ongoing: bool | None, about: Text, grade: int | None = None
) -> Span | None:
    if first is None:
        return None
    return Span(kind, first, None if ongoing else last, ongoing is True, grade=grade, about=about)


def _licats(event: EventLine, calendar: _Calendar) -> Span | None:
    first = calendar.day(event.onset)
    if first is None or event.onset is None:
        return None
    end = None if event.duration is None else event.onset + dt.timedelta(days=event.duration)
    ongoing = event.provisional if end is None else end > calendar.last
    return Span(Kind.LICATS, first, calendar.day(end), ongoing, event.organ, event.grade_final, event.class_label)


def _toxicity(one: Toxicity, calendar: _Calendar) -> Span | None:
    if not one.kind:
        return None
    about = Text(en="tocilizumab", ja="トシリズマブ") if one.tocilizumab else NOTHING
    first, last = calendar.day(one.onset), calendar.day(one.end)
    return _span(Kind(one.kind), first, last, _goes_on(one.ongoing, one.end, calendar), about, one.grade)


def _course(one: Course, calendar: _Calendar, labels: Labels) -> Span | None:
    if not one.systemic:
        return None
    dose = f"{float(one.dose):g} {one.unit}" if one.dose is not None else ""
    parts = [
        labels.choice("gc_drug", one.drug),
        Text(en=dose, ja=dose),
        *(labels.choice(field, code) for field, code in (("gc_freq", one.frequency), ("gc_route", one.route))),
    ]
    about = _together([*parts, *(labels.choice("gc_ind", code) for code in sorted(one.indications))])
    first, last = calendar.day(one.start), calendar.day(one.stop)
    return _span(Kind.GLUCOCORTICOID, first, last, _goes_on(one.ongoing, one.stop, calendar), about)


def _stay(one: Stay, calendar: _Calendar, labels: Labels) -> Iterator[Span]:
    why = _together([labels.choice("hos_reason", code) for code in sorted(one.reasons)])
    ongoing = _goes_on(one.ongoing, one.discharge, calendar)
    stay = _span(Kind.STAY, calendar.day(one.admission), calendar.day(one.discharge), ongoing, why)
    because = _together([labels.choice("hos_icu_reason", code) for code in sorted(one.icu_reasons)])
    icu = _span(
        Kind.ICU,
        calendar.day(one.icu_in),
        calendar.day(one.icu_out),
        _goes_on(None, one.icu_out, calendar),
        because,
    )
    yield from (span for span in (stay, icu if one.icu else None) if span)


def _aplasia(summary: Row, calendar: _Calendar) -> Iterator[Span]:
    """Give the window that the worker derived; without an end the B cells have not recovered."""
    first = calendar.day(read_date(summary.get("sum_apl_start_d", "")))
    if first is not None:
        last = calendar.day(read_date(summary.get("sum_apl_end_d", "")))
        yield Span(Kind.APLASIA, first, last, last is None)


def _goes_on(ongoing: bool | None, end: dt.date | None, calendar: _Calendar) -> bool:
    """Whether something goes on: the site says so, or its end is after the last day that counts."""
    return ongoing is True or (end is not None and end > calendar.last)


def _seen(
    rows: Iterable[Row], subject: Subject, spans: Sequence[Span], protocol: Protocol, calendar: _Calendar
) -> int:
    """Give the last day on which anything is recorded: last contact, sample, assessment, or a span's day."""
    stems = [protocol.instruments[name].stem for name in _SEEN]
    dates = [read_date(row.get(f"{stem}_date", "")) for row in rows for stem in stems]
    if subject.disposition:
        dates += [subject.disposition.last_contact, subject.disposition.death]
    days = [day for date in dates if (day := calendar.day(date)) is not None]
    return max([0, *days, *(day for one in spans for day in (one.first, one.last) if day is not None)])


def _together(parts: Iterable[Text]) -> Text:
    known = [one for one in parts if one.en]
    return Text(en=", ".join(one.en for one in known), ja="、".join(one.ja for one in known))
