"""Two machines that share a state in PostgreSQL never run the same project at the same time."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from study import subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import GuardError
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import Change, Run
from redcap_licats.protocol import load_protocol
from redcap_licats.sync import past
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
NOW = dt.datetime(2026, 2, 1, 12, 0, tzinfo=dt.UTC)
HOLD = """
    import datetime as dt, sys, time
    from redcap_licats.journal.journal import Journal
    with Journal(sys.argv[1]) as journal, journal.alone(sys.argv[2], now=dt.datetime.now(dt.UTC)):
        print("held", flush=True)
        time.sleep(60)
"""


@contextmanager
def elsewhere(state: str, key: str) -> Iterator[subprocess.Popen[str]]:
    """Another machine in all but name: a process that shares the database and no folder."""
    command = [sys.executable, "-c", textwrap.dedent(HOLD), state, key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def owners(state: str) -> int:
    engine = create_engine(state)
    with engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM owners"))
    engine.dispose()
    return int(count or 0)


def once_free(journal: Journal, key: str) -> None:
    """Take the lock as soon as the server has noticed that its holder is gone."""
    until = time.monotonic() + 30
    while True:
        try:
            with journal.alone(key, now=NOW):
                return
        except GuardError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_a_run_elsewhere_is_named_with_its_age_and_nothing_is_written(
    client: RedcapClient, project: ProjectSettings, new_database: Callable[[], str]
) -> None:
    project = project.model_copy(update={"state": new_database()})
    client.import_rows(subject("1"))
    with elsewhere(project.state, project.key) as other:
        run = sync(project, PROTOCOL)
        assert run.error is not None
        assert (run.error.code, run.exit, run.cells_written, run.requests) == ("RUN-LOCKED", 4, 0, 0)
        assert f"process {other.pid} on " in run.error.message
        assert "for 0 minutes" in run.error.message
        assert past.runs_of(project) == ()
        with pytest.raises(GuardError):
            past.forget(project, "1", now=NOW)
    with Journal(project.state) as journal:
        once_free(journal, project.key)
    assert sync(project, PROTOCOL).error is None
    assert owners(project.state) == 0


def test_the_age_is_that_of_the_holder_and_projects_do_not_wait_for_each_other(
    new_database: Callable[[], str],
) -> None:
    state = new_database()
    later = NOW + dt.timedelta(minutes=7)
    with (
        Journal(state) as one,
        Journal(state) as two,
        one.alone("a", now=NOW),
        two.alone("b", now=later),
        pytest.raises(GuardError, match="for 7 minutes"),
        two.alone("a", now=later),
    ):
        pass
    with Journal(state) as one, one.alone("a", now=NOW):
        pass


def test_a_killed_run_leaves_no_lock_and_its_name_is_not_taken_for_the_next_ones(
    new_database: Callable[[], str],
) -> None:
    state = new_database()
    with Journal(state) as journal:
        with elsewhere(state, "a") as other:
            other.send_signal(signal.SIGKILL)
            other.wait()
        assert owners(state) == 1
        once_free(journal, "a")
        with elsewhere(state, "a") as other:
            engine = create_engine(state)
            with engine.begin() as connection:
                # as it is the moment between taking the lock and writing the name
                connection.execute(text("UPDATE owners SET served_by = 0, host = 'gone'"))
            engine.dispose()
            with pytest.raises(GuardError) as caught, journal.alone("a", now=NOW):
                pass
    assert "it has just begun" in caught.value.message
    assert "gone" not in caught.value.message


def test_a_run_that_lost_its_lock_writes_nothing_more(new_database: Callable[[], str], tmp_path: Path) -> None:
    state = new_database()
    change = Change("1", "", "licats_summary", 1, "any_d", "", "1")
    run = Run("r", "trial", 1, "localhost", NOW, "0.1.0", "ab")
    with Journal(state) as journal, Journal(state) as other:
        journal.start(run)
        with journal.alone("a", now=NOW):
            journal.intend("r", [change], NOW)
            engine = create_engine(state)
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_terminate_backend(served_by) FROM owners"))
            engine.dispose()
            once_free(other, "a")
            with pytest.raises(GuardError) as caught:
                journal.intend("r", [change], NOW)
        assert (caught.value.code, caught.value.exit_code) == ("RUN-LOCK-LOST", 4)
        assert len(other.changes_of_run("r")) == 1
    with Journal(str(tmp_path / "state")) as folder, folder.alone("a", now=NOW):
        folder.start(run)
        assert folder.intend("r", [change], NOW) == 1
