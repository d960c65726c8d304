"""However a run ends, it says so: with all keys of its JSON, with its exit code, and in the journal."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.progress import Progress

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.cli.console import RateColumn
from redcap_licats.cli.runs import run_one
from redcap_licats.cli.tell import show_summary
from redcap_licats.config import load_config
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import FatalError
from redcap_licats.forms.build import build_project
from redcap_licats.journal.model import Run
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.running import journalled
from redcap_licats.sync.status import status_of
from redcap_licats.sync.summary import RunSummary

PROGRAM = [sys.executable, "-c", "from redcap_licats.cli import main; main()"]
CONFIG = """\
[[project]]
name = "trial"
url = "{url}"
project_id = 1
token = {{ file = "token" }}
rate_per_minute = 0
"""
KEYS = set(RunSummary("", "", 0, "", "").as_dict())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "licats.toml").write_text(CONFIG.format(url="http://127.0.0.1:9/api/"))
    (tmp_path / "token").write_text("0" * 32)
    (tmp_path / "token").chmod(0o600)
    return tmp_path


@pytest.fixture
def study(folder: Path) -> Iterator[Path]:
    """The same, with a server and one subject."""
    with SandboxProcess() as sandbox:
        odm = write_project(build_project(load_protocol()))
        token = create_project(sandbox.url, sandbox.super_token, title="Trial", odm=odm, rate_per_minute=0)
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            client.import_rows([{"record_id": "1", "enr_age": "40"}])
        (folder / "licats.toml").write_text(CONFIG.format(url=sandbox.url))
        (folder / "token").write_text(token)
        yield folder


def licats(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("more", "arguments", "code", "exit_code"),
    [
        ("max_chnges = 5", (), "CONFIG-KEY", 2),
        ("", ("--project", "other"), "CONFIG-PROJECT", 2),
        ("", ("--log", "/proc/none/log"), "LOG-OPEN", 2),
        ("frozen = true", (), "STUDY-FROZEN", 4),
        ('overlay = "nowhere"', (), "PROTOCOL-FILE", 2),
        ('state = "token"', (), "STATE-OPEN", 2),
        ('state = "mysql://db/licats"', (), "STATE-OPEN", 2),
    ],
)
def test_an_error_comes_with_all_keys(
    folder: Path, more: str, arguments: tuple[str, ...], code: str, exit_code: int
) -> None:
    with (folder / "licats.toml").open("a") as file:
        file.write(more)
    run = licats("sync", "--json", *arguments, folder=folder)
    answer = json.loads(run.stdout)
    assert set(answer) == KEYS
    assert (answer["error"]["code"], answer["exit"], run.returncode) == (code, exit_code, exit_code)
    assert answer["error"]["remedy"]
    every = licats("sync", "--json", "--all", folder=folder)
    assert set(json.loads(every.stdout)) == {"exit", "error", "projects"}


def test_an_approval_that_is_no_file(study: Path) -> None:
    with (study / "licats.toml").open("a") as file:
        file.write('approval = "."\n')
    (study / "trial.approved.json").mkdir()
    run = licats("sync", "--json", folder=study)
    answer = json.loads(run.stdout)
    assert (answer["error"]["code"], run.returncode) == ("APPROVAL-FILE", 2)


def test_a_mistake_of_the_program_is_no_records_left_out(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = load_config(folder / "licats.toml").find(None)
    summary = run_one(settings.model_copy(update={"overlay": 5})).summary
    assert summary.error is not None
    assert (summary.error.code, summary.exit) == ("RUN-BROKEN", FatalError.exit_code)
    assert "trial" in summary.error.where
    assert "Traceback" in capfd.readouterr().err
    assert FatalError.exit_code not in range(5)


@pytest.mark.parametrize(
    ("how", "exit_code", "code"), [(KeyboardInterrupt, 130, "INTERRUPTED"), (ValueError, 70, "RUN-BROKEN")]
)
def test_a_run_that_broke_off_did_not_end_well(
    folder: Path, how: type[BaseException], exit_code: int, code: str
) -> None:
    settings = load_config(folder / "licats.toml").find(None)
    now = dt.datetime.now(dt.UTC)
    done = Run("done", "trial", 1, settings.installation, now, "", "")
    with journalled(settings, done, RunSummary("done", "trial", 1, "", "")):
        pass
    later = replace(done, run_id="later", started=now + dt.timedelta(minutes=1))
    with pytest.raises(how), journalled(settings, later, RunSummary("later", "trial", 1, "", "")):
        raise how
    stands = status_of(settings)
    assert stands.last_run is not None
    assert stands.last_done is not None
    assert (stands.last_run.exit_code, stands.last_run.error_code) == (exit_code, code)
    assert stands.last_done.run_id == "done"


def on_a_terminal(*arguments: str, folder: Path) -> str:
    """Run the program with a terminal as standard error; give what it shows there."""
    master, slave = pty.openpty()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "xterm", "COLUMNS": "140"}
    with subprocess.Popen(
        [*PROGRAM, *arguments], cwd=folder, env=environment, stderr=slave, stdout=subprocess.DEVNULL
    ) as process:
        os.close(slave)
        shown = b""
        try:
            while some := os.read(master, 4096):
                shown += some
        except OSError:
            pass  # what Linux says at the end of a terminal
        os.close(master)
    assert process.returncode == 0, shown
    return shown.decode()


def test_progress_is_for_people_at_a_terminal_only(study: Path) -> None:
    shown = on_a_terminal("sync", "--full", folder=study)
    for words in ("Reading records", "1/1", "remaining"):
        assert words in shown
    assert on_a_terminal("sync", "--full", "--quiet", folder=study) == ""
    assert on_a_terminal("sync", "--full", "--json", folder=study) == ""
    assert licats("sync", "--full", folder=study).stderr == ""


def test_brackets_in_a_record_id_are_no_markup(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = licats("forget", "A[/b] [red]x", folder=study)
    assert told.returncode == 0
    assert "record A[/b] [red]x any more" in told.stdout
    show_summary(RunSummary("r", "trial", 1, "", "", frozen=["A[/b] [red]x"]), dry_run=False)
    assert "A[/b] [red]x" in capsys.readouterr().err


def test_the_rate_is_that_of_the_records_done() -> None:
    clock = iter(range(100))
    bar = Progress(get_time=lambda: float(next(clock)))
    bar.add_task("reading", total=100)
    (task,) = bar.tasks
    assert RateColumn().render(task).plain == ""
    for done in (0, 20, 40):
        bar.update(task.id, completed=done)
    assert RateColumn().render(task).plain.endswith("/s")


def test_init_names_the_tokens_file_from_the_root(folder: Path) -> None:
    (folder / "deep").mkdir()
    where = ("--url", "http://127.0.0.1:9/api/", "--project-id", "1", "--config", "deep/licats.toml")
    run = licats("init", *where, "--token-file", "token", folder=folder)
    assert run.returncode == 3  # written, and nobody answers there
    assert load_config(folder / "deep" / "licats.toml").project[0].token.file == folder / "token"
    entry = 'a "quoted" \\ entry'
    quoted = licats("init", *where[:4], "--token-keyring", entry, "--config", "new.toml", folder=folder)
    assert quoted.returncode in (2, 3)
    assert load_config(folder / "new.toml").project[0].token.keyring == entry


def test_a_reader_that_goes_away_is_no_failed_run() -> None:
    """1 would say that records were left out; more is printed than a pipe holds."""
    told = "from redcap_licats.cli.console import out\nfor _ in range(10_000): out.print('a line of some length')"
    with subprocess.Popen([sys.executable, "-c", told], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 128 + signal.SIGPIPE
