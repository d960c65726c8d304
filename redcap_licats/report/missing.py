"""Visits whose window is over without an assessment, and forms that are not there or not finished.

The schedule is the one of the check of visit windows, a study setting; where a study switched that check off, no
visit is expected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from redcap_licats.forms.expand import Form
from redcap_licats.protocol.models import Protocol, Text
from redcap_licats.query.rows import ANSWER_FORM
from redcap_licats.report.facts import RunFacts
from redcap_licats.report.link import form_url, record_url
from redcap_licats.report.model import Lack, MissingLine
from redcap_licats.report.records import RecordRows, Row
from redcap_licats.subject.values import read_date

#: The check that knows the visits: code to "planned day, days either side".
SCHEDULE = "DT14"

#: Codes of a form's status that say it was saved and is not finished.
UNFINISHED = frozenset({"0", "1"})


def missing_lines(
    record: RecordRows,
    site: str,
    day_zero: dt.date | None,
    forms: tuple[Form, ...],
    protocol: Protocol,
    facts: RunFacts,
) -> Iterator[MissingLine]:
    """List what a subject lacks: visits in order of their day, then forms in order of the project."""
    yield from _visits(record, site, day_zero, protocol, facts)
    for form in forms:
        if form.instrument.writer == "site" and form.name != ANSWER_FORM:
            yield from _form(record, site, form, facts)


def _visits(
    record: RecordRows, site: str, day_zero: dt.date | None, protocol: Protocol, facts: RunFacts
) -> Iterator[MissingLine]:
    schedule = protocol.checks.get(SCHEDULE)
    if schedule is None or not schedule.enabled or day_zero is None:
        return
    today, left = facts.at.date(), _left_study(record)
    recorded = {row.get("asm_visit", "").strip().upper() for row in record.rows}
    for code, setting in schedule.settings.items():
        middle, either_side = (int(one) for one in str(setting).split())
        planned = day_zero + dt.timedelta(days=middle)
        until = planned + dt.timedelta(days=either_side)
        if until < min(today, left or today) and code.upper() not in recorded:
            yield MissingLine(
                record=record.record,
                site=site,
                lack=Lack.VISIT,
                what=Text(en=code, ja=code),
                instance=1,
                planned=planned,
                until=until,
                days_late=(today - until).days,
                url=record_url(facts, record.record),
            )


def _left_study(record: RecordRows) -> dt.date | None:
    """Give the day of death or withdrawal; visits later than it are not expected."""
    days = (read_date(row.get(field, "")) for row in record.rows for field in ("dsp_death", "dsp_wd"))
    return min((day for day in days if day), default=None)


def _form(record: RecordRows, site: str, form: Form, facts: RunFacts) -> Iterator[MissingLine]:
    """Name each unfinished instance of a form, and a core form that no row holds anything of."""
    repeats, status = form.instrument.repeats, f"{form.name}_complete"
    places = [row for row in record.rows if row.get("redcap_repeat_instrument", "") in ("", form.name)]
    for row in places:
        if row.get(status) in UNFINISHED and _holds(row, form):
            yield _form_line(record, site, form, facts, Lack.INCOMPLETE, row)
    if form.instrument.core and not repeats and not any(row.get(status) or _holds(row, form) for row in places):
        yield _form_line(record, site, form, facts, Lack.NOT_STARTED, {})


def _holds(row: Row, form: Form) -> bool:
    """Tell whether a row has a value on a form; of a checkbox only what is ticked counts."""
    if row.get("redcap_repeat_instrument") == form.name:
        return True
    prefix = f"{form.stem}_"
    return any(
        value and name.startswith(prefix) and ("___" not in name or value == "1") for name, value in row.items()
    )


def _form_line(record: RecordRows, site: str, form: Form, facts: RunFacts, lack: Lack, row: Row) -> MissingLine:
    instance = int(row.get("redcap_repeat_instance") or 1)
    event = row.get("redcap_event_name") or next(
        (one["redcap_event_name"] for one in record.rows if one.get("redcap_event_name")), ""
    )
    return MissingLine(
        record=record.record,
        site=site,
        lack=lack,
        what=form.label,
        instance=instance,
        planned=None,
        until=None,
        days_late=None,
        url=form_url(facts, record.record, form.name, instance, event),
    )
