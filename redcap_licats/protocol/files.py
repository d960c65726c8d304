"""The protocol's files as one tree of tables, with a site's overlay merged on top.

In the tree every list of entries with an id is a table by id, so that an overlay meets the entry it means and
an error can name it. Lists without ids (reference limits, plain values) are replaced whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from redcap_licats.protocol.problems import Key, Problem, nearest, suggest

Table = dict[str, object]

ENTRIES = {
    "analyte": ("analytes", "slug"),
    "analyte_group": ("analyte_groups", "code"),
    "laboratory": ("laboratories", "code"),
    "glucocorticoid": ("glucocorticoids", "code"),
    "check": ("checks", "id"),
    "flag_rule": ("flag_rules", "id"),
    "report": ("reports", "id"),
    "cause": ("causes", "id"),
    "ctcae": ("ctcae", "id"),
}
"""List in a file: its key in the protocol, and the key that identifies an entry."""

FOLDERS = {"organs": "slug", "instruments": "name"}
"""Folders with one entry per file, and the key that identifies it."""

PLAIN = ("name", "version", "glucocorticoid_table", "settings", "toxicity")
"""Other keys of a file."""

NESTED = {"criterion": "id", "cause": "id", "units": "code", "field": "name", "choices": "code"}
"""Lists inside an entry, and the key that identifies their entries."""


@dataclass
class Layer:
    """One folder read: the tree, the file each key came from, and what could not be read."""

    tree: Table = field(default_factory=dict)
    origins: dict[Key, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_layer(folder: Path) -> Layer:
    """Read all TOML files of a folder, in any arrangement of the entries over files."""
    layer = Layer()
    if not folder.is_dir():
        layer.problems.append(Problem((), "The folder does not exist.", "Correct the path."))
    tables: dict[str, Table] = {}
    for path in sorted(folder.rglob("*.toml")):
        for where, content in _parts(path, layer):
            if where in layer.origins:
                other = layer.origins[where].name
                layer.problems.append(
                    Problem(where, f"It stands twice, also in {other}.", "Remove or rename one.")
                )
            value = _keyed(content, where, layer, path)
            if len(where) == 1:
                layer.tree[where[0]] = value
            else:
                tables.setdefault(where[0], {})[where[1]] = value
    layer.tree |= tables
    return layer


def _parts(path: Path, layer: Layer) -> Iterator[tuple[Key, object]]:
    """Give what a file says, entry by entry, each with its key in the protocol."""
    try:
        # Numbers are read exactly, so that 1.5 stays 3/2.
        content: Table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        _say(layer, path, (), f"The file is not valid TOML: {error}.", "Mend that line.")
        return
    if own := FOLDERS.get(path.parent.name):
        yield (path.parent.name, str(content.get(own, path.stem))), content
        return
    if "slug" in content or "stem" in content:
        remedy = "Move it into the folder organs/ or instruments/."
        _say(layer, path, (), "A file with one organ or instrument stands outside its folder.", remedy)
        return
    for key, value in content.items():
        if key in PLAIN:
            yield (key,), value
        elif key not in ENTRIES:
            _say(layer, path, (key,), "The key is not known.", suggest(key, [*ENTRIES, *PLAIN]))
        else:
            target, own = ENTRIES[key]
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, dict) and own in entry:
                    yield (target, str(entry[own])), entry
                else:
                    _say(
                        layer, path, (key,), f"An entry has no '{own}'.", f"Write [[{key}]] with the key '{own}'."
                    )


def _say(layer: Layer, path: Path, key: Key, reason: str, remedy: str) -> None:
    layer.problems.append(Problem(key, reason, remedy, path))


def _keyed(value: object, where: Key, layer: Layer, path: Path) -> object:
    """Turn lists with ids into tables by id, all the way down, and remember the file of every key."""
    layer.origins[where] = path
    own = NESTED.get(where[-1])
    if isinstance(value, dict):
        return {key: _keyed(one, (*where, key), layer, path) for key, one in value.items()}
    if not own or not isinstance(value, list):
        return value
    entries: Table = {}
    for entry in value:
        if not isinstance(entry, dict) or own not in entry:
            layer.problems.append(Problem(where, f"An entry has no '{own}'.", f"Give it the key '{own}'."))
            continue
        name = str(entry[own])
        if name in entries:
            layer.problems.append(Problem((*where, name), "It stands twice.", "Remove one, or rename it."))
        entries[name] = _keyed(entry, (*where, name), layer, path)
    return entries


def merge(base: Layer, overlay: Layer) -> Layer:
    """Lay a site's overlay over the protocol.

    Tables merge key by key, entries meet by their id, new entries are added at the end, ``remove = true`` takes
    an entry out. A rule that the overlay changes no longer has the publication as its source.
    """
    merged = Layer({}, base.origins | overlay.origins, base.problems + overlay.problems)
    merged.tree = _merged(base.tree, overlay.tree, (), merged.problems)
    return merged


def _merged(base: Table, patch: Table, where: Key, problems: list[Problem]) -> Table:
    result = dict(base)
    for key, value in patch.items():
        old = result.get(key)
        if isinstance(value, dict) and value.get("remove") is True:
            if old is None:
                near = nearest(key, base)
                remedy = f"Write '{near}'." if near else "Leave the entry out."
                problems.append(Problem((*where, key), "There is nothing of this id to remove.", remedy))
            result.pop(key, None)
        elif isinstance(old, dict) and isinstance(value, dict):
            result[key] = _merged(old, value, (*where, key), problems)
        else:
            result[key] = value
    changed = any(not isinstance(value, dict) and base.get(key) != value for key, value in patch.items())
    if changed and "source" in base and "source" not in patch:
        result["source"] = "overlay"
    return result


def as_lists(value: object, name: str = "") -> object:
    """Give a tree the shape of the models: entries inside entries, and causes, as lists."""
    if not isinstance(value, dict):
        return value
    if name in NESTED or name == "causes":
        return [as_lists(entry) for entry in value.values()]
    return {key: as_lists(one, key) for key, one in value.items()}


def named_key(location: tuple[int | str, ...], raw: object) -> Key:
    """Name the place of a value in the models' shape: entries by id instead of index."""
    key: list[str] = []
    here = raw
    for part in location:
        if isinstance(here, list) and isinstance(part, int):
            here = here[part]
            own = NESTED.get(key[-1], "id")
            key.append(str(here.get(own, part)) if isinstance(here, dict) else str(part))
        elif isinstance(here, dict):
            here = here.get(part)
            key.append(str(part))
        else:  # the rest names alternatives of a type, not a place
            break
    return tuple(key)
