"""Read the protocol's TOML files, with a site's overlay on top."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from redcap_licats.errors import ConfigError
from redcap_licats.protocol.models import Protocol

HERE = Path(__file__).parent

#: table in the files -> (key in the protocol, name of an entry's own key)
LISTS = {
    "analyte": ("analytes", "slug"),
    "laboratory": ("laboratories", "code"),
    "glucocorticoid": ("glucocorticoids", "code"),
    "check": ("checks", "id"),
}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            "PROTOCOL-TOML",
            f"The file is not valid TOML: {error}",
            where=str(path),
            remedy="Mend the line named.",
        ) from error


def _files(folder: Path) -> Iterable[Path]:
    return sorted(folder.rglob("*.toml"))


def _gather(folder: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    """Read all files of a folder into one raw protocol and remember which file each entry came from."""
    raw: dict[str, Any] = {"organs": {}, "instruments": {}, "causes": []}
    origin: dict[str, Path] = {}
    for key, _ in LISTS.values():
        raw[key] = {}
    for path in _files(folder):
        content = _read(path)
        if path.parent.name in ("organs", "instruments"):
            key, own = path.parent.name, "slug" if path.parent.name == "organs" else "name"
            name = content.get(own, path.stem)
            raw[key][name] = content
            origin[f"{key}.{name}"] = path
            continue
        for table, (key, own) in LISTS.items():
            for entry in content.pop(table, []):
                name = entry.get(own, "?")
                raw[key][name] = entry
                origin[f"{key}.{name}"] = path
        raw["causes"].extend(content.pop("cause", []))
        for name, value in content.items():
            raw[name] = value
            origin[name] = path
    return raw, origin


def load_protocol(overlay: Path | None = None) -> Protocol:
    """Read the protocol, and a site's overlay where one is given.

    Raises:
        ConfigError: A file is broken; names file, key, reason and remedy.
    """
    return _load(overlay.resolve() if overlay else None)


@cache
def _load(overlay: Path | None) -> Protocol:
    raw, origin = _gather(HERE)
    raw["organs"] = dict(sorted(raw["organs"].items(), key=lambda item: item[1].get("order", 0)))
    raw["instruments"] = dict(sorted(raw["instruments"].items(), key=lambda item: item[1].get("order", 0)))
    try:
        draft = Protocol.model_validate({**raw, "hash": ""})
    except ValidationError as error:
        first = error.errors()[0]
        parts = [str(part) for part in first["loc"]]
        path = origin.get(".".join(parts[:2])) or origin.get(parts[0]) or HERE
        raise ConfigError(
            "PROTOCOL-KEY",
            f"{'.'.join(parts)}: {first['msg']}",
            where=str(path),
            remedy="Correct or remove the key named.",
        ) from error
    digest = hashlib.sha256(draft.model_dump_json(exclude={"hash"}).encode()).hexdigest()
    return draft.model_copy(update={"hash": digest})
