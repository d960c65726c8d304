"""The module's own tests, its style, and the taint scan."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from small_redcap import HOOKS, need

SEMGREP = HOOKS / "tests" / "semgrep"
PLANTED = SEMGREP / "planted" / "Planted.php"


def test_phpunit(packed: Path) -> None:
    need("php", "phpunit", "mariadbd", "mariadb-install-db")
    command = [HOOKS / "tests" / "with-mariadb", "phpunit", "--configuration", HOOKS / "tests" / "phpunit.xml"]
    environment = {**os.environ, "LICATS_MODULE": str(packed)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    closing = re.search(r"OK \((\d+) tests, \d+ assertions\)", done.stdout)
    assert closing, done.stdout
    assert int(closing[1]) > 100
    print(closing[0])


def test_phpcs() -> None:
    need("phpcs")
    done = subprocess.run(
        ["phpcs", "-q", f"--standard={HOOKS / 'phpcs.xml'}"], capture_output=True, text=True, cwd=HOOKS
    )
    assert done.returncode == 0, done.stdout + done.stderr


def scan(*targets: Path) -> set[tuple[int, str]]:
    """Scan without a network; give line and rule of what is found."""
    program = shutil.which("semgrep", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert program, "semgrep comes with the extra 'dev'"
    command = [
        program,
        "scan",
        "--metrics",
        "off",
        "--disable-version-check",
        "--no-git-ignore",
        "--quiet",
        "--json",
    ]
    # the program calls its own parts by name
    environment = {**os.environ, "PATH": f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*command, "--config", SEMGREP / "rules.yml", *targets], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["errors"] == []
    assert {Path(one).suffix for one in found["paths"]["scanned"]} >= {".php"}
    return {(one["start"]["line"], one["check_id"].rsplit(".", 1)[-1]) for one in found["results"]}


def test_the_scan_finds_what_was_planted_and_nothing_else(tmp_path: Path) -> None:
    lines = PLANTED.read_text(encoding="utf-8").splitlines()
    planted = {
        (number + 1, line.split("bad: ")[1]) for number, line in enumerate(lines, start=1) if "// bad: " in line
    }
    assert len(planted) >= 8
    # outside of a folder called tests, which the program leaves out
    assert scan(Path(shutil.copy(PLANTED, tmp_path))) == planted


def test_the_scan_finds_nothing_in_the_module(packed: Path) -> None:
    assert scan(packed) == set()
