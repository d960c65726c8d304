"""What the sandbox's tests share: a client for any call, and small project definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import requests

from redcap_licats.definition.model import (
    AccessGroup,
    Arm,
    DataDictionary,
    Event,
    Field,
    FieldType,
    Project,
    Repeat,
)

TIMEOUT = 30


@dataclass(frozen=True)
class Api:
    """One token on one server."""

    url: str
    token: str
    super_token: str

    def post(
        self, content: str, files: Mapping[str, tuple[str, bytes]] | None = None, **params: object
    ) -> requests.Response:
        """Post a call; lists become arrays, everything else text."""
        form: dict[str, str] = {"token": self.token, "content": content}
        for name, value in params.items():
            if isinstance(value, list | tuple):
                form |= {f"{name}[{at}]": str(one) for at, one in enumerate(value)}
            else:
                form[name] = str(value)
        return requests.post(self.url, data=form, files=files, timeout=TIMEOUT)

    def ok(self, content: str, **params: object) -> requests.Response:
        """Post a call that must succeed."""
        reply = self.post(content, **params)
        assert reply.status_code == 200, reply.text
        return reply

    def rows(self, content: str = "record", **params: object) -> list[dict[str, object]]:
        """Export as JSON."""
        return self.ok(content, **({"format": "json"} | params)).json()

    def put(self, rows: object, **params: object) -> requests.Response:
        """Import records as JSON."""
        given = {"format": "json", "data": json.dumps(rows)} | params
        return self.post("record", **given)

    def error(self, content: str, **params: object) -> tuple[int, str]:
        """Post a call that must fail; give status and message."""
        reply = self.post(content, **({"format": "json", "returnFormat": "json"} | params))
        assert reply.status_code >= 400, reply.text
        return reply.status_code, reply.json()["error"]

    @property
    def project_id(self) -> int:
        return int(self.ok("project", format="json").json()["project_id"])

    @property
    def overview(self) -> dict[str, dict[str, int]]:
        """What the control endpoint tells of the project."""
        reply = requests.get(
            self.url.removesuffix("api/") + f"sandbox/projects/{self.project_id}",
            headers={"Authorization": f"Bearer {self.super_token}"},
            timeout=TIMEOUT,
        )
        return reply.json()

    def control(self, order: str, **body: object) -> dict[str, object]:
        """Give an order to the control endpoint of the project."""
        reply = requests.post(
            self.url.removesuffix("api/") + f"sandbox/projects/{self.project_id}/{order}",
            json=body,
            headers={"Authorization": f"Bearer {self.super_token}"},
            timeout=TIMEOUT,
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def as_user(self, username: str, **body: object) -> Api:
        """Add a user and give a client with its token."""
        return Api(self.url, str(self.control("users", username=username, **body)["token"]), self.super_token)


def text(name: str, form: str, validation: str = "", **more: object) -> Field:
    return Field(name, form, FieldType.TEXT, label=name.title(), validation=validation, **more)


FIELDS = (
    text("record_id", "basics"),
    text("name", "basics", identifier=True),
    text("born", "basics", "date_dmy"),
    Field("sex", "basics", FieldType.RADIO, label="Sex", choices_or_calculations="0, Female | 1, Male"),
    Field(
        "race", "basics", FieldType.CHECKBOX, label="Race", choices_or_calculations="1, One | b, Bee | -9, Minus"
    ),
    text("height", "labs", "number"),
    text("weight", "labs", "number_1dp"),
    Field(
        "bmi",
        "labs",
        FieldType.CALC,
        label="BMI",
        choices_or_calculations="round([weight]/([height]*[height]), 1)",
    ),
    Field("note", "labs", FieldType.NOTES, label="Note"),
    Field("scan", "labs", FieldType.FILE, label="Scan"),
    Field("hint", "labs", FieldType.DESCRIPTIVE, label="Hint"),
    Field("fever", "labs", FieldType.YESNO, label="Fever"),
    text("tag", "labs", annotation="@CALCTEXT(if([fever] = '1', 'hot', 'cold'))"),
)
GROUPS = (AccessGroup("North", "north"), AccessGroup("South", "south"))


def project(
    fields: Sequence[Field] = FIELDS, *, repeats: Sequence[Repeat] = (), longitudinal: bool = False, **more: object
) -> Project:
    """Make a definition: classic, or with two arms of events."""
    dictionary = DataDictionary(tuple(fields))
    forms = tuple(dictionary.forms)
    arms = (Arm(1, "Drug A"), Arm(2, "Drug B")) if longitudinal else (Arm(1, "Arm 1"),)
    events = (
        (
            Event("Enrollment", 1, "enrollment_arm_1", forms=forms),
            Event("Visit 1", 1, "visit_1_arm_1", forms=forms[1:]),
            Event("Enrollment", 2, "enrollment_arm_2", forms=forms),
        )
        if longitudinal
        else (Event("Event 1", 1, "event_1_arm_1", forms=forms),)
    )
    defaults: dict[str, object] = {"access_groups": GROUPS, "settings": {"RecordAutonumberingEnabled": "1"}}
    return Project(
        title="Test",
        dictionary=dictionary,
        form_labels={form: form.title() for form in forms},
        arms=arms,
        events=events,
        longitudinal=longitudinal,
        repeats=tuple(repeats),
        **(defaults | more),
    )
