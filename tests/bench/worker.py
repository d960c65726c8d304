"""Measure the worker against a plain export by PyCap: `make bench-worker`.

Each study is filled through the API into a sandbox in a process of its own, with its data in a file, and written
by the worker once. Then the runs are measured that people wait for: everything anew, nothing changed, one subject
in a hundred edited by somebody else. Every run is a process of its own, `licats sync` as an operator starts it,
with the limit of requests off; beside its seconds stands how long its requests take at 120 a minute.

Seconds are those of the whole process without the start of its interpreter, which is measured by itself: that of
`licats sync --help`, and of `import redcap`. "Later" is once the minutes have passed within which a run looks at
the log again (the overlap); the sandbox's clock is put forward for that. The bars are printed with what was
measured by the clock, and beside it what the processors say, of worker and server together: other work on the
machine disturbs that less. The exit code is 1 if a bar is missed. The best of several tries counts, but there is
one first run alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker_study import CLOCK, PROCESSORS, Study, Taken

from redcap_licats.sandbox.process import SandboxProcess

SIZES = (200, 2_000, 20_000)
MIDDLE, LARGE = SIZES[1:]
#: the best of so many tries counts
TRIES = 3
PER_MINUTE = 120


@dataclass
class Figures:
    """What was measured of one size of study, run by run."""

    subjects: int
    runs: dict[str, list[Taken]] = field(default_factory=dict)
    fairness: float = 0.0

    def of(self, *runs: str) -> list[Taken]:
        """Give all tries of some runs."""
        return [one for run in runs for one in self.runs[run]]

    def show(self, run: str, taken: Taken) -> None:
        """Keep what a run took, and print its row."""
        self.runs.setdefault(run, []).append(taken)
        told, pause = taken.told, 60 / PER_MINUTE * taken.requests
        print(
            f"| {self.subjects:,} | {run} | {told['records_read']:,} | {told.get('cells_written', 0):,}"
            f" | {taken.requests or ''} | {taken.seconds:.2f} | {1000 * taken.seconds / self.subjects:.2f}"
            f" | {max(pause, taken.seconds):.1f} | {taken.processor:.2f} | {taken.server:.2f}"
            f" | {taken.megabytes:.0f} |",
            flush=True,
        )


FIRST, BARE_RUN, FULL = "first", "bare PyCap", "full"
IDLE, IDLE_LATER = "idle, right after", "idle, later"
EDITS, EDITS_LATER = "1 % edited, right after", "1 % edited, later"


def measure(count: int, folder: Path) -> Figures:
    """Measure a study of so many subjects, and print a row for every run."""
    figures = Figures(count)
    folder.mkdir()
    with SandboxProcess(db=folder / "sandbox.sqlite") as sandbox:
        study = Study(sandbox, folder, count)
        study.fill()
        figures.show(FIRST, study.sync())
        study.later()
        for _ in range(TRIES):
            if count <= MIDDLE:
                figures.show(BARE_RUN, study.bare())
            figures.show(FULL, study.sync("--full"))
        for number in range(TRIES):
            figures.show(IDLE, study.sync())
            study.edit(f"1.1{number}")
            figures.show(EDITS, study.sync())
            study.later()
            figures.show(IDLE_LATER, study.sync())
            study.edit(f"1.2{number}")
            figures.show(EDITS_LATER, study.sync())
        if count == MIDDLE:
            figures.fairness = study.fairness(TRIES)
    return figures


@dataclass(frozen=True)
class Bar:
    """Something that must hold: of which sizes of study, at most how much, and what is measured."""

    says: str
    sizes: tuple[int, ...]
    most: float
    measured: Callable[..., float]
    by_processor: Callable[..., float] | None = None


def _peak(one: Figures) -> float:
    return max(run.megabytes for name in one.runs if name != BARE_RUN for run in one.runs[name])


def _edits_share(one: Figures, of: Callable[[Taken], float] = CLOCK) -> float:
    return max(min(map(of, one.runs[run])) for run in (EDITS, EDITS_LATER)) / min(map(of, one.runs[FULL]))


def _each(one: Figures, of: Callable[[Taken], float] = CLOCK) -> float:
    return min(map(of, one.runs[FULL])) / one.subjects


def _in_terms_of_bare(one: Figures, of: Callable[[Taken], float] = CLOCK) -> float:
    return min(map(of, one.runs[FULL])) / min(map(of, one.runs[BARE_RUN]))


BARS = (
    Bar(
        "full run in terms of bare PyCap at 2,000",
        (MIDDLE,),
        1.0,
        _in_terms_of_bare,
        lambda middle: _in_terms_of_bare(middle, PROCESSORS),
    ),
    Bar(
        "a subject's share of the full run at 20,000 in terms of 2,000",
        (MIDDLE, LARGE),
        1.1,
        lambda middle, large: _each(large) / _each(middle),
        lambda middle, large: _each(large, PROCESSORS) / _each(middle, PROCESSORS),
    ),
    Bar(
        "1 % edited in terms of the full run at 20,000",
        (LARGE,),
        0.03,
        _edits_share,
        lambda large: _edits_share(large, PROCESSORS),
    ),
    Bar(
        "peak memory at 20,000 in terms of 2,000",
        (MIDDLE, LARGE),
        1.3,
        lambda middle, large: _peak(large) / _peak(middle),
    ),
    Bar("the sandbox's flat JSON in terms of its flat CSV at 2,000", (MIDDLE,), 2.0, lambda one: one.fairness),
)


def judge(measured: Sequence[Figures]) -> bool:
    """Print the bars; give whether all are met that the sizes allow to look at."""
    of = {one.subjects: one for one in measured}
    idle = max(run.requests for one in measured for run in one.of(IDLE, IDLE_LATER))
    met = [("requests of an idle run at any size", 4.0, float(idle), "")]
    for bar in BARS:
        if all(size in of for size in bar.sizes):
            figures = [of[size] for size in bar.sizes]
            by_processor = f"{bar.by_processor(*figures):.3g}" if bar.by_processor else ""
            met.append((bar.says, bar.most, bar.measured(*figures), by_processor))
    print("\n| bar | at most | measured | met | by the processors |\n|---|---:|---:|---|---:|")
    for says, most, value, by_processor in met:
        print(f"| {says} | {most:g} | {value:.3g} | {'yes' if value <= most else '**no**'} | {by_processor} |")
    return all(value <= most for _, most, value, _ in met)


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of subjects")
    options = parser.parse_args()
    print(
        "| subjects | run | read | cells written | requests | s | ms a subject | s at 120/min | processor s"
        " | server s | peak MB |\n|---:|---|" + "---:|" * 9,
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        measured = [measure(size, Path(folder) / str(size)) for size in options.sizes]
    return 0 if judge(measured) else 1


if __name__ == "__main__":
    sys.exit(main())
