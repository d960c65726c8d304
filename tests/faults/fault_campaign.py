"""Thousands of spoiled runs of the worker, and whether the project ends as if nothing had happened: `make faults`.

Rounds of a few runs, each after edits by people and spoiled in one way, are followed by one run that nothing
disturbs. A twin of the project gets the same edits, and runs that nothing disturbs. After each round

- what people entered is the same in both, record for record, and no deleted record came back;
- the derived cells are the same in both;
- the same queries, by identity, are live, in the same state, none of them twice;
- another run writes nothing.

In the end every step of every query, by the project's log, is one that the lifecycle has (RULES.md).
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import fault_runs
from fault_edits import Edit, People, vandalise
from fault_ground import WORKER, Ground, ground
from fault_history import Histories
from fault_project import compare, live, live_twice, worker_cells
from fault_report import Result, table, totals
from fault_runs import ALL, Fault, Outcome, Payload, once, plain

from redcap_licats.api.model import LogRange
from redcap_licats.sync.history import BEGIN
from redcap_licats.sync.summary import RunSummary

SUBJECTS = 32
TOGETHER = 5
_STEP, _DAY = dt.timedelta(minutes=7), dt.timedelta(days=1)
_ENOUGH_WRONG = 5


class Lane:
    """One pair of projects, and the rounds made on it."""

    def __init__(self, made: Ground, seed: int) -> None:
        self.ground = made
        self.random = Random(seed)
        self.people = People(self.random)
        self.result = Result()
        self._touched: set[str] = set()
        self._locked: list[tuple[str, str]] = []

    def go(self, runs: int, each: int, kinds: Sequence[Fault] = ALL) -> Result:
        """Make rounds until there were enough runs and every fault struck often enough."""
        for _ in range(SUBJECTS):
            self._do(self.people.newcomer())
        self._settle(())
        while chosen := self._choose(runs, each, kinds):
            self._round(chosen)
            if self.result.rounds % 20 == 0:
                made = sum(one.runs for one in self.result.tallies.values())
                print(f"{made} runs of this lane, {len(self.result.wrong)} wrong", file=sys.stderr, flush=True)
            if len(self.result.wrong) >= _ENOUGH_WRONG:
                break
        self._check_histories()
        return self.result

    def _choose(self, runs: int, each: int, kinds: Sequence[Fault]) -> list[Fault]:
        tallies = self.result.tallies
        missing = {
            one: each - (tallies[one.name].runs if one.never else tallies[one.name].struck)
            for one in kinds
            if tallies[one.name].runs < 20 * each
        }
        wanting = [one for one, left in missing.items() for _ in range(max(0, left))]
        if wanting:
            return self.random.sample(wanting, min(TOGETHER, len(wanting)))
        left = runs - sum(one.runs for one in tallies.values())
        return (
            self.random.choices([one for one in kinds if not one.never], k=min(TOGETHER, left)) if left > 0 else []
        )

    def _round(self, faults: Sequence[Fault]) -> None:
        self.result.rounds += 1
        self.ground.forward(_DAY if self.result.rounds % 15 == 0 else _STEP)
        self._touched.clear()
        before = len(self.result.wrong)
        struck = []
        for fault in faults:
            outcome = self._spoil(fault)
            tally = self.result.tallies[fault.name]
            tally.count(outcome)
            struck += [tally] if outcome.struck else []
            if outcome.ended == "broken":
                self._is_wrong(faults, f"{fault.name}: {outcome.code}")
        self._settle(faults)
        for tally in struck:
            tally.converged += len(self.result.wrong) == before
            tally.wrong += len(self.result.wrong) > before

    # --- one spoiled run -------------------------------------------------------------------------------

    def _spoil(self, fault: Fault) -> Outcome:
        while len(self.ground.main.admin.record_ids()) < SUBJECTS:
            newcomer = self.people.newcomer()
            self._touched.add(newcomer.rows[0]["record_id"])
            self._do(newcomer)
        record = self._untouched()
        for _ in range(2):
            for edit in self.people.on_record(record, self.ground.main):
                self._do(edit)
        match fault.kind:
            case "server":
                return fault_runs.spoiled(self.ground, fault.name, self.random)
            case "kill":
                return fault_runs.killed(self.ground, fault.name, self.random)
            case "disk":
                return fault_runs.without_disk(self.ground, fault.name, self.random)
            case "state":
                return fault_runs.without_state(self.ground)
            case "token":
                return fault_runs.with_rotated_token(self.ground, self.random)
            case "edit" if fault.name == fault_runs.ANY_REQUEST:
                return self._edited_anywhere()
            case "edit":
                return self._edited(fault, record)

    def _do(self, edit: Edit) -> None:
        edit.on(self.ground.main)
        edit.on(self.ground.twin)

    def _untouched(self) -> str:
        """Choose a record that was not edited in this round, so that both projects' runs see the same of it."""
        self._touched |= {new for old, new in self.people.renamed if old in self._touched}
        left = [one for one in self.ground.main.admin.record_ids() if one not in self._touched]
        record = self.random.choice(left)
        self._touched.add(record)
        return record

    def _edited_anywhere(self) -> Outcome:
        """Run while somebody, at any moment, edits a record for which nothing was due so far."""
        record = self._untouched()
        number = self.random.randint(1, 8)
        edits: list[Edit] = []

        def act() -> None:
            for edit in self.people.on_record(record, self.ground.main):
                edit.on(self.ground.main)
                edits.append(edit)

        with once(self.ground, lambda count, _payload: count == number, act) as done:
            summary = plain(self.ground, batch=self.random.choice([4, 15, 100]))
        for edit in edits:
            edit.on(self.ground.twin)
        return fault_runs.of(summary, struck=bool(done))

    def _edited(self, fault: Fault, record: str) -> Outcome:
        """Run while somebody edits the record that it has read and is about to write to."""
        main, twin = self.ground.main, self.ground.twin
        before = [*worker_cells(main.rows([record])).values()]
        act, same = self._act(fault.name, record)

        def when(_count: int, payload: Payload) -> bool:
            return f'"record_id":"{record}"' in str(payload.get("data", ""))

        with once(self.ground, when, act) as done:
            summary = plain(self.ground, batch=self.random.choice([4, 15, 100]))
        for name, form in self._locked:
            main.order("lock", record=name, form=form, locked=False)
        self._locked.clear()
        if done:
            # what the run wrote of the record as it was before, the twin has to see as well
            name = dict(self.people.renamed).get(record, record)
            after = [*worker_cells(main.rows([name])).values()]
            if after and after != before:
                self._undisturbed(twin=True)
            for edit in same:
                edit.on(twin)
        return fault_runs.of(summary, struck=bool(done))

    def _act(self, name: str, record: str) -> tuple[Callable[[], None], Sequence[Edit]]:
        """Give what is done in the main project, and the edits of it that the twin gets as well."""
        main, people = self.ground.main, self.people
        what = name.removesuffix(" before the write")
        edits: list[Edit] = []

        def lock(form: str = "") -> None:
            main.order("lock", record=record, form=form)
            self._locked.append((record, form))

        match what:
            case "record locked":
                return lock, edits
            case "worker's form locked":
                return lambda: lock("licats_summary"), edits

        def act() -> None:
            match what:
                case "record deleted":
                    drawn: list[Edit | None] = [people.delete(record)]
                case "record renamed":
                    drawn = [people.rename(record)]
                case "row deleted":
                    drawn = [people.delete_instance(record, main)]
                case "record moved to another group":
                    drawn = [people.move(record)]
                case "worker's cell overwritten":
                    if edit := vandalise(record, main.rows([record]), self.random):
                        edit.on(main)
                    return
                case _:
                    drawn = list(people.on_record(record, main))
            for edit in drawn:
                if edit:
                    edit.on(main)
                    edits.append(edit)

        return act, edits

    # --- what has to be true ---------------------------------------------------------------------------

    def _undisturbed(self, *, twin: bool = False, full: bool = False) -> RunSummary:
        summary = plain(self.ground, twin=twin, full=full)
        assert summary.error is None, summary.error
        assert not summary.left_out + summary.frozen, summary
        return summary

    def _settle(self, faults: Sequence[Fault]) -> None:
        """Make the run that nothing disturbs, and compare the two projects."""
        main, twin = self.ground.main, self.ground.twin
        # a record refused for a lock is tried again by a full pass, or once the log tells that it was unlocked
        full = any(one.name.startswith("locked_") for one in faults) or self.random.random() < 0.2
        try:
            self._undisturbed(full=full)
            again = self._undisturbed(full=self.random.random() < 0.3)
            self._undisturbed(twin=True)
        except AssertionError as error:
            self._is_wrong(faults, f"an undisturbed run ended so: {error}")
            return
        here, there = main.rows(), twin.rows()
        differences = [*compare(here, there), *live_twice(here)]
        if again.cells_written:
            differences.append(f"a second run wrote {again.cells_written} cells")
        held, released = (sum(live(here, held=one).values()) for one in (True, False))
        if (again.queries.held, again.queries.open) != (held, released):
            differences.append(
                f"{held} and {released} queries are held and open, but the run says {again.queries}"
            )
        if differences:
            self._is_wrong(faults, "; ".join(differences[:4]))

    def _check_histories(self) -> None:
        histories = Histories()
        log = self.ground.main.admin.read_log(lambda one: one, LogRange(BEGIN))
        last: dict[str, str] = {}
        for old, new in reversed(self.people.renamed):
            last[old] = last.get(new, new)
        histories.follow(reversed(log), WORKER, last)
        self.result.steps = histories.steps
        self.result.records = len({entry.record for entry in log if entry.record})
        self.result.wrong += histories.wrong[:_ENOUGH_WRONG]

    def _is_wrong(self, faults: Sequence[Fault], what: str) -> None:
        names = ", ".join(one.name for one in faults)
        self.result.wrong.append(f"round {self.result.rounds} ({names}): {what}")
        print(f"wrong: {self.result.wrong[-1]}", file=sys.stderr, flush=True)


def lane(seed: int, runs: int, each: int, kinds: Sequence[Fault] = ALL) -> Result:
    """Make one lane's rounds on servers of its own."""
    with tempfile.TemporaryDirectory() as folder, ground(Path(folder)) as made:
        return Lane(made, seed).go(runs, each, kinds)


def main() -> int:
    """Run the campaign and print what was found; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="at least so many spoiled runs")
    parser.add_argument("--each", type=int, default=50, help="every fault strikes at least so often")
    parser.add_argument("--lanes", type=int, default=2, help="pairs of projects side by side")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    lanes = range(options.lanes)
    runs, each = (-(-number // options.lanes) for number in (options.runs, options.each))
    share = [(options.seed * 1000 + one, runs, each) for one in lanes]
    with ProcessPoolExecutor(options.lanes, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = [*pool.map(lane, *zip(*share, strict=True))]
    minutes = (time.monotonic() - began) / 60
    print(table(results))
    print(f"\n{totals(results)}; {minutes:.0f} minutes")
    wrong = [line for one in results for line in one.wrong]
    print("wrong: " + ("\n  ".join(wrong) or "nothing"))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
