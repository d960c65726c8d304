from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, column, create_engine, event, insert, inspect, table

from redcap_licats.errors import ConfigError
from redcap_licats.journal.engine import FILE
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.migrations import MIGRATIONS, migrate
from redcap_licats.journal.model import Change, Run
from redcap_licats.journal.schema import metadata, runs, versions

RUN = Run(
    run_id="r1",
    project="tokyo",
    project_id=7,
    server="redcap.example.org",
    started=dt.datetime(2025, 11, 22, 10, 0, tzinfo=dt.UTC),
    protocol_version="0.1.0",
    protocol_hash="abc",
)
#: another project of the same name, as two configurations may have it that share a state
OSAKA = replace(RUN, run_id="r2", project_id=8)


NOW = RUN.started + dt.timedelta(seconds=30)


def change(record: str, new: str = "2") -> Change:
    return Change(record, "", "licats_result", 1, "res_grade_d", "", new, "grade")


def test_a_run_and_its_changes_come_back(state: str) -> None:
    with Journal(state) as journal:
        journal.start(RUN)
        journal.confirm("r1", journal.intend("r1", [change("1"), change("2")], NOW))
        journal.confirm("r1", journal.intend("r1", [change("1", "3")], NOW))
        done = replace(RUN, finished=RUN.started + dt.timedelta(minutes=1), exit_code=0, cells_written=3)
        journal.finish(done)
    with Journal(state) as journal:
        assert journal.runs(RUN) == (done,)
        assert journal.runs(OSAKA) == ()
        assert [(one.change.record, one.change.new) for one in journal.changes_of_run("r1")] == [
            ("1", "2"),
            ("2", "2"),
            ("1", "3"),
        ]
        history = journal.changes_of_record(RUN, "1")
        assert [one.change for one in history] == [change("1"), change("1", "3")]
        assert all(one.written and one.run == done and one.sent == NOW for one in history)


def test_a_batch_that_redcap_refused_is_forgotten_and_an_unclear_one_is_not(state: str) -> None:
    with Journal(state) as journal:
        journal.start(RUN)
        journal.withdraw("r1", journal.intend("r1", [change("1")], NOW))
        journal.intend("r1", [change("2")], NOW)
        (entry,) = journal.changes_of_run("r1")
        assert entry.change.record == "2"
        assert not entry.written
        assert journal.runs(RUN)[0].finished is None


def test_only_the_owner_may_read_the_state(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    with Journal(str(folder)) as journal:
        journal.start(RUN)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_a_state_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("not a database, but long enough to be taken for one" * 20)
    (tmp_path / "file").write_text("")
    without_driver = "mssql+pymssql://db.example.org/licats"
    for state in (str(tmp_path), str(tmp_path / "file"), "sqlite:////nowhere/at/all.sqlite", without_driver):
        with pytest.raises(ConfigError) as caught:
            Journal(state)
        assert caught.value.code == "STATE-OPEN"


def test_migrations_make_the_tables_that_the_code_uses() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        assert migrate(connection) == len(MIGRATIONS)
        assert migrate(connection) == 0
        found = inspect(connection)
        made = {name: {one["name"] for one in found.get_columns(name)} for name in found.get_table_names()}
    engine.dispose()
    assert made == {table.name: set(table.columns.keys()) for table in metadata.tables.values()}


def test_a_migration_killed_half_way_leaves_nothing(tmp_path: Path) -> None:
    script = """
        import os, signal, sys
        from redcap_licats.journal import migrations
        from redcap_licats.journal.journal import Journal
        migrations.MIGRATIONS = migrations.MIGRATIONS[:2] + ("SELECT kill()",)
        from sqlalchemy import event, Engine
        def connect(connection, record):
            connection.create_function("kill", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
        event.listen(Engine, "connect", connect)
        Journal(sys.argv[1])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    database = sqlite3.connect(tmp_path / FILE)
    assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    database.close()
    with Journal(str(tmp_path)) as journal:
        journal.start(RUN)


def test_what_was_intended_survives_a_kill(tmp_path: Path) -> None:
    script = """
        import os, signal, sys
        sys.path.insert(0, sys.argv[2])
        from test_journal import RUN, change
        from redcap_licats.journal.journal import Journal
        journal = Journal(sys.argv[1])
        journal.start(RUN)
        journal.intend("r1", [change(str(number)) for number in range(500)], RUN.started)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    arguments = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path), os.fspath(Path(__file__).parent)]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    with Journal(str(tmp_path)) as journal:
        assert len(journal.changes_of_run("r1")) == 500


def test_what_was_sent_since_a_moment_is_found_by_record(state: str) -> None:
    with Journal(state) as journal:
        journal.start(RUN)
        journal.start(OSAKA)
        journal.intend("r1", [change("1"), change("2")], NOW)
        journal.intend("r1", [change("1", "3")], NOW + dt.timedelta(minutes=5))
        journal.intend("r2", [change("1", "4")], NOW)
        since = NOW + dt.timedelta(minutes=1)
        found = {record: [one.new for one in sent] for record, sent in journal.sent_since(RUN, since, ["1", "2"])}
        assert found == {"1": ["3"], "2": []}
        everything = dict(journal.sent_since(RUN, NOW, [str(number) for number in range(500)]))
        assert [one.new for one in everything["1"]] == ["2", "3"]


def test_a_forgotten_record_takes_nothing_else_along(state: str) -> None:
    with Journal(state) as journal:
        journal.start(RUN)
        journal.start(OSAKA)
        for run in ("r1", "r2"):
            journal.intend(run, [change("1"), change("2")], NOW)
        assert journal.forget(RUN, "1") == 1
        assert journal.changes_of_record(RUN, "1") == ()
        assert len(journal.changes_of_record(RUN, "2")) == 1
        assert len(journal.changes_of_record(OSAKA, "1")) == 1


_OLD_RUN = {
    "run_id": "r1",
    "project": "tokyo",
    "project_id": 7,
    "server": "host",
    "started": RUN.started.isoformat(),
    "error_code": "",
    "protocol_version": "",
    "protocol_hash": "",
    "records_read": 1,
    "cells_written": 1,
}
_OLD_CHANGE = {
    "run_id": "r1",
    "record": "1",
    "event": "",
    "instrument": "licats_result",
    "instance": 1,
    "field": "res_grade_d",
    "old_value": "",
    "new_value": "2",
    "rule": "grade",
}


def test_a_state_of_the_first_version_keeps_what_it_knows(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / FILE}")
    with engine.begin() as connection:
        versions.create(connection)
        for number, step in enumerate(MIGRATIONS[:3], start=1):
            connection.exec_driver_sql(step)
            connection.execute(insert(versions).values(number=number))
        connection.execute(insert(runs).values(_OLD_RUN))
        rows = [
            {**_OLD_CHANGE, "number": number, "batch": -(-number // 2), "written": number < 3}
            for number in (1, 2, 3)
        ]
        connection.execute(insert(table("changes", *map(column, rows[0]))), rows)
    engine.dispose()
    with Journal(str(tmp_path)) as journal:
        entries = journal.changes_of_run("r1")
        assert [one.written for one in entries] == [True, True, False]
        assert {one.sent for one in entries} == {RUN.started}


def test_a_full_disk_is_named_and_leaves_what_was_there(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        journal.start(RUN)

        @event.listens_for(Engine, "connect")
        def small(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 40")

        try:
            journal.close()
            with pytest.raises(ConfigError) as caught:
                journal.intend("r1", [change(str(number), "x" * 500) for number in range(1000)], NOW)
        finally:
            event.remove(Engine, "connect", small)
        assert caught.value.code == "STATE-WRITE"
        journal.close()
        assert journal.changes_of_run("r1") == ()
