from __future__ import annotations

import datetime as dt
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.sync.lock import run_lock

NOW = dt.datetime(2026, 2, 1, 12, 0, tzinfo=dt.UTC)


def test_a_second_run_is_told_who_holds_the_lock_and_for_how_long(tmp_path: Path) -> None:
    with (
        run_lock(tmp_path / "state", "one", now=NOW),
        pytest.raises(GuardError) as caught,
        run_lock(tmp_path / "state", "one", now=NOW + dt.timedelta(minutes=7)),
    ):
        pass
    assert caught.value.code == "RUN-LOCKED"
    assert caught.value.exit_code == 4
    assert str(os.getpid()) in caught.value.message
    assert "7 minutes" in caught.value.message
    with run_lock(tmp_path / "state", "one", now=NOW):
        pass


def test_projects_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with run_lock(tmp_path, "one", now=NOW), run_lock(tmp_path, "two", now=NOW):
        assert stat.S_IMODE((tmp_path / "two.lock").stat().st_mode) == 0o600


def test_a_killed_run_leaves_no_lock_behind(tmp_path: Path) -> None:
    script = """
        import datetime as dt, os, pathlib, sys, time
        from redcap_licats.sync.lock import run_lock
        with run_lock(pathlib.Path(sys.argv[1]), "one", now=dt.datetime.now(dt.UTC)):
            print("held", flush=True)
            time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(GuardError), run_lock(tmp_path, "one", now=NOW):
            pass
        other.send_signal(signal.SIGKILL)
    with run_lock(tmp_path, "one", now=NOW):
        pass


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError), run_lock(tmp_path / "file", "one", now=NOW):
        pass
