"""Recorded projects: the project XML goes into the sandbox, everything else recorded must come out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import requests
from recorded_compare import CALCULATED, OLDER, Cell, Explain, Outcome, compare, read_table, same_content
from recorded_xml import CHOICES, Place, RecordedXml

from redcap_licats.definition.dictionary import fields_from_rows, write_dictionary
from redcap_licats.definition.odm import read_project
from redcap_licats.sandbox.process import SandboxProcess

TIMEOUT = 300
PLACE = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
_EVERYTHING = {"exportSurveyFields": "true", "exportDataAccessGroups": "true", "exportFiles": "true"}


@dataclass(frozen=True)
class Loaded:
    """A recorded project in the sandbox."""

    folder: Path
    xml: RecordedXml
    url: str
    token: str

    def post(self, content: str, **params: str) -> str:
        """Make a call that must succeed; give the body."""
        return _post(self.url, {"token": self.token, "content": content, **params})

    def table(self, content: str, **params: str) -> list[dict[str, str]]:
        """Make an export in csv; give its rows."""
        return read_table(self.post(content, format="csv", **params))


def _post(url: str, form: dict[str, str]) -> str:
    reply = requests.post(url, data=form, timeout=TIMEOUT)
    if reply.status_code != requests.codes.ok:
        raise AssertionError(f"{form['content']}: {reply.status_code} {reply.text[:300]}")
    return reply.content.decode("utf-8")


def load(sandbox: SandboxProcess, folder: Path) -> Loaded:
    """Create the project from its XML."""
    xml = RecordedXml(folder / "project.xml")
    token = create(sandbox, xml, (folder / "project.xml").read_text("utf-8"))
    return Loaded(folder, xml, sandbox.url, token)


def create(sandbox: SandboxProcess, xml: RecordedXml, odm: str) -> str:
    """Create a project; give its token."""
    data = json.dumps([{"project_title": xml.title, "purpose": xml.purpose}])
    form = {"token": sandbox.super_token, "content": "project", "format": "json", "data": data, "odm": odm}
    return _post(sandbox.url, form)


def project_outcomes(sandbox: SandboxProcess, project: Loaded) -> Iterator[tuple[str, Outcome]]:
    """Compare all recordings of a project, and the project with itself after a round trip."""
    for name, compared in (
        ("dictionary.csv", dictionary_outcome),
        ("data.csv", data_outcome),
        ("arm.csv", arm_outcome),
        ("event.csv", event_outcome),
    ):
        if (project.folder / name).exists():
            yield name, compared(project)
    yield "round trip", round_trip(sandbox, project)


def _recorded(project: Loaded, name: str) -> str:
    return (project.folder / name).read_bytes().decode("utf-8-sig")


def dictionary_outcome(project: Loaded) -> Outcome:
    """Compare the data-dictionary download."""
    got = write_dictionary(fields_from_rows(json.loads(project.post("metadata", format="json"))))
    recorded = _recorded(project, "dictionary.csv")

    def explain(cell: Cell) -> str:
        field = cell.key[0]
        if cell.recorded is None and field in project.xml.items:
            return OLDER  # a field that came later
        if cell.recorded is not None and cell.got is not None:
            held = project.xml.definition(field, cell.column)
            # Servers of today write blanks around the bars between choices, whatever was typed once.
            respaced = cell.column == CHOICES and _spaced(cell.recorded) == cell.got
            return OLDER if held == cell.got or respaced else ""
        return ""

    outcome = compare(read_table(recorded), read_table(got), key=["Variable / Field Name"], explain=explain)
    return _with_bytes(outcome, recorded, got)


def _with_bytes(outcome: Outcome, recorded: str, got: str) -> Outcome:
    """Demand the same quotes and line ends too where no cell differs."""
    if outcome.verdict != "identical" or got.rstrip("\n") == recorded.rstrip("\n"):
        return outcome
    return Outcome(outcome.cells, different=("the cells are the same, but not the bytes",))


def _spaced(choices: str) -> str:
    return re.sub(r" *\| *", " | ", choices)


def data_outcome(project: Loaded) -> Outcome:
    """Compare the raw flat export, asked for with the options the recording was made with."""
    text = _recorded(project, "data.csv")
    header = text.partition("\n")[0]
    recorded = read_table(text, max(",;\t", key=header.count))
    columns = list(recorded[0]) if recorded else []
    options: dict[str, str] = {}
    if "redcap_data_access_group" in columns:
        options["exportDataAccessGroups"] = "true"
    if any(column.endswith("_timestamp") or column == "redcap_survey_identifier" for column in columns):
        options["exportSurveyFields"] = "true"
    got = project.post("record", format="csv", **options)
    if _has_gray_status(recorded, read_table(got)):
        got = project.post("record", format="csv", exportBlankForGrayFormStatus="true", **options)
    key = [columns[0], *(name for name in PLACE if name in columns)] if columns else []
    outcome = compare(recorded, read_table(got), key=key, explain=explain_data(project, key))
    return _with_bytes(outcome, text, got)


def _has_gray_status(recorded: list[dict[str, str]], got: list[dict[str, str]]) -> bool:
    return any(
        column.endswith("_complete") and not value and answer.get(column) == "0"
        for row, answer in zip(recorded, got, strict=False)
        for column, value in row.items()
    )


def explain_data(project: Loaded, key: list[str]) -> Explain:
    """Give the function that explains cells of flat data."""

    def explain(cell: Cell) -> str:
        return explain_value(project, dict(zip(key, cell.key, strict=False)), cell.column, cell.got)

    return explain


def explain_value(project: Loaded, at: Mapping[str, str], column: str, got: str | None) -> str:
    """Name the class of a value that differs; ``at`` begins with the record and names its place."""
    if project.xml.field_types().get(column) == "calc" and not got:
        return CALCULATED
    instance = at.get(PLACE[2], "")
    record = next(iter(at.values()), "")
    place = Place(record, at.get(PLACE[0], ""), at.get(PLACE[1], ""), int(instance) if instance.isdigit() else 1)
    held = project.xml.value(place, column)
    if not held and got is not None and (column.endswith("_complete") or "___" in column):
        held = "0"
    return OLDER if held == (got or "") else ""


def unexplained(_: Cell) -> str:
    """Explain nothing."""
    return ""


def arm_outcome(project: Loaded) -> Outcome:
    """Compare the arms."""
    return compare(
        read_table(_recorded(project, "arm.csv")), project.table("arm"), key=["arm_num"], explain=unexplained
    )


def event_outcome(project: Loaded) -> Outcome:
    """Compare the events; their numbers are the recording server's."""
    return compare(
        read_table(_recorded(project, "event.csv")),
        project.table("event"),
        key=["unique_event_name"],
        explain=unexplained,
        same=same_content,
        left_out=("event_id",),
    )


def round_trip(sandbox: SandboxProcess, project: Loaded) -> Outcome:
    """Export the project XML, load it, export again: nothing but calculated values may be lost on the way."""
    first = project.post("project_xml", **_EVERYTHING)
    again = Loaded(project.folder, project.xml, project.url, create(sandbox, project.xml, first))
    second = again.post("project_xml", **_EVERYTHING)
    different = [] if first == second else ["the second export is not the first"]
    loaded, exported = read_project((project.folder / "project.xml").read_bytes()), read_project(first.encode())
    calculated = {field.name for field in loaded.dictionary if field.type == "calc"}
    kept = tuple(cell for cell in loaded.cells if cell.field not in calculated)
    loaded = replace(loaded, cells=kept)
    # The server writes more settings and rights than older versions know.
    exported = replace(
        exported,
        settings={name: exported.settings.get(name) for name in loaded.settings},
        roles=tuple(
            {name: role.get(name) for name in known}
            for known, role in zip(loaded.roles, exported.roles, strict=True)
        ),
    )
    different += [
        f"{part.name} changed"
        for part in fields(loaded)
        if getattr(loaded, part.name) != getattr(exported, part.name)
    ]
    for content in ("metadata", "instrument", "exportFieldNames", "record", "userRole"):
        one, other = (held.post(content, format="csv", **_EVERYTHING) for held in (project, again))
        if one != other:
            different.append(f"content={content} changed")
    return Outcome(len(kept), different=tuple(different))
