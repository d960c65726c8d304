"""Read the ``mapping`` file, and say all that is wrong with it by key."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from redcap_licats.errors import ConfigError
from redcap_licats.mapping.check import ours_problems
from redcap_licats.mapping.model import NOTHING, Mapping
from redcap_licats.protocol.models import Protocol
from redcap_licats.protocol.problems import Key, refuse, schema_problems


def load_mapping(path: Path | None, protocol: Protocol) -> Mapping:
    """Read a mapping file; the mapping that changes nothing if there is none.

    Args:
        path: The file.
        protocol: The protocol, whose forms, fields, codes and units it names.

    Raises:
        ConfigError: The file cannot be read (``MAPPING-FILE``), has keys that no mapping has (``MAPPING-KEY``), or
            names what the protocol does not have (``MAPPING-OURS``); every problem is listed.
    """
    if path is None:
        return NOTHING
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            "MAPPING-FILE",
            f"The mapping cannot be read: {error.strerror}",
            where=str(path),
            remedy="Correct the key 'mapping' of the configuration.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            "MAPPING-FILE", f"The file is not valid TOML: {error}", where=str(path), remedy="Mend the line named."
        ) from error
    try:
        mapping = Mapping.model_validate(raw)
    except ValidationError as error:
        refuse("MAPPING-KEY", schema_problems(error, Mapping, _named), {}, path, whole="The mapping")
        raise
    refuse("MAPPING-OURS", [*ours_problems(mapping, protocol)], {}, path, whole="The mapping")
    return mapping


def _named(location: tuple[int | str, ...]) -> Key:
    """Name a place as the file does: the number of a form is told only from the second on."""
    return tuple(str(one if isinstance(one, str) else one + 1) for one in location if one != 0)
