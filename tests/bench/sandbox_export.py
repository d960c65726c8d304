"""Measure the sandbox's record exports: `make bench-sandbox`.

The server runs in a process of its own over the real dictionary, with synthetic patients of 20 repeating rows
each and its data in a file. Everything is exported in one request, in each format in turn, several times; bytes
are read and counted, not kept. Printed are the best times of each format by the clock and of the server's
processor, rows and cells per second, the server's peak memory while it exported (Linux), and how long a cell of
flat JSON takes in terms of one of flat CSV.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import requests
from bench_study import Row, subjects

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

CHUNK = 1 << 20
BATCH = 100


@dataclass(frozen=True)
class Format:
    """A way to export everything, with the bytes that mark each row of it."""

    parameters: Mapping[str, str]
    mark: bytes


FORMATS = {
    "flat CSV": Format({"format": "csv", "type": "flat"}, b"\n"),
    "flat JSON": Format({"format": "json", "type": "flat"}, b'{"record_id":'),
    "EAV CSV": Format({"format": "csv", "type": "eav"}, b"\n"),
    "EAV JSON": Format({"format": "json", "type": "eav"}, b'{"record":'),
}


@dataclass(frozen=True)
class Export:
    """One export: seconds, the server's processor seconds, rows, bytes, its peak memory in megabytes."""

    seconds: float
    processor: float
    rows: int
    bytes: int
    megabytes: float


def processor_seconds(process: Path) -> float:
    """Give the processor time of a process so far, in its own code and in the kernel's."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def export(url: str, token: str, one: Format, pid: int) -> Export:
    """Export everything and count it."""
    process = Path("/proc") / str(pid)
    (process / "clear_refs").write_text("5")  # starts the peak anew
    rows, size, tail = 0, 0, b""
    before, start = processor_seconds(process), time.perf_counter()
    form = {"token": token, "content": "record", **one.parameters}
    with requests.post(url, data=form, stream=True, timeout=3600) as reply:
        reply.raise_for_status()
        for chunk in reply.iter_content(CHUNK):
            rows += (tail + chunk).count(one.mark)
            size += len(chunk)
            tail = (tail + chunk)[len(tail + chunk) - len(one.mark) + 1 :]
    seconds = time.perf_counter() - start
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    processor = processor_seconds(process) - before
    return Export(seconds, processor, rows, size, int(status["VmHWM"].split()[0]) / 1024)


def filled(url: str, token: str, count: int) -> int:
    """Import so many subjects; give the number of their rows."""
    drawn: Iterator[list[Row]] = subjects(count)
    rows = 0
    with RedcapClient(url, token, rate_per_minute=0) as client:
        while batch := [row for rows_of_one in islice(drawn, BATCH) for row in rows_of_one]:
            client.import_rows(batch)
            rows += len(batch)
    return rows


def measure(count: int, times: int, folder: Path) -> dict[str, Export]:
    """Export a study of so many subjects in every format, print a table, give the best of each format."""
    definition = build_project(load_protocol())
    columns = sum(len(field.columns) for field in definition.dictionary) + len(definition.dictionary.forms)
    with SandboxProcess(db=folder / f"{count}.sqlite") as sandbox:
        odm = write_project(definition)
        token = create_project(sandbox.url, sandbox.super_token, title="Export", odm=odm, rate_per_minute=0)
        rows = filled(sandbox.url, token, count)
        runs = [
            {name: export(sandbox.url, token, one, sandbox.pid) for name, one in FORMATS.items()}
            for _ in range(times)
        ]
    best = {name: min((run[name] for run in runs), key=lambda one: one.seconds) for name in FORMATS}
    print(f"\n{count:,} subjects, {rows:,} rows, {columns} columns\n")
    processor = {name: min(run[name].processor for run in runs) for name in FORMATS}
    print("| format | s | processor s | rows/s | cells/s | MB | peak MB |\n|---|" + "---:|" * 6)
    for name, one in best.items():
        lines = one.rows - FORMATS[name].parameters["format"].count("csv")  # without the header
        # in EAV a row is one cell
        cells = lines * columns if name.startswith("flat") else lines
        if name.startswith("flat") and lines != rows:
            raise SystemExit(f"{name} has {lines} rows instead of {rows}")
        print(
            f"| {name} | {one.seconds:.2f} | {processor[name]:.2f} | {lines / one.seconds:,.0f}"
            f" | {cells / one.seconds:,.0f} | {one.bytes / 1e6:.1f}"
            f" | {max(run[name].megabytes for run in runs):.0f} |"
        )
    clock = best["flat JSON"].seconds / best["flat CSV"].seconds
    share = processor["flat JSON"] / max(processor["flat CSV"], 0.01)
    print(
        f"\nA cell of flat JSON takes {clock:.2f} times as long as one of flat CSV by the clock,"
        f" {share:.2f} times by the server's processor.",
        flush=True,
    )
    return {name: max((run[name] for run in runs), key=lambda one: one.megabytes) for name in FORMATS}


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=(200, 2_000), help="numbers of subjects")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peaks = [measure(size, options.times, Path(folder)) for size in options.sizes]
    growth = ", ".join(f"{name} {peaks[-1][name].megabytes / peaks[0][name].megabytes:.2f}" for name in FORMATS)
    print(f"\nPeak memory, {options.sizes[-1]:,} subjects in terms of {options.sizes[0]:,}: {growth}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
