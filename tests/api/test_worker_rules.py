"""The rules that a client of a real server lives by, each with the fault that provokes it, over real HTTP.

Source: facts/redcap_api.md 6.3.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.limit import Limiter
from redcap_licats.api.model import LogRange
from redcap_licats.api.rejections import ImportRejected
from redcap_licats.api.retry import Retry
from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import LicatsError, ServerError
from redcap_licats.sandbox.faults.table import FAULTS
from redcap_licats.sandbox.process import SandboxProcess

SECRET = "Hanako-S3cret"
ROWS = [{"record_id": str(one), "name": SECRET, "born": "1980-01-02"} for one in range(1, 31)]
#: faults that pass, so that nobody needs to notice them
PASSING = sorted(set(FAULTS) - {"ban", "rotated_token", "locked_record", "locked_form"})


@dataclass
class Bed:
    """A project on a sandbox whose requests can be spoiled."""

    sandbox: SandboxProcess
    client: RedcapClient
    token: str

    @property
    def _faults(self) -> str:
        return self.sandbox.url.removesuffix("api/") + "sandbox/faults"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sandbox.super_token}"}

    def spoil(self, name: str, **order: object) -> None:
        body = {"name": name, **order}
        requests.post(f"{self._faults}/next", json=body, headers=self._headers, timeout=30).raise_for_status()

    def settle(self, **more: float) -> None:
        requests.delete(self._faults, headers=self._headers, timeout=30).raise_for_status()
        body = {"rate": 0, "slow_seconds": 0.02, **more}
        requests.post(f"{self._faults}/rate", json=body, headers=self._headers, timeout=30).raise_for_status()

    def given(self) -> dict[str, int]:
        given: dict[str, int] = requests.get(self._faults, headers=self._headers, timeout=30).json()["given"]
        return given

    def log(self) -> str:
        """What the project's log says of changes of records."""
        begin = dt.datetime.fromisoformat("2000-01-01")
        return "\n".join(
            entry.details for entry in self.client.read_log(lambda one: one, LogRange(begin, kind="record_edit"))
        )


def study() -> Project:
    fields = (
        Field("record_id", "patient", FieldType.TEXT, label="Id"),
        Field("name", "patient", FieldType.TEXT, label="Name", identifier=True),
        Field("born", "patient", FieldType.TEXT, label="Born", validation="date_ymd"),
        Field("note", "visit", FieldType.NOTES, label="Note"),
    )
    return Project(
        title="Rules",
        dictionary=DataDictionary(fields),
        form_labels={"patient": "Patient", "visit": "Visit"},
        arms=(Arm(1, "Arm 1"),),
        events=(Event("Event 1", 1, "event_1_arm_1", forms=("patient", "visit")),),
        repeats=(Repeat("visit"),),
    )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def bed(sandbox: SandboxProcess) -> Iterator[Bed]:
    token = create_project(
        sandbox.url, sandbox.super_token, title="Rules", odm=write_project(study()), rate_per_minute=0
    )
    retry = Retry(attempts=3, sleep=lambda _seconds: None)
    with RedcapClient(sandbox.url, token, limiter=Limiter(0), retry=retry) as client:
        client.import_rows(ROWS)
        bed = Bed(sandbox, client, token)
        bed.settle()
        yield bed
        bed.settle()


def visit(record: str, note: str) -> dict[str, str]:
    return {
        "record_id": record,
        "redcap_repeat_instrument": "visit",
        "redcap_repeat_instance": "1",
        "note": note,
    }


@pytest.mark.parametrize("name", PASSING)
def test_an_export_is_complete_whatever_passes(bed: Bed, name: str) -> None:
    whole = bed.client.export_rows()
    bed.spoil(name, content="record")
    assert bed.client.export_rows() == whole
    # a delimiter is always asked for, so that one fault finds nothing to spoil
    assert bed.given() == ({} if name == "semicolon" else {name: 1})


@pytest.mark.parametrize("name", PASSING)
def test_an_export_of_named_records_is_complete_whatever_passes(bed: Bed, name: str) -> None:
    wanted = [row["record_id"] for row in ROWS]
    whole = bed.client.export_rows(wanted, fields=["name"])
    bed.spoil(name)
    assert bed.client.export_rows(wanted, fields=["name"]) == whole
    assert bed.given() == ({} if name == "semicolon" else {name: 1})


@pytest.mark.parametrize("name", PASSING)
def test_an_import_is_stored_once_whatever_passes(bed: Bed, name: str) -> None:
    rows = [visit(str(one), f"only-{one}.") for one in range(1, 26)]
    bed.spoil(name, content="record", action="import")
    assert bed.client.import_rows(rows) == 25
    log = bed.log()
    assert [log.count(row["note"]) for row in rows] == [1] * 25


@pytest.mark.parametrize(("name", "code"), [("rotated_token", "API-TOKEN"), ("ban", "API-BANNED")])
def test_a_refusal_is_not_tried_again(bed: Bed, name: str, code: str) -> None:
    before = bed.client.requests
    bed.spoil(name, times=None)
    with pytest.raises(ServerError) as caught:
        bed.client.project_info()
    assert caught.value.code == code
    assert bed.client.requests == before + 1


@pytest.mark.parametrize(("name", "code"), [("hashed_ids", "API-UNASKED"), ("dropped_columns", "API-COLUMNS")])
def test_limited_rights_are_reported(bed: Bed, name: str, code: str) -> None:
    bed.spoil(name, times=None)
    with pytest.raises(ServerError) as caught:
        bed.client.export_rows()
    assert caught.value.code == code
    assert ("name, born" in str(caught.value)) == (name == "dropped_columns")


@pytest.mark.parametrize("name", ["locked_record", "locked_form"])
def test_a_lock_leaves_out_its_record(bed: Bed, name: str) -> None:
    bed.spoil(name)
    with pytest.raises(ImportRejected) as caught:
        bed.client.import_rows([visit("1", "a"), visit("2", "b")])
    assert caught.value.of("1")[0].locked
    assert caught.value.of("2") == ()
    assert bed.client.import_rows([visit("2", "b")]) == 1


def test_batches_shrink_on_failure_and_grow_slowly(bed: Bed) -> None:
    batch = bed.client.batch
    batch.now = 16
    bed.spoil("memory", times=2, content="record", action="export")
    assert len(bed.client.export_rows([row["record_id"] for row in ROWS])) == 30
    assert 4 <= batch.now < 16


def test_what_would_make_something_new_is_never_repeated(bed: Bed) -> None:
    bed.spoil("gateway_timeout", action="import")
    new = visit("1", "once.") | {"redcap_repeat_instance": "new"}
    before = bed.client.requests
    with pytest.raises(LicatsError):
        bed.client.pycap.import_records([new])
    assert bed.client.requests == before + 1
    assert bed.log().count("once.") == 1


def test_a_project_is_never_created_twice(bed: Bed) -> None:
    url = bed.sandbox.url.removesuffix("api/") + "sandbox/projects"

    def count() -> int:
        return len(requests.get(url, headers=bed._headers, timeout=30).json()["projects"])

    before = count()
    bed.spoil("gateway_timeout")
    with pytest.raises(LicatsError):
        create_project(
            bed.sandbox.url, bed.sandbox.super_token, title="X", odm=write_project(study()), rate_per_minute=0
        )
    assert count() == before + 1


def test_time_is_the_servers(bed: Bed) -> None:
    bed.settle(skew_seconds=7 * 86_400)
    bed.spoil("clock_skew")
    bed.client.version()
    assert bed.client.server_time is not None
    assert bed.client.server_time - dt.datetime.now(dt.UTC) > dt.timedelta(days=6)


def test_a_body_that_is_too_slow_is_given_up_and_asked_for_again(bed: Bed) -> None:
    bed.settle(slow_seconds=60)
    bed.spoil("slow_body", content="record", action="export", skip=2)
    retry = Retry(attempts=3, sleep=lambda _seconds: None)
    with RedcapClient(
        bed.client.url, bed.token, limiter=Limiter(0), retry=retry, connect_timeout=5.0, read_timeout=1.0
    ) as client:
        client.metadata()
        client.record_ids()
        assert len(client.export_rows(["1"])) == 1
    assert bed.given() == {"slow_body": 1}


@pytest.mark.parametrize(("call"), ["export_field_names", "export_metadata", "export_records"])
def test_pycap_asks_for_its_delimiter_too(bed: Bed, call: str) -> None:
    export: Callable[..., str] = getattr(bed.client.pycap, call)
    whole = export(format_type="csv")
    bed.spoil("semicolon", times=None)
    assert export(format_type="csv") == whole


CALLS: list[Callable[[RedcapClient], object]] = [
    lambda client: client.export_rows(),
    lambda client: client.import_rows([{"record_id": "1", "name": SECRET, "born": SECRET}]),
    lambda client: client.import_rows([visit("1", SECRET)]),
    lambda client: client.pycap.import_records([{"record_id": "1", "name": SECRET, "born": SECRET}]),
    lambda client: client.pycap.export_records(format_type="csv"),
    lambda client: client.read_log(lambda one: one, LogRange(dt.datetime.fromisoformat("2000-01-01"))),
]


@pytest.mark.parametrize("name", ["", *FAULTS])
def test_no_token_and_no_value_reaches_a_log_or_a_traceback(
    bed: Bed, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = []
    if name:
        bed.spoil(name, times=None)
    for call in CALLS:
        try:
            call(bed.client)
        except LicatsError as error:
            told = [str(error), repr(error), json.dumps(error.as_dict()), *traceback.format_exception(error)]
            seen.append("\n".join(told))
    text = "\n".join([caplog.text, *seen])
    assert seen or name in ("", "semicolon")
    assert bed.token not in text
    assert SECRET not in text
