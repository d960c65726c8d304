"""Thousands of requests to a sandbox that goes wrong, and what became of them: `make campaign`.

The client reads and imports records through a server that spoils a share of the requests, seeded. A second server
on the same file, which never goes wrong, is asked after each step what is true:

- every record reported as read is complete and correct;
- every import reported as done is stored, and in the end the project's log shows that it was stored exactly once;
- what is not done is reported as left out. As in real life the next run takes it up again, twice at most.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import requests
from ground import Row, Truth, study

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.limit import Limiter
from redcap_licats.api.rejections import ImportRejected
from redcap_licats.api.retry import Retry
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import LicatsError
from redcap_licats.sandbox.process import SandboxProcess

NOTE = re.compile(r"note \d+\.")
RECORDS = [str(number) for number in range(1, 61)]
VISITS = 12
RUNS = 3
SLOW_SECONDS = 0.05


@dataclass(frozen=True)
class Step:
    """Records to read, or rows to import, one per record."""

    records: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    overwrite: bool = False
    run: int = 1


@dataclass
class Tally:
    """What became of the records of one kind of step."""

    due: int = 0
    done: Counter[int] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        done = self.done.total()
        reasons = ", ".join(f"{code} {count}" for code, count in self.left_out.most_common())
        return (
            f"{self.due} due; {self.done[1]} done in their first run ({self.done[1] / self.due:.2%}),"
            f" {done - self.done[1]} in a later one, {self.due - done} never ({done / self.due:.2%} done)\n"
            f"          reported as left out of a run: {reasons or 'none'}"
        )


@dataclass
class Campaign:
    """The client under test, the truth, and the counts.

    Attributes:
        wrong: What should never happen; empty if all is well.
    """

    client: RedcapClient
    truth: Truth
    random: Random
    read: Tally = field(default_factory=Tally)
    imported: Tally = field(default_factory=Tally)
    wrong: list[str] = field(default_factory=list)
    _again: deque[Step] = field(default_factory=deque)
    _visits: Counter[str] = field(default_factory=Counter)
    _sent: list[str] = field(default_factory=list)
    _stored: dict[str, int] = field(default_factory=dict)

    def go(self, limit: int) -> None:
        """Take steps until so many requests are made, then those that are left over; check the log."""
        while self.client.requests < limit:
            take_up = self._again and self.random.random() < 0.2
            self._take(self._again.popleft() if take_up else self._draw())
        while self._again:
            self._take(self._again.popleft())
        self._check_log()

    def _draw(self) -> Step:
        if self.random.random() < 0.5:
            step = Step(tuple(self.random.sample(RECORDS, self.random.choice([1, 3, 20, 60]))))
            self.read.due += len(step.records)
            return step
        records = tuple(self.random.sample(RECORDS, self.random.choice([1, 5, 25])))
        self.imported.due += len(records)
        if self.random.random() < 0.2:
            return Step(records, tuple(self._erase(record) for record in records), overwrite=True)
        return Step(records, tuple(self._visit(record) for record in records))

    def _visit(self, record: str) -> Row:
        """Make the next visit, or change an old one, with a note that no other row has or had."""
        instance = self._visits[record] % VISITS + 1
        self._visits[record] += 1
        self._sent.append(f"note {len(self._sent)}.")
        return self._place(record, instance) | {"note": self._sent[-1], "visit_complete": "2"}

    def _erase(self, record: str) -> Row:
        """Make a row that clears the signs of a visit."""
        return self._place(record, self.random.randint(1, VISITS)) | {
            "signs___a": "",
            "signs___b": "0",
        }

    def _place(self, record: str, instance: int) -> Row:
        return {
            "record_id": record,
            "redcap_repeat_instrument": "visit",
            "redcap_repeat_instance": str(instance),
        }

    def _take(self, step: Step) -> None:
        act = self._import if step.rows else self._read
        try:
            act(step)
        except LicatsError as error:
            self._leave_out(step, error)

    def _read(self, step: Step) -> None:
        came = self.client.export_rows(step.records)
        self.read.done[step.run] += len(step.records)
        true = self.truth.rows(step.records)
        self.wrong += [
            f"record {record} was not read as it is"
            for record in step.records
            if _of(record, came) != _of(record, true)
        ]

    def _import(self, step: Step) -> None:
        try:
            self.client.import_rows(step.rows, overwrite=step.overwrite)
        except ImportRejected as error:
            # nothing was saved: the records that REDCap names are left out, the others sent again
            named = {one.record for one in error.rejections}
            self._leave_out(_part(step, named), error)
            if others := set(step.records) - named:
                self._take(_part(step, others))
            return
        self.imported.done[step.run] += len(step.rows)
        self._stored |= {row["note"]: step.run for row in step.rows if "note" in row}
        held = {_place_of(row): row for row in self.truth.rows(step.records)}
        self.wrong += [
            f"the import of record {row['record_id']} is not stored"
            for row in step.rows
            if not _as_exported(row).items() <= held.get(_place_of(row), {}).items()
        ]

    def _leave_out(self, step: Step, error: LicatsError) -> None:
        tally = self.imported if step.rows else self.read
        tally.left_out[error.code] += len(step.records)
        if step.run < RUNS:
            self._again.append(Step(step.records, step.rows, step.overwrite, step.run + 1))

    def _check_log(self) -> None:
        """Make sure that what was done at once was stored once, and nothing more often than it was taken up."""
        times = Counter(NOTE.findall(self.truth.log()))
        for note in self._sent:
            done = self._stored.get(note, 0)
            if times[note] > (done or RUNS) or (done and not times[note]):
                self.wrong.append(f"'{note}' was stored {times[note]} times")
        instances = Counter(_place_of(row) for row in self.truth.rows(()))
        self.wrong += [f"{place} exists {count} times" for place, count in instances.items() if count > 1]


def _of(record: str, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["record_id"] == record]


def _part(step: Step, records: set[str]) -> Step:
    rows = tuple(row for row in step.rows if row["record_id"] in records)
    return Step(tuple(row["record_id"] for row in rows), rows, step.overwrite, step.run)


def _place_of(row: Row) -> tuple[str, str, str]:
    return row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"]


def _as_exported(row: Row) -> Row:
    return {column: value or "0" for column, value in row.items()}


def run(limit: int, rate: float, seed: int, folder: Path) -> tuple[Campaign, dict[str, int]]:
    """Run a campaign; give it with the faults given by name.

    Args:
        limit: Requests to make through the server that goes wrong.
        rate: Share of them to spoil.
        seed: Same seed, same steps and faults.
        folder: Where the servers keep their file.
    """
    db = folder / "campaign.sqlite"
    with SandboxProcess(db=db) as good, SandboxProcess(db=db) as bad:
        token = create_project(
            good.url, good.super_token, title="Campaign", odm=write_project(study()), rate_per_minute=0
        )
        people = [{"record_id": one, "name": f"Person {one}", "born": "1980-01-02"} for one in RECORDS]
        with RedcapClient(good.url, token, limiter=Limiter(0)) as client:
            client.import_rows(people)
        faults = bad.url.removesuffix("api/") + "sandbox/faults"
        headers = {"Authorization": f"Bearer {bad.super_token}"}
        order = {"rate": rate, "seed": seed, "slow_seconds": SLOW_SECONDS}
        requests.post(f"{faults}/rate", json=order, headers=headers, timeout=60).raise_for_status()
        random = Random(seed)
        retry = Retry(sleep=lambda _seconds: None, jitter=random.random)
        with RedcapClient(bad.url, token, limiter=Limiter(0), retry=retry) as client:
            while True:
                try:
                    client.metadata()
                    break
                except LicatsError:
                    continue
            campaign = Campaign(client, Truth(good.url, token), random)
            campaign.go(limit)
        given: dict[str, int] = requests.get(faults, headers=headers, timeout=60).json()["given"]
    return campaign, given


def main() -> int:
    """Run a campaign and print its counts; 1 if anything was wrong or too little was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        campaign, given = run(options.requests, options.rate, options.seed, Path(folder))
    faults = ", ".join(f"{name} {count}" for name, count in sorted(given.items()))
    print(f"requests  {campaign.client.requests}, {sum(given.values())} of them spoiled: {faults}")
    print(f"reading   {campaign.read}")
    print(f"importing {campaign.imported}")
    print("wrong     " + ("\n          ".join(campaign.wrong) or "nothing"))
    tallies = (campaign.read, campaign.imported)
    return int(bool(campaign.wrong) or any(one.done.total() < 0.99 * one.due for one in tallies))


if __name__ == "__main__":
    sys.exit(main())
