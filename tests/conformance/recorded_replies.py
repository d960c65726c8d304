"""Replies to single calls: which call each recording answers, and what of it belongs to the recording server.

They passed through R's readr, so content counts, not formatting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from recorded_compare import Cell, Outcome, compare, read_table, same_content
from recorded_projects import PLACE, Loaded, explain_data, explain_value, unexplained

Table = list[dict[str, str]]

_SERVERS_OWN = ("project_id", "creation_time", "production_time", "external_modules")
#: Rows of the log by the call that writes them. The other recorded rows are of pages, not of the API.
_LOGGED = {
    "Export Logging (API)": "log",
    "Export instruments (API)": "instrument",
    "Export DAGs (API)": "dag",
    "Export project information (API)": "project",
}


def eav(project: Loaded, recorded: Table, **params: str) -> Outcome:
    """Compare an EAV export; the numbers of files are the server's."""
    got = project.table("record", type="eav", **params)
    files = {name for name, kind in project.xml.field_types().items() if kind == "file"}
    numbers = sum(row["field_name"] in files for row in recorded)
    if numbers != sum(row["field_name"] in files and row["value"].isdigit() for row in got):
        return Outcome(different=("files: not the same number of them",))
    kept = [[row for row in rows if row["field_name"] not in files] for rows in (recorded, got)]
    key = [column for column in recorded[0] if column != "value"]

    def explain(cell: Cell) -> str:
        at = dict(zip(key, cell.key, strict=False))
        return explain_value(project, at, at["field_name"], None) if cell.got is None else ""

    outcome = compare(*kept, key=key, explain=explain, same=same_content)
    return Outcome(outcome.cells, outcome.explained, numbers, outcome.different)


def flat(project: Loaded, recorded: Table, **params: str) -> Outcome:
    """Compare a flat export."""
    record_id = next(iter(project.xml.items))
    key = [name for name in (record_id, *PLACE) if name in recorded[0]]
    got = project.table("record", **params)
    return compare(recorded, got, key=key, explain=explain_data(project, key), same=same_content)


def listing(content: str, *key: str) -> Callable[[Loaded, Table], Outcome]:
    """Give the comparison of an export other than records."""

    def compared(project: Loaded, recorded: Table) -> Outcome:
        return compare(recorded, project.table(content), key=key, explain=unexplained, same=same_content)

    return compared


def project_info(project: Loaded, recorded: Table) -> Outcome:
    """Compare the project information but for what every server says differently."""
    got = project.table("project")
    return compare(recorded, got, key=[], explain=unexplained, same=same_content, left_out=_SERVERS_OWN)


def users(project: Loaded, recorded: Table) -> Outcome:
    """Put the recorded users into the project, in the role that all of them had, and compare what comes back.

    The recording lost e-mail addresses, group numbers and form rights on its way.
    """
    role = json.loads(project.post("userRole", format="json"))[0]["unique_role_name"]
    who = ("username", "firstname", "lastname", "data_access_group")
    project.post("user", format="json", data=json.dumps([{name: row[name] for name in who} for row in recorded]))
    mapping = [{"username": row["username"], "unique_role_name": role} for row in recorded]
    project.post("userRoleMapping", format="json", action="import", data=json.dumps(mapping))
    names = {row["username"] for row in recorded}
    got = [
        {name: value for name, value in row.items() if name in recorded[0]}
        for row in project.table("user")
        if row["username"] in names
    ]
    return compare(recorded, got, key=["username"], explain=unexplained, same=same_content)


def log(project: Loaded, recorded: Table) -> Outcome:
    """Do again what the log tells, as far as it is done through the API, and compare its rows."""
    again = [row for row in reversed(recorded) if row["details"] in _LOGGED]
    for row in again:
        project.post(_LOGGED[row["details"]], format="json")
    got = project.table("log", logtype="manage")[: len(again)]
    left = len(recorded[0]) * (len(recorded) - len(again))
    own = ("timestamp", "username")
    outcome = compare(again[::-1], got, key=[], explain=unexplained, same=same_content, left_out=own)
    return Outcome(outcome.cells, outcome.explained, outcome.left_out + left, outcome.different)


def chosen_fields(project: Loaded, recorded: Table) -> Outcome:
    """Compare an EAV export of the fields that the recording has."""
    names = dict.fromkeys(row["field_name"] for row in recorded)
    return eav(project, recorded, **{f"fields[{at}]": name for at, name in enumerate(names)})


def one_form(project: Loaded, recorded: Table) -> Outcome:
    """Compare the export of the form alone whose status the recording has."""
    return flat(project, recorded, **{"forms[0]": [*recorded[0]][-1].removesuffix("_complete")})


Compared = Callable[[Loaded, Table], Outcome]

#: What a reply answers by its name, which is ``<project>.<kind>`` or ``<project>.<kind>.<date>``.
KINDS: dict[str, Compared] = {
    "arms": listing("arm", "arm_num"),
    "dags": listing("dag", "unique_group_name"),
    "eav": eav,
    "eav.specify-fields": chosen_fields,
    "event-instruments": listing("formEventMapping", "unique_event_name", "form"),
    "field-names": listing("exportFieldNames", "export_field_name"),
    "forms-only-2nd": one_form,
    "instruments": listing("instrument", "instrument_name"),
    "label": lambda project, recorded: flat(project, recorded, rawOrLabel="label"),
    "log": log,
    "metadata": listing("metadata", "field_name"),
    "project-info": project_info,
    "raw": flat,
    "raw-and-dag": lambda project, recorded: flat(project, recorded, exportDataAccessGroups="true"),
    "repeating": listing("repeatingFormsEvents", "form_name"),
    "users": users,
}
#: Projects of the replies that are not named after one.
_PROJECTS = {"users.with-dags": ("dag", "users")}
_DATE = re.compile(r"\.\d{4}-\d{2}-\d{2}$")


def reply_outcome(path: Path, load: Callable[[str], Loaded]) -> Outcome:
    """Compare one recorded reply; ``load`` gives a project by its name."""
    name, _, kind = path.stem.partition(".")
    name, kind = _PROJECTS.get(path.stem, (name, _DATE.sub("", kind)))
    if kind not in KINDS:
        return Outcome(different=("it is not known which call this answers",))
    return KINDS[kind](load(name), read_table(path.read_text("utf-8")))
