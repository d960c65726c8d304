"""Request parameters as clients send them: urlencoded or multipart, arrays in two spellings, loose booleans.

Source: facts/redcap_api.md 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from redcap_licats.definition.model import StoredFile
from redcap_licats.sandbox.wire.reply import ApiError

_ITEM = re.compile(r"(?P<name>[^\[]+)\[(?P<key>[^\]]*)\]")
_TRUE = frozenset({"true", "1"})
_UNLIMITED = 1 << 40
_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one request.

    Attributes:
        values: Plain parameters; of a name sent twice the last counts.
        arrays: Values of ``name[0]=…`` or ``name[]=…`` by name, in the order sent.
        files: Uploaded parts by name.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, StoredFile] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Give a plain parameter; blank and missing are the same."""
        return self.values.get(name) or default

    def flag(self, name: str) -> bool:
        """Read a boolean: ``true`` and ``1`` in any case are true, everything else is false."""
        return self.values.get(name, "").strip().lower() in _TRUE

    def array(self, name: str) -> tuple[str, ...]:
        """Give a list sent as an array or, as older clients do, as one comma-separated string."""
        if name in self.arrays:
            return self.arrays[name]
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def strict_array(self, name: str) -> tuple[str, ...]:
        """Give a list that must be sent as an array.

        Raises:
            ApiError: 400 if the parameter came as a plain string.
        """
        if self.text(name):
            message = f'The "{name}" parameter has been provided with a value, but the value is not an array'
            raise ApiError(400, message)
        return self.arrays.get(name, ())

    def choice(self, name: str, *allowed: str) -> str:
        """Give one of the allowed values; the first is the default.

        Raises:
            ApiError: 400 for any other value.
        """
        value = self.text(name, allowed[0])
        if value not in allowed:
            raise ApiError(400, f'The value of the parameter "{name}" is not valid')
        return value

    def number(self, name: str, default: int | None = None) -> int | None:
        """Give a whole number.

        Raises:
            ApiError: 400 if the value is not one.
        """
        value = self.text(name).strip()
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > _LONGEST_NUMBER:
            raise ApiError(400, f'The value of the parameter "{name}" is not valid')
        return int(value)


def collect(pairs: list[tuple[str, str]], files: Mapping[str, StoredFile] | None = None) -> Params:
    """Sort name-value pairs into plain parameters and arrays."""
    values: dict[str, str] = {}
    arrays: dict[str, list[str]] = {}
    for name, value in pairs:
        item = _ITEM.fullmatch(name)
        if item is None:
            values[name] = value
        else:
            arrays.setdefault(item["name"], []).append(value)
    return Params(values, {name: tuple(items) for name, items in arrays.items()}, files or {})


async def read_params(request: Request) -> Params:
    """Read the parameters of a request, however many there are and in either encoding.

    Raises:
        ApiError: 400 if a multipart body is broken.
    """
    if not request.headers.get("content-type", "").startswith("multipart/"):
        body = await request.body()
        return collect(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    pairs: list[tuple[str, str]] = []
    files: dict[str, StoredFile] = {}
    try:
        async with request.form(max_files=_UNLIMITED, max_fields=_UNLIMITED, max_part_size=_UNLIMITED) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    kind = part.content_type or "application/octet-stream"
                    files[name] = StoredFile(part.filename or "", kind, await part.read())
                else:
                    pairs.append((name, part))
    except HTTPException as error:
        raise ApiError(400, f"The request body could not be read: {error.detail}") from error
    return collect(pairs, files)
