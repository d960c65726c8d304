"""Mutation testing of `derive/` and `subject/`: `make mutation`.

mutmut changes one thing at a time (setup.cfg says where) and runs the tests that touch it. Printed is a table of
the modules, then every mutant that no test noticed; `mutmut show NAME` shows what was changed. What could not be
judged counts as not noticed. Fails below 90 %.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTMUT = Path(sys.executable).with_name("mutmut")
BAR = 0.9
NOTICED = ("killed", "timeout")


def run(children: int) -> None:
    """Make the mutants anew and test them all."""
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    # As in CI hypothesis draws the same examples every time and sets no time limit.
    environment = {**os.environ, "CI": "1"}
    subprocess.run(
        [sys.executable, Path(__file__).with_name("collected_once.py"), "run", "--max-children", str(children)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def results() -> dict[str, str]:
    """Give what became of every mutant, by its name."""
    reply = subprocess.run(
        [MUTMUT, "results", "--all", "true"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = (line.strip().rpartition(": ") for line in reply.stdout.splitlines() if ": " in line)
    return {name: status for name, _, status in lines}


def module(mutant: str) -> str:
    """Name the module of a mutant, such as ``derive.grade``."""
    return mutant.removeprefix("redcap_licats.").rpartition(".")[0]


def show(found: dict[str, str]) -> bool:
    """Print the table and the survivors; tell whether the bar is reached."""
    by_module: dict[str, Counter[bool]] = defaultdict(Counter)
    for name, status in found.items():
        by_module[module(name)][status in NOTICED] += 1
        by_module[f"**{module(name).partition('.')[0]}/**"][status in NOTICED] += 1
    print("| module | mutants | killed | survived | killed % |\n|---|---:|---:|---:|---:|")
    for name, count in sorted(by_module.items()):
        share = 100 * count[True] / count.total()
        print(f"| {name} | {count.total()} | {count[True]} | {count[False]} | {share:.1f} |")
    print()
    for name, status in sorted(found.items()):
        if status not in NOTICED:
            print(f"{name}: {status}")
    noticed = sum(status in NOTICED for status in found.values())
    print(f"\n{noticed} of {len(found)} mutants killed: {100 * noticed / max(len(found), 1):.1f} %")
    return bool(found) and noticed >= BAR * len(found)


def main() -> int:
    """Run the mutation tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants tested at once")
    parser.add_argument("--show", action="store_true", help="only print what the last run found")
    options = parser.parse_args()
    if not options.show:
        run(options.children)
    return 0 if show(results()) else 1


if __name__ == "__main__":
    sys.exit(main())
