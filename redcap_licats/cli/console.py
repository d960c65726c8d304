"""The two consoles: results for people on stdout, progress and errors on stderr."""

from __future__ import annotations

import os
import signal
import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from redcap_licats.errors import LicatsError

#: columns where the output goes to a file or a pipe, which have no width of their own
_WIDTH = 140


class _Console(Console):
    """A console whose reader may go away, as in ``licats history 17 | head``."""

    def on_broken_pipe(self) -> None:
        """End as other programs do then; exit code 1 would say that records were left out."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)


def _console(*, stderr: bool) -> Console:
    console = _Console(stderr=stderr)
    return console if console.is_terminal or "COLUMNS" in os.environ else _Console(stderr=stderr, width=_WIDTH)


out = _console(stderr=False)
err = _console(stderr=True)


class RateColumn(ProgressColumn):
    """How many are done per second; blank before that can be told."""

    def render(self, task: Task) -> Text:
        """Give the rate."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="dim")


def progress(quiet: bool = False) -> Progress:
    """Give a progress display on stderr; silent where stderr is not a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]remaining"),
        TimeRemainingColumn(),
        console=err,
        disable=quiet or not err.is_terminal,
        transient=True,
    )


def show_error(error: LicatsError, *, prefix: str = "") -> None:
    """Say in one line what went wrong and where, and in another what to do."""
    place = f" ({error.where})" if error.where else ""
    err.print(Text.assemble(prefix, (error.code, "bold red"), f" {error.message}", (place, "dim")), soft_wrap=True)
    if error.remedy:
        err.print(Text.assemble(("What to do: ", "bold"), error.remedy), soft_wrap=True)
