"""Write the generated instruments: dictionary, zips, XML, rules, second language, manifest.

The same protocol gives the same bytes; the manifest names protocol and files by their hashes.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from redcap_licats.definition.dictionary import write_dictionary
from redcap_licats.definition.instrument_zip import write_instrument
from redcap_licats.definition.language_file import write_language
from redcap_licats.definition.odm import write_project
from redcap_licats.definition.quality_rules import write_rules
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_project
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.forms.field_map import field_map
from redcap_licats.forms.quality_rules import quality_rules
from redcap_licats.forms.second_language import languages
from redcap_licats.protocol import Protocol

MANIFEST = "manifest.json"
FIELD_MAP = "field_map.json"


def publish(protocol: Protocol, out: Path) -> tuple[Path, ...]:
    """Write all files to a folder, which is replaced as a whole; give their paths.

    Everything is written beside the folder first and then takes its place, so that no reader finds it half
    written.

    Raises:
        ConfigError: The forms do not hold together, the folder holds something else, or it cannot be written.
    """
    files = _render(protocol)
    if out.exists() and not (out / MANIFEST).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise ConfigError(
            "FORMS-FOLDER",
            "The folder was not written by this program, so it is not replaced",
            where=str(out),
            remedy="Name an empty or a new folder.",
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as work:
            _replace(out, files, Path(work))
    except OSError as error:
        raise ConfigError(
            "FORMS-WRITE",
            f"The files cannot be written: {error.strerror}",
            where=str(error.filename or out),
            remedy="Check the folder's rights and the space left.",
        ) from error
    return tuple(out / name for name in files)


def stale(protocol: Protocol, folder: Path) -> tuple[str, ...]:
    """Name the files of a folder that are not what the protocol gives: other content, missing, or too many."""
    files = _render(protocol)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    same = {name for name in there & files.keys() if (folder / name).read_bytes() == files[name]}
    return tuple(sorted((there | files.keys()) - same))


def _render(protocol: Protocol) -> Mapping[str, bytes]:
    """Give the content of every file by name, the manifest last."""
    project = build_project(protocol)
    crosscheck(project, protocol, frozenset())
    record_id = project.dictionary.record_id_field
    _, language = languages(protocol)
    notes = f"{protocol.name} {protocol.version}"
    files = {
        "data_dictionary.csv": write_dictionary(project.dictionary).encode(),
        "project.xml": write_project(project).encode(),
        f"multi_language_{language.key}.json": write_language(language, project, notes=notes).encode(),
        "data_quality_rules.csv": write_rules(
            one.rule for one in quality_rules(protocol, project.dictionary)
        ).encode(),
        FIELD_MAP: _json(field_map(protocol)),
    }
    for form, fields in project.dictionary.forms.items():
        # A running study has its own record id field already.
        files[f"{form}.zip"] = write_instrument(tuple(one for one in fields if one.name != record_id))
    manifest = {
        "protocol": {"name": protocol.name, "version": protocol.version, "hash": protocol.hash},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    return {**files, MANIFEST: _json(manifest)}


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _replace(out: Path, files: Mapping[str, bytes], work: Path) -> None:
    """Write the files to a folder inside ``work`` and let it take the place of ``out``."""
    fresh, former = work / "fresh", work / "former"
    fresh.mkdir()
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    if not out.exists():
        fresh.rename(out)
        return
    out.rename(former)
    try:
        fresh.rename(out)
    except OSError:
        former.rename(out)
        raise
