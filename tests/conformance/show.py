"""Print how the sandbox compares with the recordings; exit code 1 if anything is different.

python tests/conformance/show.py FOLDER
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from recorded_compare import Outcome
from recorded_projects import Loaded, load, project_outcomes
from recorded_replies import reply_outcome

from redcap_licats.sandbox.process import SandboxProcess


def outcomes(sandbox: SandboxProcess, recordings: Path) -> Iterator[tuple[str, Outcome]]:
    """Compare everything that was recorded."""

    @cache
    def loaded(name: str) -> Loaded:
        return load(sandbox, recordings / "projects" / name)

    for path in sorted(recordings.glob("projects/*/project.xml")):
        name = path.parent.name
        for what, outcome in project_outcomes(sandbox, loaded(name)):
            yield f"{name} · {what}", outcome
    for path in sorted(recordings.glob("replies/*.csv")):
        yield f"reply · {path.stem}", reply_outcome(path, loaded)


def main(recordings: Path) -> int:
    """Print one line per recording."""
    verdicts: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    with SandboxProcess() as sandbox:
        for name, outcome in outcomes(sandbox, recordings):
            verdicts[outcome.verdict] += 1
            explained += outcome.explained
            reasons = "; ".join(f"{reason}: {count}" for reason, count in sorted(outcome.explained.items()))
            left = f"; the recording server's own: {outcome.left_out}" if outcome.left_out else ""
            print(f"{name:<46} {outcome.verdict:<10} {outcome.cells:>6} same  {reasons}{left}")
            for line in outcome.different:
                print(f"    {line}")
    print(", ".join(f"{verdicts[one]} {one}" for one in ("identical", "explained", "different")))
    for reason, count in sorted(explained.items()):
        print(f"explained cells: {count} × {reason}")
    return 1 if verdicts["different"] else 0


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if not (folder / "projects").is_dir():
        sys.exit(f"There are no recordings in {folder}.")
    sys.exit(main(folder))
