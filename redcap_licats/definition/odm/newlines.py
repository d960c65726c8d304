"""Line ends inside attribute values.

REDCap writes a note's line ends bare into an attribute, where any XML parser must turn them into blanks. They are
made character references before parsing, so that nothing is lost.
"""

from __future__ import annotations

import re

# Every alternative matches whatever follows its first characters: the scan never starts again over the same text.
_MARKUP = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    rb"|<!--.*?(?:-->|\Z)"
    rb"|<\?.*?(?:\?>|\Z)"
    rb"|<[A-Za-z_][^<>\"']*+(?:(?:\"[^\"]*+\"|'[^']*+')[^<>\"']*+)*+",
    re.DOTALL,
)
_QUOTED = re.compile(rb"\"[^\"]*+\"|'[^']*+'")
_SPACE = re.compile(rb"\r\n|[\r\n\t]")
_REFERENCES = {b"\r\n": b"&#10;", b"\r": b"&#10;", b"\n": b"&#10;", b"\t": b"&#9;"}


def keep_line_ends(xml: bytes) -> bytes:
    """Replace line ends and tabs inside attribute values by character references."""
    return _MARKUP.sub(_keep_in_tag, xml)


def _keep_in_tag(match: re.Match[bytes]) -> bytes:
    text = match[0]
    if text.startswith((b"<!", b"<?")) or not _SPACE.search(text):
        return text
    return _QUOTED.sub(_keep_in_value, text)


def _keep_in_value(match: re.Match[bytes]) -> bytes:
    return _SPACE.sub(lambda space: _REFERENCES[space[0]], match[0])
