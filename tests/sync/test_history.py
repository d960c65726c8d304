"""Changes from REDCap's log: read once a run, only for records with an event; without the log a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from study import Row, base, kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogEntry, LogRange, LogType, ProjectInfo
from redcap_licats.check.model import NO_EVENT_NAMES, NO_LOGGING_RIGHT, Change, Unread
from redcap_licats.check.run import skipped_checks
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ServerError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Logged
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.model import Place
from redcap_licats.sync.history import BEGIN, Aside, Kept, Log, LogReader
from redcap_licats.sync.worker import sync

T = TypeVar("T")

PROTOCOL = load_protocol()
DICTIONARY = build_dictionary(PROTOCOL, "en")
EVENT = [{"redcap_repeat_instrument": "licats_kidney"}]


class ScriptedLog(RedcapClient):
    """A client without a server, which gives one log, newest line first, or fails."""

    def __init__(self, *lines: LogEntry, error: ServerError | None = None) -> None:
        self.lines, self.error, self.asked = lines, error, 0

    def project_info(self) -> ProjectInfo:
        return ProjectInfo.from_row({"project_id": "1", "creation_time": "2026-04-01 10:00:00"})

    def read_log(self, read: Callable[[LogEntry], T], asked: LogRange) -> list[T]:
        self.asked += 1
        if self.error:
            raise self.error
        return [
            read(one)
            for one in self.lines
            if asked.begin <= one.at
            and (asked.end is None or one.at <= asked.end)
            and asked.record in ("", one.record)
        ]


def line(details: str, day: int = 1, record: str = "1") -> LogEntry:
    at = dt.datetime.fromisoformat(f"2026-03-{day:02} 23:59")
    return LogEntry(at, "u", f"Update record {record}", details, record)


NOW = dt.datetime.fromisoformat("2026-04-01 10:00")


def log_of(
    client: RedcapClient,
    protocol: Protocol = PROTOCOL,
    *,
    kept: Kept | None = None,
    begin: dt.datetime | None = BEGIN,
    unread: Unread | None = None,
    few: bool = False,
) -> Log:
    reader = LogReader(DICTIONARY, protocol)
    return Log(client, reader, kept or Aside(), begin=begin, now=NOW, few=few, unread=unread)


@pytest.mark.parametrize(
    ("details", "cells"),
    [
        ("kidney_onset = '2026-03-01'", [(1, "kidney_onset", "2026-03-01")]),
        (
            "[instance = 2], kidney_inv_grade = '2', kidney_crit(crea) = checked",
            [(2, "kidney_inv_grade", "2"), (2, "kidney_crit___crea", "1")],
        ),
        ("[instance = 2] kidney_crit(crea) = unchecked", [(2, "kidney_crit___crea", "0")]),
        ("enr_age = '40',   enr_kidney_aff = '1'", [(1, "enr_age", "40"), (1, "enr_kidney_aff", "1")]),
        ("kidney_inv_grade = ''", [(1, "kidney_inv_grade", "")]),
        (
            "kidney_crit_evid = 'seen, it''s = 'so', twice', kidney_inv_grade = '3'",
            [(1, "kidney_crit_evid", "seen, it''s = 'so', twice"), (1, "kidney_inv_grade", "3")],
        ),
        ("lab_crea_val = '1', res_grade_d = '2', unknown = '3'", []),
        ("record_id = '1'", []),
        ("", []),
    ],
)
def test_a_line_of_the_log_is_read_cell_by_cell(details: str, cells: list[tuple[int, str, str]]) -> None:
    told = [
        (one.place.instance, one.field, one.value) for one in LogReader(DICTIONARY, PROTOCOL).cells(line(details))
    ]
    assert [one for one in told if one[1] != "record_id"] == cells


def test_of_a_line_is_kept_what_checks_follow_and_of_an_event_its_day() -> None:
    lines = [
        line("[instance = 2], kidney_onset = '2026-03-01', kidney_end = '2026-03-04', kidney_inv_grade = '2'"),
        line("[instance = 2], kidney_inv_grade = '1'", 2),
        line("enr_age = '40', enr_kidney_aff = '1'", 3),
        line("enr_age = '41', lab_crea_val = '1'", 4),
        line("kidney_onset = '2026-03-01'", record=""),
    ]
    *kept, nameless = map(LogReader(DICTIONARY, PROTOCOL).kept, lines)
    assert nameless is None
    assert [(one.at.day, one.form, one.instance, one.field, one.value) for line in kept for one in line or ()] == [
        (1, "licats_kidney", 2, "", ""),
        (1, "licats_kidney", 2, "kidney_inv_grade", "2"),
        (2, "licats_kidney", 2, "kidney_inv_grade", "1"),
        (3, "enrolment", 1, "enr_kidney_aff", "1"),
    ]


def test_changes_come_oldest_first_with_their_day_and_their_record_alone() -> None:
    client = ScriptedLog(
        line("kidney_inv_grade = '1'", 5),
        line("kidney_inv_grade = '9'", 4, "2"),
        line("kidney_inv_grade = '2'", 3),
    )
    expected = [
        Change(dt.date(2026, 3, day), Place("licats_kidney"), field, value)
        for day, field, value in ((3, "kidney_inv_grade", "2"), (5, "kidney_inv_grade", "1"))
    ]
    log = log_of(client)
    assert log.of("1", EVENT) == tuple(expected)
    asked = client.asked
    assert log.of("3", EVENT, told=False) == ()
    assert client.asked == asked


def test_the_log_is_not_asked_for_where_no_check_could_use_it() -> None:
    client = ScriptedLog()
    assert log_of(client).of("1", [{"redcap_repeat_instrument": "labs"}]) == ()
    off = {
        name: one.model_copy(update={"enabled": False}) if one.needs_history else one
        for name, one in PROTOCOL.checks.items()
    }
    without = PROTOCOL.model_copy(update={"checks": off})
    assert log_of(client, without).of("1", EVENT) == ()
    assert log_of(client, unread=NO_EVENT_NAMES).of("1", EVENT) == NO_EVENT_NAMES
    assert client.asked == 0


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (ScriptedLog(error=ServerError("API-RIGHT", "no")), "no logging right"),
        (ScriptedLog(error=ServerError("API-TIMEOUT", "slow")), "log not read: API-TIMEOUT"),
        (
            ScriptedLog(line("kidney_onset = ''", record="")),
            "the log of this version of REDCap does not name records",
        ),
    ],
)
def test_without_the_log_the_checks_are_skipped_with_the_reason(client: ScriptedLog, reason: str) -> None:
    log = log_of(client)
    history = log.of("1", EVENT)
    assert isinstance(history, Unread)
    assert {one.reason for one in skipped_checks(PROTOCOL, unread=history)} == {reason}
    assert log.of("2", EVENT) == history
    assert client.asked == 1


# --- through the sandbox ------------------------------------------------------------------------------


def medical(client: RedcapClient) -> list[Row]:
    return [row for row in client.export_rows() if row["redcap_repeat_instrument"] == "licats_medical_query"]


def test_a_grade_lowered_after_the_end_is_found_and_stays_found(
    client: RedcapClient, project: ProjectSettings
) -> None:
    rows = [*subject("1"), base("2")]
    rows[4]["kidney_inv_grade"] = "2"
    client.import_rows(rows)
    assert sync(project, PROTOCOL).error is None
    assert "GR09" not in {row["mqry_rule_d"] for row in medical(client)}
    client.import_rows([{**kidney_event("1"), "kidney_inv_grade": "1"}])
    assert sync(project, PROTOCOL).error is None
    (found,) = (row for row in medical(client) if row["mqry_rule_d"] == "GR09")
    assert (found["mqry_field_d"], found["mqry_state_d"]) == ("kidney_inv_grade", "open")
    assert sync(project, PROTOCOL).as_dict()["cells_written"] == 0


def test_involvement_edited_later_needs_a_later_day(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows(subject("1"))
    client.import_rows([{"record_id": "1", "enr_kidney_aff": "0"}])
    assert sync(project, PROTOCOL).error is None
    assert "BL07" not in {row["mqry_rule_d"] for row in medical(client)}


def test_of_few_records_each_ones_own_log_is_read(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    whole, few = log_of(client), log_of(client, few=True)
    for record in ("1", "2"):
        assert few.of(record, EVENT) == whole.of(record, EVENT) != ()
    assert (whole.current, few.current) == (True, False)
    scripted = ScriptedLog(error=ServerError("API-RIGHT", "no"))
    few = log_of(scripted, few=True)
    assert [few.of(one, EVENT) for one in "12"] == [NO_LOGGING_RIGHT] * 2
    assert scripted.asked == 1


def grades(history: object) -> list[str]:
    assert isinstance(history, tuple)
    return [one.value for one in history if one.field]


def test_what_is_kept_is_not_asked_for_and_a_change_no_line_told_of_is() -> None:
    client = ScriptedLog(line("kidney_inv_grade = '1'", 5), line("kidney_inv_grade = '2'", 3))
    kept = Aside()
    kept.rewrite(BEGIN, [Logged("1", NOW, "licats_kidney", 1, "kidney_inv_grade", "4")])
    log = log_of(client, kept=kept, begin=None)
    assert grades(log.of("1", EVENT)) == ["4"]
    assert client.asked == 0
    assert grades(log.of("1", EVENT, told=False)) == ["2", "1"]
    assert client.asked == 1
    assert grades(log_of(client, kept=kept, begin=None).of("1", EVENT)) == ["2", "1"]


class CountedAside(Aside):
    """Counts how often it is asked."""

    asked = 0

    def of(self, records: Collection[str]) -> Mapping[str, Sequence[Logged]]:
        self.asked += 1
        return super().of(records)


def test_what_is_kept_of_a_batch_is_fetched_at_once_and_anew_where_the_log_told_more() -> None:
    client = ScriptedLog(line("kidney_inv_grade = '1'", 5, "2"))
    kept = CountedAside()
    kept.rewrite(BEGIN, [Logged(one, NOW, "licats_kidney", 1, "kidney_inv_grade", one) for one in "123"])
    log = log_of(client, kept=kept, begin=None)
    log.expect(["1", "2", "3"])
    assert [grades(log.of(one, EVENT)) for one in "123"] == [["1"], ["2"], ["3"]]
    assert kept.asked == 1
    log.expect(["1", "2", "3"])
    assert grades(log.of("1", EVENT)) == ["1"]
    assert grades(log.of("2", EVENT, told=False)) == ["1"]
    assert [grades(log.of(one, EVENT)) for one in "123"] == [["1"], ["1"], ["3"]]


class WatchedLog(RedcapClient):
    """A client of the sandbox that notes what is asked of the log, and fails to read what it is told to."""

    def __init__(self, url: str, token: str, *, broken: tuple[LogType, ...] = ()) -> None:
        super().__init__(url, token, rate_per_minute=0)
        self.broken = broken
        self.asked: list[str] = []

    def read_log(self, read: Callable[[LogEntry], T], asked: LogRange) -> list[T]:
        self.asked.append(asked.kind)
        if asked.kind in self.broken:
            raise ServerError("API-TIMEOUT", "slow")
        return super().read_log(read, asked)


def graded(grade: str) -> list[Row]:
    rows = subject("1")
    rows[4]["kidney_inv_grade"] = grade
    return rows


def test_a_log_that_could_not_be_read_is_asked_for_by_the_next_run(
    client: RedcapClient, project: ProjectSettings, token: str
) -> None:
    client.import_rows([*graded("2"), base("2")])
    client.import_rows([{**kidney_event("1"), "kidney_inv_grade": "1"}])
    with WatchedLog(client.url, token, broken=("record",)) as broken:
        for read in (2, 1):
            run = sync(project, PROTOCOL, client=broken)
            assert (run.error, run.records_read) == (None, read)
            assert "GR09" not in {row["mqry_rule_d"] for row in medical(client)}
    again = sync(project, PROTOCOL)
    assert (again.error, again.records_read) == (None, 1)
    assert "GR09" in {row["mqry_rule_d"] for row in medical(client)}
    assert sync(project, PROTOCOL).records_read == 0


def shelved_grades(project: ProjectSettings) -> list[str]:
    with Journal(project.state) as journal:
        kept = journal.memory(project.key).shelf().of(["1"])["1"]
    return [one.value for one in kept if one.field == "kidney_inv_grade"]


def test_runs_ask_for_the_records_log_once_and_find_the_same_without_their_state(
    client: RedcapClient, project: ProjectSettings, token: str, tmp_path: Path
) -> None:
    client.import_rows([*graded("2"), *subject("2")])
    with WatchedLog(client.url, token) as watched:
        assert sync(project, PROTOCOL, client=watched).error is None
        assert "record" in watched.asked
        watched.asked.clear()
        for grade in "13":
            client.import_rows([{**kidney_event("1"), "kidney_inv_grade": grade}])
            assert sync(project, PROTOCOL, client=watched).error is None
        assert watched.asked == ["", ""]
    anew = project.model_copy(update={"state": str(tmp_path / "anew")})
    assert sync(anew, PROTOCOL).as_dict()["cells_written"] == 0
    assert shelved_grades(anew) == shelved_grades(project) == ["2", "1", "3"]
    with Journal(anew.state) as journal:
        journal.memory(anew.key).forget(["1"])
    assert shelved_grades(anew) == []


def test_what_was_logged_while_the_log_could_not_be_read_is_made_up_for(
    client: RedcapClient, project: ProjectSettings, token: str
) -> None:
    client.import_rows(graded("2"))
    assert sync(project, PROTOCOL).error is None
    client.import_rows([{**kidney_event("1"), "kidney_inv_grade": "1"}])
    with WatchedLog(client.url, token, broken=("", "record")) as broken:
        assert sync(project, PROTOCOL, client=broken).error is None
    assert "GR09" not in {row["mqry_rule_d"] for row in medical(client)}
    assert sync(project, PROTOCOL).error is None
    assert "GR09" in {row["mqry_rule_d"] for row in medical(client)}
    assert shelved_grades(project) == ["2", "1"]
