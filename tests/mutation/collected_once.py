"""mutmut with the tests collected once: `collected_once.py run`, in the place of `mutmut run`.

mutmut forks a process for every mutant, in which pytest starts and collects anew: most of the time of a run.
Here they are collected before, and a forked process runs those that touch its mutant, the fastest first, up to
the first that fails. The rest, from the mutants to the limits of time, is mutmut's own.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable

import mutmut.__main__
import pytest
from _pytest.config import _prepareconfig
from mutmut.configuration import config
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd
from mutmut.workers.isolation import ForkRunner

run_anew = PytestRunner.run_tests
session: pytest.Session | None = None


def collect(_runner: ForkRunner) -> None:
    """Collect every test, before the first mutant."""
    global session
    chosen = config()
    arguments = [*chosen.pytest_add_cli_args, *chosen.pytest_add_cli_args_test_selection]
    with change_cwd("mutants"):
        settings = _prepareconfig(["--rootdir=.", "--quiet", "--tb=no", "--assert=plain", *arguments])
        settings._do_configure()
        session = pytest.Session.from_config(settings)
        settings.hook.pytest_sessionstart(session=session)
        session.perform_collect()
    gc.freeze()


def run_tests(runner: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """Run tests, in the order given, up to the first that fails."""
    if session is None:
        return run_anew(runner, mutant_name=mutant_name, tests=tests)
    # mutmut's own stand-ins for the streams would warn, once pytest puts others there, that nobody closed them
    held = sys.stdout, sys.stderr
    items = {item.nodeid: item for item in session.items}
    with change_cwd("mutants"):
        for name in tests:
            session.config.hook.pytest_runtest_protocol(item=items[name], nextitem=None)
            if session.testsfailed:
                break
    del held
    return int(session.testsfailed > 0)


if __name__ == "__main__":
    ForkRunner.startup = collect  # type: ignore[method-assign]
    PytestRunner.run_tests = run_tests  # type: ignore[method-assign]
    mutmut.__main__.cli()
