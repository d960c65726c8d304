"""Measure writing one workbook with many queries against openpyxl's write-only mode: `make bench-workbook`.

The baseline writes the same cells, sheet by sheet, as `Workbook(write_only=True)` and `append` do: values only, no
styles, no heights, no links worked out. Both are measured in processes of their own, in seconds of processor time;
for the workbook that is everything from a gathered report to the file. The peak memory is that of the whole
process, which also holds the rows as exported and gathers the report from them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from redcap_licats.protocol import load_protocol
from redcap_licats.query.model import Query, State
from redcap_licats.query.rows import query_cells
from redcap_licats.report.cell import CellValue
from redcap_licats.report.facts import Coverage, RunFacts
from redcap_licats.report.gather import gather
from redcap_licats.report.workbook import write_workbook

AT = dt.datetime(2026, 3, 20, 9, 30, tzinfo=dt.UTC)
QUERIES = 20_000
#: queries of one subject
EACH = 20
STATES = (State.OPEN, State.OPEN, State.ANSWERED, State.OPEN, State.SENT_BACK)

Row = dict[str, str]


@dataclass(frozen=True)
class Figures:
    """What writing took: processor seconds, peak memory of the process in megabytes."""

    seconds: float
    megabytes: float


def rows_of(queries: int) -> Iterator[Row]:
    """Give the rows of subjects with so many queries in all, over all checks of the protocol."""
    checks = [one for one in load_protocol().checks.values() if one.severity != "info"]
    for number in range(queries):
        check, record = checks[number % len(checks)], f"S{number // EACH + 1:05}"
        if number % EACH == 0:
            yield {"record_id": record, "sum_day0_d": "2025-11-03", "sum_n_d": "0", "sum_any_d": "0"}
        query = Query(
            number=number % EACH + 1,
            id=f"{number:016x}",
            fingerprint="0" * 16,
            rule=check.id,
            severity=check.severity,
            form="licats_kidney",
            instance=1,
            event="",
            field="kidney_onset",
            value="2026-01-09",
            text=check.text.en,
            opened=AT.date() - dt.timedelta(days=number % 60),
            state=STATES[number % len(STATES)],
            since=AT.date() - dt.timedelta(days=number % 60),
            reopened=0,
            changed=number % 7 == 0,
            kind="rule",
            medical=check.severity == "medical",
        )
        place = {
            "record_id": record,
            "redcap_repeat_instrument": "licats_medical_query" if query.medical else "licats_query",
            "redcap_repeat_instance": str(query.number),
        }
        yield place | {name: cell for name, cell in query_cells(query).items() if cell}


def write_ours(queries: int, path: Path) -> Figures:
    """Gather a report and write it; only writing is timed."""
    records = -(-queries // EACH)
    facts = RunFacts("BENCH", 42, "https://redcap.example.org/api/", "15.2.1", AT, Coverage(records, records))
    report = gather(rows_of(queries), load_protocol(), (), facts, groups={})
    return _measured(lambda: write_workbook(report, path, "en"))


def write_plainly(sheets: dict[str, list[tuple[CellValue, ...]]], path: Path) -> Figures:
    """Write cells with openpyxl's write-only mode."""
    return _measured(lambda: _plain(sheets, path))


def _plain(sheets: dict[str, list[tuple[CellValue, ...]]], path: Path) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)


def cells_of(path: Path) -> dict[str, list[tuple[CellValue, ...]]]:
    """Read all cells of a workbook."""
    workbook = openpyxl.load_workbook(path, read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in workbook.worksheets}


def _measured(work: Callable[[], object]) -> Figures:
    start = time.process_time()
    work()
    return Figures(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=QUERIES, help="queries in the workbook")
    parser.add_argument("--times", type=int, default=3, help="repetitions; the fastest counts")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        # A process that has measured before would show the peak of what went before.
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as processes,
    ):
        path, plain = Path(folder) / "ours.xlsx", Path(folder) / "plain.xlsx"
        ours = [processes.submit(write_ours, options.queries, path).result() for _ in range(options.times)]
        sheets = cells_of(path)
        cells = sum(value is not None for rows in sheets.values() for row in rows for value in row)
        base = [processes.submit(write_plainly, sheets, plain).result() for _ in range(options.times)]
        print(f"{options.queries:,} queries, {cells:,} cells, {path.stat().st_size / 1e6:.1f} MB")
    print("| | seconds | ratio | peak MB |")
    print("|---|---:|---:|---:|")
    best = min(one.seconds for one in base)
    for name, figures in (("openpyxl write-only, values alone", base), ("the workbook", ours)):
        seconds = min(one.seconds for one in figures)
        peak = max(one.megabytes for one in figures)
        print(f"| {name} | {seconds:.2f} | {seconds / best:.2f} | {peak:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
