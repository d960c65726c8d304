"""Is this file a plain workbook of bearable size? Looked at before anything in it is read."""

from __future__ import annotations

import io
import stat
import zlib
from pathlib import Path
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from zipfile import BadZipFile, ZipFile, ZipInfo

from defusedxml import sax
from defusedxml.common import DefusedXmlException

from redcap_licats.errors import ConfigError

#: bytes of a file, and of all its parts unpacked; a workbook of 20,000 queries has a tenth of it
MOST_BYTES = 20 * 2**20
MOST_UNPACKED = 300 * 2**20
MOST_PARTS = 500
#: times by which a part may grow when unpacked; texts that repeat a lot reach 100
_MOST_RATIO = 250

#: parts that no workbook of ours has: beginning of the name -> what it is
_REFUSED = {
    "xl/vbaproject": "macros",
    "xl/macrosheets": "macros",
    "xl/dialogsheets": "macros",
    "xl/externallinks": "links to other files",
    "xl/connections": "connections to data sources",
    "xl/querytables": "connections to data sources",
    "xl/embeddings": "embedded objects",
    "xl/activex": "embedded controls",
    "xl/ctrlprops": "embedded controls",
}
_OLE = b"\xd0\xcf\x11\xe0"
_CHUNK = 2**20
_ANEW = "Save it anew as .xlsx in Excel or LibreOffice."


def read_container(path: Path) -> bytes:
    """Read the bytes of a workbook.

    Raises:
        ConfigError: It cannot be read, is no workbook without macros, or is larger than one can be.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refusal(path, "it is not a file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise refusal(path, f"it cannot be opened ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise refusal(path, f"it is larger than {MOST_BYTES // 2**20} MB")
    if content.startswith(_OLE):
        raise refusal(path, "it is encrypted, or of the old format .xls", "Save it as .xlsx without a password.")
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _look_at(archive, path)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error) as error:
        raise refusal(path, "it is damaged, or not a workbook", _ANEW) from error
    return content


def refusal(path: Path, why: str, remedy: str = "") -> ConfigError:
    """Say why a file is not read."""
    return ConfigError(
        "READ-FILE",
        f"The workbook is not read: {why}",
        where=str(path),
        remedy=remedy or "Give a workbook that 'licats report' wrote and that was filled in and saved as .xlsx.",
    )


def _look_at(archive: ZipFile, path: Path) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise refusal(path, f"it has more than {MOST_PARTS} parts")
    names = [one.filename.lower() for one in parts]
    if len(set(names)) < len(names):
        raise refusal(path, "two of its parts have the same name")
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise refusal(path, "it is not an Excel workbook", _ANEW)
    for name in names:
        for beginning, what in _REFUSED.items():
            if name.startswith(beginning):
                raise refusal(path, f"it holds {what}", "Copy the filled-in cells into the original workbook.")
    left = MOST_UNPACKED
    for one in parts:
        left -= _unpack(archive, one, path, left)
    if b"macroenabled" in archive.read("[Content_Types].xml").lower():
        raise refusal(path, "it may hold macros (.xlsm)", "Save it as .xlsx.")


def _unpack(archive: ZipFile, part: ZipInfo, path: Path, left: int) -> int:
    """Unpack a part piece by piece, whatever size it claims to have; give its true size."""
    is_xml = part.filename.lower().endswith((".xml", ".rels"))
    parser = sax.make_parser() if is_xml else None
    if parser:
        parser.forbid_dtd = True
        parser.setContentHandler(ContentHandler())
    size = 0
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > left or size > max(_CHUNK, _MOST_RATIO * part.compress_size):
                    raise refusal(path, "it unpacks to far more than a workbook holds")
                if parser:
                    parser.feed(piece)
        if parser:
            parser.close()
    except DefusedXmlException as error:
        raise refusal(path, "a part of it defines entities, which no workbook does") from error
    except SAXException as error:
        raise refusal(path, "a part of it is not valid XML", _ANEW) from error
    return size
