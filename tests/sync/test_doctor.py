"""The full preflight against a live project: every finding is named, and what it is classed as."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from study import subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Hold
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.doctor import Examination, clock_skew, examine_project, rate_limit, server_version
from redcap_licats.sync.finding import Harm
from redcap_licats.sync.granted import may_edit
from redcap_licats.sync.guards import data_cut
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
LEAST = {"api_export": 1, "api_import": 1, "logging": 1}
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

Order = Callable[..., dict[str, str]]
AsUser = Callable[..., Examination]


@pytest.fixture
def order(sandbox: SandboxProcess, project: ProjectSettings) -> Order:
    def give(name: str, **body: object) -> dict[str, str]:
        url = sandbox.url.replace("/api/", f"/sandbox/projects/{project.project_id}/{name}")
        headers = {"Authorization": f"Bearer {sandbox.super_token}"}
        reply = requests.post(url, json=body, headers=headers, timeout=30)
        assert reply.ok, reply.text
        answer: dict[str, str] = reply.json()
        return answer

    return give


@pytest.fixture
def as_user(order: Order, project: ProjectSettings, monkeypatch: pytest.MonkeyPatch) -> AsUser:
    """Examine the project with the token of a user of its own."""

    def run(**user: object) -> Examination:
        monkeypatch.setenv("LICATS_TEST_TOKEN", order("users", username="worker", **user)["token"])
        return examine_project(project, PROTOCOL)

    return run


def codes(found: Examination) -> dict[str, Harm]:
    return {one.code: one.harm for one in found.findings}


def test_a_user_with_the_least_rights_gives_no_finding(client: RedcapClient, as_user: AsUser) -> None:
    client.import_rows(subject("1"))
    before = client.export_rows()
    found = as_user(rights=LEAST)
    assert codes(found) == {}
    assert (found.exit, found.worst) == (0, None)
    assert found.redcap_version
    assert client.export_rows() == before


def test_too_many_rights_are_named_and_harmless(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    found = examine_project(project, PROTOCOL)  # by the token of who created the project
    expected = dict.fromkeys(("RIGHTS-TOO-MANY", "RIGHTS-CREATE", "RIGHTS-FORMS"), Harm.HARMLESS)
    assert codes(found) == expected
    rights, create, forms = found.findings
    assert "would come back" in create.what
    for words in ("Project Design and Setup", "User Rights", "Delete Records"):
        assert words in rights.what
    assert "enrolment" in forms.what
    assert "licats_result" not in forms.what
    assert found.exit == 0


def test_a_module_that_does_not_answer_is_named_and_stops_no_run(project: ProjectSettings) -> None:
    found = examine_project(project.model_copy(update={"module": True}), PROTOCOL)
    assert codes(found)["MODULE-ABSENT"] is Harm.HARMLESS
    assert found.exit == 0


def test_rights_that_cannot_be_looked_up_are_tried_out(as_user: AsUser) -> None:
    found = as_user(rights={**LEAST, "design": 1})
    assert codes(found) == {"RIGHTS-TOO-MANY": Harm.HARMLESS, "GROUP-UNSEEN": Harm.HARMLESS}
    assert "User Rights" not in found.findings[1].what
    found = as_user(rights={"api_export": 1})
    assert codes(found).items() >= {"API-RIGHT-IMPORT": Harm.WRITING, "RIGHTS-LOGGING": Harm.HARMLESS}.items()
    assert found.exit == 3


def test_rights_that_can_be_looked_up(as_user: AsUser, client: RedcapClient) -> None:
    client.import_rows(subject("1"))
    found = as_user(rights={"api_export": 1, "logging": 1, "user_rights": 1}, forms_export={"labs": 0})
    assert codes(found) == {
        "API-COLUMNS": Harm.READING,
        "RIGHTS-EXPORT": Harm.READING,
        "API-RIGHT-IMPORT": Harm.WRITING,
        "RIGHTS-TOO-MANY": Harm.HARMLESS,
        "RIGHTS-FORMS": Harm.HARMLESS,
        # who created the project may do all of it
        "RIGHTS-WORKERS-FORMS": Harm.HARMLESS,
        "RIGHTS-SEVERAL-WRITERS": Harm.HARMLESS,
        "RIGHTS-SITE-SEES": Harm.HARMLESS,
    }
    assert "labs" in next(one.what for one in found.findings if one.code == "RIGHTS-EXPORT")


def test_a_worker_in_a_data_access_group_is_named(client: RedcapClient, as_user: AsUser) -> None:
    rows = [*subject("1"), *subject("2")]
    rows[0]["redcap_data_access_group"] = "site_a"
    client.import_rows(rows)
    found = as_user(rights=LEAST, group="site_a")
    assert codes(found) == {"GUARD-GROUP": Harm.READING}
    assert found.exit == 4


def test_several_findings_are_named_at_once(
    client: RedcapClient, project: ProjectSettings, as_user: AsUser
) -> None:
    wrong = project.model_copy(update={"project_id": 9999, "frozen": True})
    client.pycap.import_repeating_instruments_events([{"form_name": "labs", "custom_form_label": ""}])
    found = examine_project(wrong, PROTOCOL)
    assert (
        codes(found).items()
        >= {
            "STUDY-FROZEN": Harm.WRITING,
            "GUARD-PROJECT": Harm.READING,
            "SETUP-REPEATS": Harm.READING,
        }.items()
    )
    assert found.exit == 4
    worst = found.worst
    assert worst is not None
    assert worst.code == "STUDY-FROZEN"
    assert sync(wrong, PROTOCOL).error.code == "STUDY-FROZEN"  # type: ignore[union-attr]


def test_an_unapproved_protocol_and_a_held_project_block_writing(
    client: RedcapClient, project: ProjectSettings
) -> None:
    client.import_rows(subject("1"))
    assert sync(project, PROTOCOL).exit == 0
    with Journal(project.state) as journal:
        journal.memory(project.key).hold(Hold("some-run", NOW))
    other = PROTOCOL.model_copy(update={"version": "other"})
    found = examine_project(project, other)
    assert codes(found).items() >= {"PROJECT-HELD": Harm.WRITING, "PROTOCOL-UNAPPROVED": Harm.WRITING}.items()
    assert found.exit == 4


def test_a_server_that_does_not_answer_leaves_the_guards_of_this_machine(
    project: ProjectSettings, token: str
) -> None:
    found = examine_project(
        project.model_copy(update={"frozen": True, "url": "http://127.0.0.1:9/api/"}), PROTOCOL
    )
    assert codes(found) == {"STUDY-FROZEN": Harm.WRITING, "API-UNREACHABLE": Harm.READING}
    assert found.exit == 4


def test_a_token_that_is_not_there_and_a_state_that_cannot_be_written(
    project: ProjectSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LICATS_TEST_TOKEN")
    (tmp_path / "file").write_text("no folder")
    found = examine_project(project.model_copy(update={"state": str(tmp_path / "file" / "state")}), PROTOCOL)
    assert codes(found) == {"STATE-OPEN": Harm.WRITING, "TOKEN-MISSING": Harm.READING}
    assert found.exit == 2


def test_files_that_others_may_read_are_named(project: ProjectSettings, token: str, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(os.environ["LICATS_TEST_TOKEN"])
    path.chmod(0o640)
    state = tmp_path / "open"
    state.mkdir(mode=0o755)
    source = project.token.model_copy(update={"env": None, "file": path})
    found = examine_project(project.model_copy(update={"token": source, "state": str(state)}), PROTOCOL)
    assert codes(found).items() >= {"TOKEN-FILE-GROUP": Harm.HARMLESS, "STATE-MODE": Harm.HARMLESS}.items()
    assert found.exit == 0


@pytest.mark.parametrize(
    ("cut", "code", "words"),
    [
        (None, "", ""),
        (dt.date(2026, 2, 28), "DATA-CUT", "2026-02-28"),
        (dt.date(2026, 3, 1), "DATA-CUT", "without a date"),
        (dt.date(2026, 3, 2), "DATA-CUT-AHEAD", "nothing is cut"),
    ],
)
def test_the_limits_of_a_data_cut_are_told(
    project: ProjectSettings, cut: dt.date | None, code: str, words: str
) -> None:
    found = list(data_cut(project.model_copy(update={"data_cut": cut}), NOW.date()))
    assert [one.code for one in found] == ([code] if code else [])
    assert all(words in one.what and one.harm is Harm.HARMLESS for one in found)


@pytest.mark.parametrize(("ahead", "words"), [(7200, "2:00:00 ahead of"), (-300, "0:05:00 behind"), (100, "")])
def test_clocks_that_differ_are_named(
    project: ProjectSettings, client: RedcapClient, ahead: int, words: str
) -> None:
    client.version()
    assert client.server_time is not None
    found = list(clock_skew(client, project, client.server_time - dt.timedelta(seconds=ahead)))
    assert [words in one.what for one in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("version", "known"), [("6.18.1", 0), ("7.0.0", 1), ("16.1.3", 1), ("17.0.0", 0), ("x", 0)]
)
def test_versions_that_are_known(project: ProjectSettings, version: str, known: bool) -> None:
    assert len(list(server_version(version, project))) == 1 - known


@pytest.mark.parametrize(("rate", "named"), [(0, True), (120, False), (60, False), (121, True)])
def test_a_limit_beyond_the_default_is_named(project: ProjectSettings, rate: int, named: bool) -> None:
    there = project.model_copy(update={"url": "https://redcap.example.org/api/", "rate_per_minute": rate})
    assert bool(list(rate_limit(there))) == named
    assert not list(rate_limit(project.model_copy(update={"rate_per_minute": rate})))


@pytest.mark.parametrize(
    ("level", "may"), [(0, False), (1, True), (2, False), (3, True), (128, False), (129, False)]
)
def test_rights_on_forms_before_version_15_6(level: int, may: bool) -> None:
    assert may_edit(level) == may


@pytest.mark.parametrize(("level", "may"), [(128, False), (129, False), (130, True), (154, True), (145, False)])
def test_rights_on_forms_since_version_15_6(level: int, may: bool) -> None:
    assert may_edit(level) == may
