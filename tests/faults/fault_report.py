"""What became of every kind of fault, counted, and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fault_runs import ALL, Outcome


@dataclass
class Tally:
    """What became of one kind of fault."""

    runs: int = 0
    struck: int = 0
    converged: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    wrong: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one run."""
        self.runs += 1
        self.struck += outcome.struck
        self.ended[outcome.ended] += outcome.struck

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.runs + other.runs,
            self.struck + other.struck,
            self.converged + other.converged,
            self.ended + other.ended,
            self.wrong + other.wrong,
        )


@dataclass
class Result:
    """What a lane found out."""

    tallies: dict[str, Tally] = field(default_factory=lambda: {one.name: Tally() for one in ALL})
    wrong: list[str] = field(default_factory=list)
    rounds: int = 0
    steps: int = 0
    records: int = 0


def table(results: Sequence[Result]) -> str:
    """Write what was found as a table."""
    lines = [
        "| fault | runs | it struck | so the run ended | converged | wrong |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for fault in ALL:
        tally = sum((one.tallies[fault.name] for one in results), Tally())
        ended = ", ".join(
            f"{how if how == 'killed' else f'exit {how}'}: {count}"
            for how, count in sorted(tally.ended.items())
            if count
        )
        cells = (fault.name, tally.runs, tally.struck, ended or fault.never, tally.converged, tally.wrong)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def totals(results: Sequence[Result]) -> str:
    """Sum up in one line."""
    tallies = [tally for one in results for tally in one.tallies.values()]
    runs, struck = sum(one.runs for one in tallies), sum(one.struck for one in tallies)
    rounds, records = sum(one.rounds for one in results), sum(one.records for one in results)
    return (
        f"{runs} spoiled runs, in {struck} of them the fault struck; {rounds} rounds, {records} records,"
        f" {sum(one.steps for one in results)} steps of queries followed"
    )
