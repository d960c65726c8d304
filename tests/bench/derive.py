"""Measure reading, deriving and checking subjects on one core: `make bench-derive`.

Subjects are drawn one at a time and handed over as rows of a flat export, with every column of the project.
Drawing them is not measured; the rest is, in seconds of processor time, so that other work on the machine does not
count. Each size of study runs in a process of its own, whose peak memory is printed beside the time per subject.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from bench_study import Row, subjects

from redcap_licats.check.model import Context
from redcap_licats.check.run import run_checks
from redcap_licats.derive.subject import derive_subject
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.read import read_subject

TODAY = dt.date(2025, 12, 31)
SIZES = (100, 1_000, 10_000)
LARGEST = 100_000
WARM_UP = 10


@dataclass
class Figures:
    """What a study took: processor seconds by step, findings, peak memory in megabytes."""

    subjects: int
    read: float = 0.0
    derive: float = 0.0
    check: float = 0.0
    findings: int = 0
    megabytes: float = 0.0

    def work(self, rows: list[Row], protocol: Protocol) -> None:
        """Work out one subject and add what it took."""
        start = time.process_time()
        subject = read_subject(rows, protocol)
        read = time.process_time()
        derived = derive_subject(subject, protocol)
        done = time.process_time()
        outcome = run_checks(Context(subject, derived, protocol, TODAY))
        self.check += time.process_time() - done
        self.derive += done - read
        self.read += read - start
        self.findings += len(outcome.findings)

    @property
    def each(self) -> float:
        """Milliseconds of a subject."""
        return 1000 * (self.read + self.derive + self.check) / self.subjects


def blank_row(protocol: Protocol) -> Row:
    """Give a row of a flat export without any value."""
    dictionary = build_project(protocol).dictionary
    columns = [column for field in dictionary for column in field.columns]
    own = ("redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group")
    return dict.fromkeys([*columns, *own, *(f"{form}_complete" for form in dictionary.forms)], "")


def measure(count: int) -> Figures:
    """Work through a study of so many subjects."""
    protocol = load_protocol()
    blank = blank_row(protocol)
    warm, figures = Figures(WARM_UP), Figures(count)
    for rows in subjects(WARM_UP, seed=2):
        warm.work([blank | row for row in rows], protocol)
    for rows in subjects(count):
        figures.work([blank | row for row in rows], protocol)
    figures.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of subjects")
    parser.add_argument(
        "--largest", action="store_true", help=f"also {LARGEST:,} subjects: the best part of an hour"
    )
    options = parser.parse_args()
    sizes = (*options.sizes, LARGEST) if options.largest else options.sizes
    print(
        "| subjects | read ms | derive ms | check ms | ms each | ratio | subjects/s | peak MB | ratio | findings |"
    )
    print("|---:|" + "---:|" * 9)
    first = None
    # A process that was forked, or that has measured before, would show the peak of what went before.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as processes:
        for one in processes.map(measure, sizes):
            first = first or one
            steps = " | ".join(f"{1000 * step / one.subjects:.2f}" for step in (one.read, one.derive, one.check))
            print(
                f"| {one.subjects:,} | {steps} | {one.each:.2f} | {one.each / first.each:.2f}"
                f" | {1000 / one.each:.0f} | {one.megabytes:.0f} | {one.megabytes / first.megabytes:.2f}"
                f" | {one.findings:,} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
