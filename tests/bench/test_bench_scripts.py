"""Every measurement still runs, in miniature, and prints its tables; how fast it was is not looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("script", "options", "lines"),
    [
        ("reading.py", ("--patients", "2", "--times", "1"), ("| flat CSV ", "Record ids only:")),
        (
            "sandbox_export.py",
            ("--sizes", "1", "2", "--times", "1"),
            ("2 subjects, 42 rows, ", "| EAV JSON |", "A cell of flat JSON takes ", "Peak memory, 2 subjects "),
        ),
        ("derive.py", ("--sizes", "1", "2"), ("| 1 | ", "| 2 | ")),
        (
            "worker.py",
            ("--sizes", "2"),
            (
                "| 2 | full | 2 | 0 |",
                "| 2 | idle, later | 0 | 0 | 3 |",
                "| 2 | 1 % edited, later | 1 |",
                "| requests of an idle run at any size | 4 | 3 | yes |",
            ),
        ),
        (
            "workbook.py",
            ("--queries", "40", "--times", "1"),
            ("40 queries, ", "| openpyxl write-only, values alone | ", "| the workbook | "),
        ),
    ],
)
def test_a_measurement_runs(script: str, options: tuple[str, ...], lines: tuple[str, ...]) -> None:
    if script in ("sandbox_export.py", "worker.py") and not Path("/proc/self/clear_refs").exists():
        pytest.skip("the peak memory of another process is only known on Linux")
    run = subprocess.run([sys.executable, HERE / script, *options], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert not [line for line in lines if line not in run.stdout]
