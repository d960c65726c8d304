"""What all tests share: in CI a skipped test is a failed test, unless what it needs cannot be installed."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

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


@pytest.fixture(scope="session", autouse=True)
def machine_state(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Keep what all runs of a user share out of the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield
