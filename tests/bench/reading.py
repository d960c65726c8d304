"""Measure ways of reading a sparse repeating project: `make bench-reading`.

A synthetic study over the real dictionary is read from a sandbox in a process of its own, by each way in turn,
several times, with the rate limiter off. Printed are requests, bytes, the median of the seconds until the rows are
in memory, and the ratio of that to the first way. Figures of one run can be compared, those of two runs cannot.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import requests

from redcap_licats.api.calls import numbered
from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.synth.cohort import synthesise


@dataclass
class Reader:
    """Counts what goes over the wire."""

    url: str
    token: str
    requests: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def post(self, **form: object) -> str:
        """Export records."""
        with self._session.post(
            self.url, data={"token": self.token, "content": "record"} | form, timeout=600
        ) as reply:
            reply.raise_for_status()
            self.requests += 1
            self.bytes += len(reply.content)
            return reply.text


Way = Callable[[Reader, Sequence[str]], int]


def flat_json(reader: Reader, records: Sequence[str]) -> int:
    """Everything in one export per batch."""
    return len(json.loads(reader.post(format="json", type="flat", **numbered("records", records))))


def flat_csv(reader: Reader, records: Sequence[str]) -> int:
    """Everything in one CSV export per batch."""
    text = reader.post(format="csv", csvDelimiter=",", type="flat", **numbered("records", records))
    return sum(1 for _ in csv.DictReader(io.StringIO(text)))


def eav_json(reader: Reader, records: Sequence[str]) -> int:
    """One row per value."""
    rows = json.loads(reader.post(format="json", type="eav", **numbered("records", records)))
    cells: dict[tuple[str, str, object], dict[str, str]] = {}
    for row in rows:
        place = row["record"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"]
        cells.setdefault(place, {})[row["field_name"]] = row["value"]
    return len(cells)


def csv_per_instrument(forms: Sequence[str]) -> Way:
    """Make the way that reads every instrument by itself, so that rows hold no columns of others."""

    def read(reader: Reader, records: Sequence[str]) -> int:
        rows = 0
        for form in forms:
            wanted = numbered("records", records) | {"fields[0]": "record_id", "forms[0]": form}
            text = reader.post(format="csv", csvDelimiter=",", type="flat", **wanted)
            rows += sum(1 for _ in csv.DictReader(io.StringIO(text)))
        return rows

    return read


def ids(kind: str) -> Way:
    """Make a way of listing the record ids."""

    def read(reader: Reader, _records: Sequence[str]) -> int:
        key = "record" if kind == "eav" else "record_id"
        rows = json.loads(reader.post(format="json", type=kind, **{"fields[0]": "record_id"}))
        return len({row[key] for row in rows})

    return read


def batches(records: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cut records into batches."""
    for start in range(0, len(records), size):
        yield records[start : start + size]


def measure(ways: Mapping[str, Way], url: str, token: str, groups: Sequence[Sequence[str]], times: int) -> None:
    """Measure the ways in turn and print a table; the first is what the others are compared with."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    readers = {name: Reader(url, token) for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            start = time.perf_counter()
            for group in groups:
                way(readers[name], group)
            seconds[name].append(time.perf_counter() - start)
    first = statistics.median(next(iter(seconds.values())))
    print(f"| {'way':<22} | requests | MB | s | ratio |\n|---|---:|---:|---:|---:|")
    for name, reader in readers.items():
        median = statistics.median(seconds[name])
        megabytes = reader.bytes / times / 1e6
        row = (
            f"| {name:<22} | {reader.requests // times} | {megabytes:.1f} | {median:.2f} | {median / first:.2f} |"
        )
        print(row)


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    study = synthesise(seed=1, patients=options.patients)
    definition = build_project(load_protocol())
    forms = list(definition.dictionary.forms)
    with SandboxProcess() as sandbox:
        odm = write_project(definition)
        token = create_project(sandbox.url, sandbox.super_token, title="Reading", odm=odm, rate_per_minute=0)
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            client.import_rows([dict(row) for row in study.rows])
            records = client.record_ids()
        columns = sum(len(field.columns) for field in definition.dictionary) + len(forms)
        print(f"{len(records)} records, {len(study.rows)} rows, {columns} columns, {len(forms)} instruments\n")
        groups = list(batches(records, options.batch))
        ways = {
            "flat CSV": flat_csv,
            "flat JSON": flat_json,
            "flat CSV by instrument": csv_per_instrument(forms),
            "EAV JSON": eav_json,
        }
        measure(ways, sandbox.url, token, groups, options.times)
        print("\nRecord ids only:\n")
        measure({"flat": ids("flat"), "EAV": ids("eav")}, sandbox.url, token, [records], options.times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
