"""What a campaign stands on: a small study, and a server that tells the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat

Row = dict[str, str]


def study() -> Project:
    """Define a small study of patients, with an identifier, and their repeating visits."""
    fields = (
        Field("record_id", "patient", FieldType.TEXT, label="Id"),
        Field("name", "patient", FieldType.TEXT, label="Name", identifier=True),
        Field("born", "patient", FieldType.TEXT, label="Born", validation="date_ymd"),
        Field("note", "visit", FieldType.NOTES, label="Note"),
        Field("signs", "visit", FieldType.CHECKBOX, label="Signs", choices_or_calculations="a, A | b, B"),
    )
    return Project(
        title="Campaign",
        dictionary=DataDictionary(fields),
        form_labels={"patient": "Patient", "visit": "Visit"},
        arms=(Arm(1, "Arm 1"),),
        events=(Event("Event 1", 1, "event_1_arm_1", forms=("patient", "visit")),),
        repeats=(Repeat("visit"),),
    )


@dataclass(frozen=True)
class Truth:
    """The server that never goes wrong, asked without our client."""

    url: str
    token: str

    def rows(self, records: tuple[str, ...]) -> list[Row]:
        """Give the rows of records, all if none are named."""
        asked = {f"records[{at}]": record for at, record in enumerate(records)}
        rows = self._ask("record", exportBlankForGrayFormStatus="true", **asked)
        return [{key: str(value) for key, value in row.items()} for row in rows]

    def log(self) -> str:
        """Give what the log says of data that changed."""
        return "\n".join(row["details"] for row in self._ask("log", logtype="record_edit"))

    def _ask(self, content: str, **form: str) -> list[Row]:
        common = {"token": self.token, "content": content, "format": "json"}
        reply = requests.post(self.url, data=common | form, timeout=60)
        reply.raise_for_status()
        rows: list[Row] = reply.json()
        return rows
