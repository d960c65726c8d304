"""Pack the REDCap module, with the field map of the instruments, as a zip for REDCap's folder ``modules/``.

The same files give the same bytes. The version stands in setup.cfg, once. Example::

    python hooks/tools/package_module.py --instruments instruments --out build

A study that calls our forms otherwise has a field map of its own beside it (``--field-map FILE``, as
``licats instruments diff --field-map FILE`` writes it), which holds for its project alone.
"""

from __future__ import annotations

import argparse
import configparser
import hashlib
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "hooks" / "licats_hooks"
FIELD_MAP = "field_map.json"
MANIFEST = "manifest.json"

#: of a field map, which the module reads
FORMAT = 1
_REMEDY = "make it with 'licats instruments diff --field-map FILE'"

#: what REDCap takes for a version in the name of a module's folder
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}(?:\.\d{1,3})?")
#: a zip knows no earlier day
_DAY = (1980, 1, 1, 0, 0, 0)


class PackagingError(Exception):
    """What the module would be packed from is not whole."""


def pack(instruments: Path, out: Path, *, studies: Sequence[Path] = (), version: str | None = None) -> Path:
    """Write ``licats_hooks_v<version>.zip`` to a folder and give its path.

    Args:
        instruments: Folder with the instruments of the study, as ``licats instruments build`` wrote them.
        out: Folder to write to.
        studies: Field maps of studies that have names of their own.
        version: Version of the module; that of the project if missing.

    Raises:
        PackagingError: The version is none that REDCap takes, or a field map is not as it was written.
    """
    number = version or project_version()
    if not _VERSION.fullmatch(number):
        raise PackagingError(f"REDCap takes no version '{number}': write it as 1.2 or 1.2.3 in setup.cfg")
    folder = f"{MODULE.name}_v{number}"
    files = {**_module_files(), FIELD_MAP: _field_map(instruments), **_of_studies(studies)}
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{folder}.zip"
    with tempfile.NamedTemporaryFile(dir=out, prefix=f".{folder}-", delete=False) as file:
        unfinished = Path(file.name)
        try:
            _write(file.name, folder, files)
            unfinished.chmod(0o644)
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return target


def project_version() -> str:
    """Read the version that setup.cfg gives the project."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    return settings["metadata"]["version"]


def _module_files() -> dict[str, bytes]:
    found = {
        path.relative_to(MODULE).as_posix(): path.read_bytes() for path in MODULE.rglob("*") if path.is_file()
    }
    return {
        name: content for name, content in found.items() if not any(p.startswith(".") for p in name.split("/"))
    }


def _field_map(instruments: Path) -> bytes:
    """Read the field map; it must be the one that was written with its manifest."""
    try:
        content = (instruments / FIELD_MAP).read_bytes()
        manifest = json.loads((instruments / MANIFEST).read_text(encoding="utf-8"))
        named = manifest["files"][FIELD_MAP]
    except (OSError, ValueError, KeyError) as error:
        raise PackagingError(
            f"{instruments} holds no {FIELD_MAP} with its {MANIFEST}: run 'licats instruments build --out DIR'"
        ) from error
    if hashlib.sha256(content).hexdigest() != named:
        raise PackagingError(f"{instruments / FIELD_MAP} was changed after it was written: build it anew")
    return content


def _of_studies(studies: Sequence[Path]) -> dict[str, bytes]:
    """Read the field maps of studies, each for its own project."""
    found: dict[str, bytes] = {}
    for path in studies:
        try:
            content = path.read_bytes()
            given = json.loads(content)
            project, known = given["project"], given["format"] == FORMAT and given["forms"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PackagingError(f"{path} is no field map of a study: {_REMEDY}") from error
        name = f"field_map_{project}.json"
        if type(project) is not int or not known:
            raise PackagingError(f"{path} is no field map of a study, or of another version: {_REMEDY}")
        if name in found:
            raise PackagingError(f"{path} is the second field map of project {project}: name each project once")
        found[name] = content
    return found


def _write(target: str, folder: str, files: Mapping[str, bytes]) -> None:
    # stored, not deflated: other releases of zlib give other bytes
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", date_time=_DAY)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)


def main() -> int:
    """Pack as the command line says."""
    parser = argparse.ArgumentParser(description="Pack the REDCap module for REDCap's folder modules/.")
    parser.add_argument("--instruments", type=Path, default=ROOT / "instruments", help="the study's instruments")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="folder to write to")
    parser.add_argument("--field-map", type=Path, action="append", default=[], help="of a study with other names")
    given = parser.parse_args()
    try:
        print(pack(given.instruments, given.out, studies=given.field_map))
    except (PackagingError, OSError) as error:
        print(f"The module was not packed: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
