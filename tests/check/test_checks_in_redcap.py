"""Every check over HTTP: its query opens in REDCap where the data say so, and is resolved once they are mended.

One record for each check: an example that fires is entered, then an example that does not in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
import requests
from check_patient import PROTOCOL, Rows, context, event, flat_rows, sample
from test_checks import CASES, SKIN, kidney, skin, treated

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.check.registry import CHECKS
from redcap_licats.check.run import run_checks
from redcap_licats.config import ProjectSettings, TokenSource
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol.models import Severity
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.worker import sync

#: never by data: forms and derivation read the same rows, so that only a fault of the software sets them apart
INTERNAL = {"RP01"}
#: read from REDCap's log
HISTORY = {"BL07", "GR09"}
#: told in reports, without a query
INFO = {one.id for one in PROTOCOL.checks.values() if one.severity is Severity.INFO}
A_DAY = 24 * 60 * 60

RECOVERED = {"labs#8": sample("D40", "30")}
#: what fires and what does not, where no two examples have the same rows, or the firing one needs an earlier day
PAIRS: dict[str, tuple[Rows, Rows]] = {
    "BC03": ({SKIN: event("skin", "D60", "D70"), **RECOVERED}, {SKIN: event("skin", "D40", "D70"), **RECOVERED}),
    "CO02": ({**kidney(), "enrolment": {"dx": "iim"}}, {**kidney(), "enrolment": {"dx": "sle"}}),
    "DT03": (skin(end="2099-12-31"), skin()),
    "DT12": (skin(ongoing="1", end="", outcome="ong"), skin()),
    "GC02": (treated("D18", "", ongoing="1"), treated("D18", "D24")),
    "GR09": (kidney(inv_grade="1"), kidney(inv_grade="1", ongoing="1", end="", outcome="ong")),
}
QUERIED = sorted(CHECKS.keys() - INTERNAL - INFO - {"BL07"})
Row = dict[str, str]
Key = tuple[str, ...]
#: record and rule -> form, field, state of its queries
Queries = Mapping[tuple[str, str], list[tuple[str, str, str]]]


def by_key(rows: Rows, record: str) -> dict[Key, Row]:
    """Give the rows of an example, the forms that do not repeat as one."""
    found: dict[Key, Row] = {}
    for row in flat_rows(rows, record):
        key = (row["redcap_repeat_instrument"], row["redcap_repeat_instance"])
        found[key] = found.get(key, {}) | row
    return found


def pair(check: str) -> tuple[Rows, Rows]:
    """Give an example that fires and one that does not and has all rows of the first."""
    if check in PAIRS:
        return PAIRS[check]
    firing = [rows for name, fires, rows, today in CASES if (name, fires, today) == (check, True, "D400")]
    quiet = [rows for name, fires, rows, today in CASES if (name, fires, today) == (check, False, "D400")]
    return next(
        (one, other)
        for one, other in product(firing, (*quiet, {}))
        if by_key(one, "").keys() <= by_key(other, "").keys()
    )


def mended(check: str) -> list[Row]:
    """Give the rows that turn the one example into the other; what the other leaves blank is erased."""
    before, after = (by_key(rows, check) for rows in pair(check))
    blanks = {key: {name: "0" if "___" in name else "" for name in row} for key, row in before.items()}
    return [blanks.get(key, {}) | row for key, row in after.items()]


def queries(client: RedcapClient) -> Queries:
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for row in client.export_rows(forms=["licats_query", "licats_medical_query"]):
        for stem in ("qry", "mqry"):
            if row[f"{stem}_id_d"]:
                told = (row[f"{stem}_form_d"], row[f"{stem}_field_d"], row[f"{stem}_state_d"])
                found.setdefault((row["record_id"], row[f"{stem}_rule_d"]), []).append(told)
    return found


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Queries, Queries]:
    """Enter the examples that fire, run the worker, mend them all, run it again."""
    folder = tmp_path_factory.mktemp("checks")
    with SandboxProcess(db=folder / "sandbox.sqlite") as sandbox:
        odm = write_project(build_project(PROTOCOL))
        token = create_project(sandbox.url, sandbox.super_token, title="Checks", odm=odm, rate_per_minute=0)
        (folder / "token").write_text(token)
        (folder / "token").chmod(0o600)

        def run() -> Queries:
            summary = sync(settings, PROTOCOL)
            assert summary.exit == 0, summary.as_dict()
            return queries(client)

        def go_ahead(seconds: int) -> None:
            url = sandbox.url.replace("/api/", "/sandbox/clock")
            bearer = {"Authorization": f"Bearer {sandbox.super_token}"}
            reply = requests.post(url, json={"ahead_seconds": seconds}, headers=bearer, timeout=30)
            assert reply.ok, reply.text

        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            settings = ProjectSettings(
                name="checks",
                url=sandbox.url,
                project_id=client.project_info().project_id,
                token=TokenSource(file=folder / "token"),
                state=str(folder / "state"),
                rate_per_minute=0,
            )
            client.import_rows([row for check in QUERIED for row in flat_rows(pair(check)[0], check)])
            client.import_rows(flat_rows({**kidney(), "enrolment": {"kidney_aff": "0"}}, "BL07"))
            client.import_rows(flat_rows(kidney(inv_grade="2"), "GR09"))
            client.import_rows(flat_rows(PAIRS["GR09"][0], "GR09"))
            go_ahead(A_DAY)
            client.import_rows([{"record_id": "BL07", "enr_kidney_aff": "1"}])
            before = run()
            client.import_rows([row for check in QUERIED for row in mended(check)], overwrite=True)
            return before, run()


@pytest.mark.parametrize("check", QUERIED)
def test_a_query_opens_and_is_resolved(check: str, before_and_after: tuple[Queries, Queries]) -> None:
    before, after = before_and_after
    raised = before[check, check]
    assert {state for _, _, state in raised} == {"open"}
    if check not in HISTORY:
        findings = [one for one in run_checks(context(pair(check)[0])).findings if one.check == check]
        assert sorted(raised) == sorted((one.place.form, one.field, "open") for one in findings)
    assert after[check, check] == [(form, field, "resolved") for form, field, _ in raised]


def test_what_the_log_says_cannot_be_mended_and_asks_the_monitor(
    before_and_after: tuple[Queries, Queries],
) -> None:
    before, after = before_and_after
    assert before["BL07", "BL07"] == after["BL07", "BL07"] == [("licats_kidney", "kidney_onset", "open")]


def test_information_is_no_query(before_and_after: tuple[Queries, Queries]) -> None:
    """The examples lie at boundaries of the timing classes and at a ratio of 1.5, and nobody is asked about it."""
    assert sorted(INFO) == ["DT09", "OR04"]
    assert not {rule for queries in before_and_after for _, rule in queries} & INFO
