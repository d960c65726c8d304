"""The study on which PyCap's methods are tried, and its tables read from any format."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from redcap_licats.definition.model import (
    AccessGroup,
    Arm,
    Attributes,
    DataDictionary,
    Event,
    Field,
    FieldType,
    Project,
    Repeat,
)

TIMEOUT = 30
BASELINE, VISIT = "baseline_arm_1", "visit_1_arm_1"
FORMATS = ("json", "csv", "xml")

FIELDS = (
    Field("record_id", "basics", FieldType.TEXT, "Record"),
    Field("name", "basics", FieldType.TEXT, "Name", identifier=True),
    Field("born", "basics", FieldType.TEXT, "Born", validation="date_dmy"),
    Field("sex", "basics", FieldType.RADIO, "Sex", choices_or_calculations="0, Female | 1, Male"),
    Field("signs", "basics", FieldType.CHECKBOX, "Signs", choices_or_calculations="1, One | 2, Two"),
    Field("scan", "basics", FieldType.FILE, "Scan"),
    Field("weight", "labs", FieldType.TEXT, "Weight", validation="number"),
)

RECORDS = [
    {"record_id": "1", "redcap_event_name": BASELINE, "name": "Ann", "sex": "0", "signs___2": "1"},
    {
        "record_id": "1",
        "redcap_event_name": VISIT,
        "redcap_repeat_instrument": "labs",
        "redcap_repeat_instance": 1,
        "weight": "60.5",
    },
    {"record_id": "2", "redcap_event_name": BASELINE, "name": "Bée, “B”", "born": "1980-02-29", "sex": "1"},
]

REPORT = {
    "unique_report_name": "R-123",
    "title": "Names",
    "redcap_reports_fields": "record_id,sex",
}


def study(*, longitudinal: bool = True) -> Project:
    """Define the study."""
    dictionary = DataDictionary(FIELDS)
    forms = tuple(dictionary.forms)
    events = (Event("Event 1", 1, "event_1_arm_1", forms=forms),)
    if longitudinal:
        events = (
            Event("Baseline", 1, BASELINE, forms=forms[:1]),
            Event("Visit 1", 1, VISIT, forms=forms),
            Event("Baseline", 2, "baseline_arm_2", forms=forms),
        )
    return Project(
        title="PyCap",
        dictionary=dictionary,
        form_labels={"basics": "Basics", "labs": "Labs"},
        settings={"SurveysEnabled": "1"},
        arms=(Arm(1, "Drug"), Arm(2, "Placebo")) if longitudinal else (Arm(1, "Arm 1"),),
        events=events,
        longitudinal=longitudinal,
        repeats=(Repeat("labs", VISIT if longitudinal else ""),),
        access_groups=(AccessGroup("North", "north"), AccessGroup("South", "south")),
        reports=(REPORT,),
        surveys=(Attributes("redcap:Surveys", {"form_name": "basics"}),),
    )


def rows_of(text: str, style: str) -> list[dict[str, str]]:
    """Read a table that came as csv or xml."""
    if style == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [{cell.tag: _text(cell) for cell in item} for item in fromstring(text).iter("item")]


def _text(cell: Element) -> str:
    return ",".join(f"{one.tag}:{one.text}" for one in cell) or cell.text or ""


def in_all_formats(export: Callable[..., Any], **params: Any) -> list[dict[str, Any]]:
    """Export as json, csv and xml; the three must hold the same. Give the json."""
    rows = export(format_type="json", **params)
    listed = [rows] if isinstance(rows, dict) else rows
    for style in ("csv", "xml"):
        assert rows_of(export(format_type=style, **params), style) == [_plain(row) for row in listed], style
    return rows


def _plain(row: dict[str, Any]) -> dict[str, str]:
    """Give a row as csv has it: rights per form as ``form:1``, nothing as ''."""
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{level}" for name, level in value.items())
    return "" if value is None else str(value)


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Write rows as a client would."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_xml(rows: Sequence[dict[str, Any]]) -> str:
    """Write rows as a client would, every value in CDATA."""
    items = (
        "<item>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in row.items()) + "</item>"
        for row in rows
    )
    return f'<?xml version="1.0" encoding="UTF-8" ?><items>{"".join(items)}</items>'


def written(rows: Sequence[dict[str, Any]], style: str) -> Any:
    """Give rows as PyCap takes them in an import format."""
    return {"json": list, "csv": as_csv, "xml": as_xml}[style](rows)
