"""What all tests share: in CI a skipped test is a failed test, unless what it needs cannot be installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# how long an example takes says nothing of the code where machines are busy
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

#: Recorded replies of real servers stand beside a checkout where they are to be had.
CONFORMANCE = Path(__file__).parents[2] / "shared" / "conformance"
NO_RECORDINGS = "no recordings of real servers beside this checkout"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("CI") and NO_RECORDINGS not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def conformance() -> Path:
    """Folder with the recordings; skips where it is not there."""
    if not CONFORMANCE.is_dir():
        pytest.skip(NO_RECORDINGS)
    return CONFORMANCE


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser: Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed; see tests/system-packages")
    # Chromium's own sandbox refuses to work for root
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session", autouse=True)
def machine_state(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Keep what all runs of a user share out of the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Make a fresh PostgreSQL database and give its SQLAlchemy URL; on a throw-away server without a port."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    programs = found[-1].parent
    if not found[-1].is_file():
        pytest.skip("PostgreSQL is not installed; see tests/system-packages")
    # the server refuses to run as root, and its socket's path must be short
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="licats-pg-"))
    if user:
        shutil.chown(folder, user)

    def call(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)

    cluster = ["--pgdata", str(folder / "data")]
    call("initdb", *cluster, "--auth", "trust", "--username", "postgres", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    call("pg_ctl", "start", *cluster, "--wait", "--log", str(folder / "log"), "--options", options)
    numbers = count(1)

    def make() -> str:
        name = f"licats{next(numbers)}"
        call("createdb", "--host", str(folder), "--username", "postgres", name)
        return f"postgresql+psycopg://postgres@/{name}?host={folder}"

    try:
        yield make
    finally:
        call("pg_ctl", "stop", *cluster, "--mode", "immediate")
        shutil.rmtree(folder)
