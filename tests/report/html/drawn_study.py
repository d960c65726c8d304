"""The synthetic study, derived by the real rules, with open queries, as rows of an export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from redcap_licats.check.model import Skipped
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.report.facts import Audience, Coverage, Privacy, RunFacts
from redcap_licats.report.html.gather import PageData, gather_page
from redcap_licats.subject.read import read_subject
from redcap_licats.sync.cells import RESULT, result_cells, summary_cells
from redcap_licats.synth import synthesise

Row = dict[str, str]

AT = dt.datetime(2026, 3, 20, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
SKIPPED = (Skipped("OR16", "form not in study: microbiology"),)
#: rule, severity, form, field
RAISED = (
    ("DT02", "hard", "licats_skin", "skin_end"),
    ("OR01", "query", "licats_kidney", "kidney_crit"),
    ("GR08", "soft", "licats_joint", "joint_inv_grade"),
    ("AC01", "medical", "licats_kidney", "kidney_ac_tma"),
)


@cache
def protocol() -> Protocol:
    return load_protocol()


@cache
def study_rows(patients: int = 39) -> tuple[Row, ...]:
    """What sites entered and what the worker wrote, record by record."""
    rows: list[Row] = []
    study = synthesise(seed=1, patients=patients)
    for number, (_, own) in enumerate(groupby(study.rows, key=lambda row: row["record_id"])):
        rows.extend(_record([{key: str(cell) for key, cell in row.items()} for row in own], number))
    return tuple(rows)


def _record(own: list[Row], number: int) -> list[Row]:
    subject = read_subject(own, protocol())
    result = derive_subject(subject, protocol())
    summary = {name: cell.value for name, cell in summary_cells(subject, result, (), protocol()).items()}
    results = [
        repeat(
            subject.record,
            RESULT,
            place,
            **{name: cell.value for name, cell in result_cells(event, (), protocol()).items()},
        )
        for place, event in enumerate(result.events, start=1)
    ]
    return [{**own[0], **summary}, *own[1:], *results, *_queries(subject.record, number)]


def _queries(record: str, number: int) -> list[Row]:
    """One query for two records out of three, the older the later the record stands."""
    if number % 3 == 2:
        return []
    rule, severity, form, field = RAISED[number % len(RAISED)]
    opened = (AT.date() - dt.timedelta(days=3 * (number % 30))).isoformat()
    query = {
        "id": f"{rule.lower()}{number}".ljust(16, "0"), "fprint": "f" * 16, "rule": rule, "sev": severity,
        "form": form, "inst": "1", "event": "", "field": field, "value": "x", "text": "Please check.",
        "opened": opened, "state": "answered" if number % 5 == 1 else "open", "since": opened, "reopened": "0",
        "changed": "0", "kind": "rule", "acted": "",
    }  # fmt: skip
    instrument, stem = ("licats_medical_query", "mqry") if severity == "medical" else ("licats_query", "qry")
    return [repeat(record, instrument, 1, **{f"{stem}_{name}_d": value for name, value in query.items()})]


def repeat(record: str, form: str, instance: int, **cells: str) -> Row:
    return {
        "record_id": record,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": str(instance),
        **cells,
    }


def groups(rows: tuple[Row, ...]) -> Mapping[str, str]:
    return {row["record_id"]: group for row in rows if (group := row.get("redcap_data_access_group", ""))}


def page_data(
    rows: tuple[Row, ...] | None = None,
    *,
    site: str = "",
    privacy: Privacy = Privacy.VALUES,
    data_cut: dt.date | None = None,
) -> PageData:
    """Gather the page for the monitor, or for a site."""
    rows = study_rows() if rows is None else rows
    number = len({row["record_id"] for row in rows})
    facts = RunFacts(
        study="LICATS-JP",
        project_id=42,
        url="https://redcap.example.org/api/",
        redcap_version="15.2.1",
        at=AT,
        coverage=Coverage(number, number),
        site=site,
        audience=Audience.SITE if site else Audience.MONITOR,
        privacy=privacy,
        data_cut=data_cut,
    )
    return gather_page(rows, protocol(), facts, groups=groups(rows), skipped=SKIPPED)
