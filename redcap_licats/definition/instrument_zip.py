"""Instrument ZIP: the file the Online Designer takes to add one form.

Source: facts/redcap_api.md 4.4: a flat archive of ``instrument.csv`` and ``OriginID.txt``. Files that others put
beside them (``AuthorID.txt``, attachments …) are not read.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

from redcap_licats.definition.dictionary import read_fields, write_dictionary
from redcap_licats.definition.model import Field
from redcap_licats.errors import ConfigError

ORIGIN = "REDCap LICATS"

_FORM = "instrument.csv"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LARGEST = 50_000_000  # bytes; far more than any form, far less than harms
_REMEDY = "download the instrument ZIP again from the Online Designer"


def write_instrument(fields: Iterable[Field]) -> bytes:
    """Write one form as an instrument ZIP; the same fields give the same bytes.

    Raises:
        ConfigError: No field, or fields of more than one form.
    """
    own = tuple(fields)
    forms = sorted({field.form for field in own})
    if len(forms) != 1:
        raise ConfigError(
            "ZIP-FORM",
            f"an instrument ZIP holds one form, not {len(forms)}",
            where=", ".join(forms),
            remedy="write one ZIP per form",
        )
    buffer = io.BytesIO()
    # stored, not compressed: compressed bytes differ between versions of zlib
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in (("OriginID.txt", ORIGIN + "\n"), (_FORM, write_dictionary(own))):
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.create_system = 3  # the same on every system
            info.external_attr = 0o644 << 16
            archive.writestr(info, text.encode("utf-8"))
    return buffer.getvalue()


def read_instrument(data: bytes) -> tuple[Field, ...]:
    """Read the fields of an instrument ZIP.

    Raises:
        ConfigError: Not such a ZIP, damaged, too large, or its dictionary is not one REDCap takes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = _read_form(archive).decode("utf-8-sig")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, struct.error) as error:
        # zipfile answers damage, encryption and unknown compression with any of these
        raise ConfigError("ZIP-DAMAGED", f"the instrument ZIP is not readable: {error}", remedy=_REMEDY) from error
    dictionary = read_fields(text)
    if len(dictionary.forms) != 1:
        raise ConfigError(
            "ZIP-FORM",
            f"an instrument ZIP holds one form, not {len(dictionary.forms)}",
            where=", ".join(dictionary.forms),
            remedy=_REMEDY,
        )
    return dictionary.fields


def _read_form(archive: zipfile.ZipFile) -> bytes:
    if _FORM not in archive.namelist():
        raise ConfigError("ZIP-FORM", f"the ZIP holds no {_FORM}", remedy="put it into no folder of the ZIP")
    info = archive.getinfo(_FORM)
    if info.file_size > _LARGEST or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ConfigError("ZIP-DAMAGED", f"{_FORM} is too large or strangely compressed", remedy=_REMEDY)
    with archive.open(info) as file:
        return file.read(_LARGEST)
