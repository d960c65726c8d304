"""Changes from REDCap's log: read once a run, only for records with an event; without the log a reason."""

from __future__ import annotations

import datetime as dt

import pytest
from study import Row, base, kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.model import LogEntry
from redcap_licats.check.model import NO_EVENT_NAMES, NO_LOGGING_RIGHT, Change, Unread
from redcap_licats.check.run import skipped_checks
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ServerError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import Place
from redcap_licats.sync.history import Log
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
DICTIONARY = build_dictionary(PROTOCOL, "en")
EVENT = [{"redcap_repeat_instrument": "licats_kidney"}]


class ScriptedLog(RedcapClient):
    """A client without a server, which gives one log, newest line first, or fails."""

    def __init__(self, *lines: LogEntry, error: ServerError | None = None) -> None:
        self.lines, self.error, self.asked = lines, error, 0

    def log(self, *_: object, **__: object) -> tuple[LogEntry, ...]:
        self.asked += 1
        if self.error:
            raise self.error
        return self.lines


def line(details: str, day: int = 1, record: str = "1") -> LogEntry:
    at = dt.datetime.fromisoformat(f"2026-03-{day:02} 23:59")
    return LogEntry(at, "u", f"Update record {record}", details, record)


def log_of(client: RedcapClient, *, classic: bool = True) -> Log:
    return Log(client, DICTIONARY, PROTOCOL, classic=classic)


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
    history = log_of(ScriptedLog(line(details))).of("1", EVENT)
    assert isinstance(history, tuple)
    assert [(one.place.instance, one.field, one.value) for one in history if one.field != "record_id"] == cells


def test_changes_come_oldest_first_with_their_day_and_their_record_alone() -> None:
    client = ScriptedLog(
        line("kidney_inv_grade = '1'", 5),
        line("kidney_inv_grade = '9'", 4, "2"),
        line("kidney_inv_grade = '2'", 3),
    )
    expected = [
        Change(dt.date(2026, 3, day), Place("licats_kidney"), "kidney_inv_grade", value)
        for day, value in ((3, "2"), (5, "1"))
    ]
    log = log_of(client)
    assert log.of("1", EVENT) == tuple(expected)
    assert log.of("3", EVENT) == ()
    assert client.asked == 1


def test_the_log_is_not_asked_for_where_no_check_could_use_it() -> None:
    client = ScriptedLog()
    assert log_of(client).of("1", [{"redcap_repeat_instrument": "labs"}]) == ()
    off = {
        name: one.model_copy(update={"enabled": False}) if one.needs_history else one
        for name, one in PROTOCOL.checks.items()
    }
    without = PROTOCOL.model_copy(update={"checks": off})
    assert Log(client, DICTIONARY, without, classic=True).of("1", EVENT) == ()
    assert log_of(client, classic=False).of("1", EVENT) == NO_EVENT_NAMES
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
    whole = Log(client, client.dictionary, PROTOCOL, classic=True)
    few = Log(client, client.dictionary, PROTOCOL, classic=True, few=True)
    for record in ("1", "2"):
        assert few.of(record, EVENT) == whole.of(record, EVENT) != ()
    client = ScriptedLog(error=ServerError("API-RIGHT", "no"))
    few = Log(client, DICTIONARY, PROTOCOL, classic=True, few=True)
    assert [few.of(one, EVENT) for one in "12"] == [NO_LOGGING_RIGHT] * 2
    assert client.asked == 1
