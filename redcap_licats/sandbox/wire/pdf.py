"""A plain PDF of text lines, Japanese included: enough for a form on paper.

The font is one that every PDF reader brings for Japanese, so nothing is embedded. Same text, same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

_LINES_PER_PAGE = 54
_SIGNS_PER_LINE = 84
_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5-UniJIS-UTF16-H /Encoding /UniJIS-UTF16-H"
    b" /DescendantFonts [4 0 R] >>"
)
_DESCENDANT = (
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /DW 1000 /W [1 [278] 2 632 500]"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 5 0 R >>"
)
_DESCRIPTOR = (
    b"<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [-92 -250 1010 922]"
    b" /ItalicAngle 0 /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >>"
)
_FIRST_PAGE = 6


def text_pdf(lines: Sequence[str]) -> bytes:
    """Set lines of text on A4 pages; long lines are broken."""
    broken = [part for line in lines for part in _broken(line)] or [""]
    pages = [broken[at : at + _LINES_PER_PAGE] for at in range(0, len(broken), _LINES_PER_PAGE)]
    kids = b" ".join(b"%d 0 R" % (_FIRST_PAGE + 2 * at) for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages)),
        _FONT,
        _DESCENDANT,
        _DESCRIPTOR,
    ]
    for at, page in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (_FIRST_PAGE + 2 * at + 1)
        )
        content = b"BT /F1 9 Tf 50 790 Td 14 TL " + b" ".join(_shown(line) for line in page) + b" ET"
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    return _file(objects)


def _broken(line: str) -> list[str]:
    return [line[at : at + _SIGNS_PER_LINE] for at in range(0, len(line), _SIGNS_PER_LINE)] or [""]


def _shown(line: str) -> bytes:
    return b"<%b> Tj T*" % line.encode("utf-16-be").hex().encode()


def _file(objects: Sequence[bytes]) -> bytes:
    body = b"%PDF-1.5\n"
    places: list[int] = []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(body))
    )
