"""What a protocol says as plain data: hashed, kept beside an approval, compared key by key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from redcap_licats.protocol.files import NESTED
from redcap_licats.protocol.models import Protocol

Content = dict[str, object]
"""The protocol as JSON has it; numbers with a fraction as text."""


#: lists of entries, and the key that identifies an entry
_ID_IN = {**NESTED, "causes": "id"}

#: stands in a key for the order of a list's entries
_ORDER = "(order)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that two protocols do not have alike; None where one of them does not have it.

    ``key`` names entries by their id: ``organs.kidney.criterion.crea.at_least``.
    """

    key: str
    before: str | None
    after: str | None


def content_of(protocol: Protocol) -> Content:
    """Give the canonical content: the same for equal protocols, whatever files they came from.

    The arrangement of entries over files and the way a number is written do not count. The order of entries counts
    only where results follow it: criteria, causes, units, fields and choices.
    """
    canonical: Content = json.loads(_text(protocol.model_dump(exclude={"hash"})))
    return canonical


def hash_of(content: Content) -> str:
    """Give the SHA-256 over canonical content."""
    return hashlib.sha256(_text(content).encode()).hexdigest()


def protocol_hash(protocol: Protocol) -> str:
    """Give the SHA-256 over a protocol's canonical content: equal protocols have equal hashes."""
    return hash_of(content_of(protocol))


def protocol_of(content: Content) -> Protocol:
    """Make a protocol of canonical content again.

    Raises:
        pydantic.ValidationError: The content is of a version of the program with other keys.
    """
    protocol = Protocol.model_validate({**content, "hash": hash_of(content)})
    organs = dict(sorted(protocol.organs.items(), key=lambda item: (item[1].order, item[0])))
    return protocol.model_copy(update={"organs": organs})


def differences(before: Content, after: Content) -> tuple[Difference, ...]:
    """List every key that is new, gone or changed, in alphabetical order."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return tuple(
        Difference(".".join(key), old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key) and not (key[-1] == _ORDER and _others(old.get(key), new.get(key)))
    )


def _others(before: str | None, after: str | None) -> bool:
    """Tell whether a list has other entries, so that its order says nothing that they do not."""
    return before is None or after is None or sorted(before.split(", ")) != sorted(after.split(", "))


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _leaves(value: object, key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk down to the values; entries are named by id, and their order is a value where it counts."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, (*key, name))
    elif isinstance(value, list) and (own := _ID_IN.get(key[-1])) and value:
        names = [str(entry[own]) for entry in value]
        yield (*key, _ORDER), ", ".join(names)
        for name, entry in zip(names, value, strict=True):
            yield from _leaves(entry, (*key, name))
    elif isinstance(value, str):
        yield key, value
    else:
        yield key, json.dumps(value, ensure_ascii=False)
