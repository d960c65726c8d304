"""The zip of the module: whole, the same bytes each time, named by the project's version."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from small_redcap import HOOKS

ROOT = HOOKS.parent
SCRIPT = HOOKS / "tools" / "package_module.py"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)


def version() -> str:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    return settings["metadata"]["version"]


def test_the_zip_unpacks_into_redcaps_folder(tmp_path: Path) -> None:
    done = run("--out", tmp_path)
    target = tmp_path / f"licats_hooks_v{version()}.zip"
    assert done.stdout.strip() == str(target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    with zipfile.ZipFile(target) as archive:
        names = {Path(name).relative_to(target.stem).as_posix() for name in archive.namelist()}
        packed_map = archive.read(f"{target.stem}/field_map.json")
    assert names >= {"config.json", "LicatsHooks.php", "README.md", "LICENSE", "CHANGELOG.md", "js/banner.js"}
    assert names >= {"lang/English.ini", "lang/Japanese.ini", "pages/status.php", "src/QueryStore.php"}
    assert packed_map == (ROOT / "instruments" / "field_map.json").read_bytes()


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = ((tmp_path / name / f"licats_hooks_v{version()}.zip") for name in ("a", "b"))
    run("--out", first.parent)
    run("--out", second.parent)
    assert first.read_bytes() == second.read_bytes()


def test_a_study_with_names_of_its_own_has_its_field_map_beside(tmp_path: Path) -> None:
    maps = [tmp_path / "own.json", tmp_path / "other.json"]
    for project, path in enumerate(maps, start=41):
        path.write_text(json.dumps({"format": 1, "project": project, "forms": {"labs": {"name": "lx_labs"}}}))
    done = run("--field-map", maps[0], "--field-map", maps[1], "--out", tmp_path / "out")
    with zipfile.ZipFile(done.stdout.strip()) as archive:
        names = {Path(name).name for name in archive.namelist()}
    assert {"field_map.json", "field_map_41.json", "field_map_42.json"} <= names
    assert "named once" not in done.stderr
    for wrong in ("{}", "[]", '{"format": 2, "project": 1, "forms": {"a": {}}}', maps[0].read_text()):
        (tmp_path / "wrong.json").write_text(wrong)
        refused = run("--field-map", maps[0], "--field-map", tmp_path / "wrong.json", "--out", tmp_path / "no")
        assert (refused.returncode, "wrong.json" in refused.stderr) == (2, True)
    assert not list((tmp_path / "no").glob("*.zip"))


@pytest.mark.parametrize("damage", ["missing", "changed", "no manifest"])
def test_a_field_map_that_is_not_the_instruments_is_refused(tmp_path: Path, damage: str) -> None:
    instruments = tmp_path / "instruments"
    shutil.copytree(ROOT / "instruments", instruments)
    if damage == "missing":
        (instruments / "field_map.json").unlink()
    elif damage == "changed":
        content = json.loads((instruments / "field_map.json").read_text(encoding="utf-8"))
        content["protocol"]["version"] = "9"
        (instruments / "field_map.json").write_text(json.dumps(content), encoding="utf-8")
    else:
        (instruments / "manifest.json").unlink()
    done = run("--instruments", instruments, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "licats instruments build" in done.stderr or "build it anew" in done.stderr
    assert list(tmp_path.rglob("*.zip")) == [one for one in tmp_path.rglob("*.zip") if one.parent == instruments]
