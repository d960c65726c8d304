"""The look of a workbook: one place for fonts, colours and number formats.

A tone is a pair of colours that always goes with a text saying the same, so that nothing rests on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

from redcap_licats.messages import Language

#: Fonts that Excel ships for the script; LibreOffice replaces them by what the machine has.
FONTS: dict[Language, str] = {"en": "Calibri", "ja": "Yu Gothic"}

#: Height of a line of 10 points, in points.
LINE_HEIGHTS: dict[Language, float] = {"en": 13.5, "ja": 16.5}

INK = "1F2933"
MUTED = "62707C"
PALE = "A3ADB7"
LINK = "0B5CAD"
ACCENT = "1F4E5F"
RULE = "D5DBE1"
PAPER = "FFFFFF"
INPUT = "FFFBE6"


class Tone(Enum):
    """Background and text colour (RGB)."""

    RED = ("F9DEDC", "8C1D18")
    AMBER = ("FFF0C7", "6B4E00")
    BLUE = ("DCEBF9", "0B4A7A")
    PURPLE = ("EBE1F7", "4A2B7B")
    GREEN = ("DDF1E1", "1D5B2E")
    GREY = ("EEF1F4", MUTED)


class Format(StrEnum):
    """How a column shows its values."""

    WRAP = "wrap"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    LINK = "link"
    INPUT = "input"
    HIDDEN = "hidden"


NUMBER_FORMATS = {
    Format.DATE: "yyyy-mm-dd",
    Format.TIME: "yyyy-mm-dd hh:mm",
    Format.INPUT: "@",
}

#: Applied to a date in a column of mixed content.
DATE = NUMBER_FORMATS[Format.DATE]

_LINE = Side(style="thin", color=RULE)
BELOW = Border(bottom=_LINE)
BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def fill(colour: str) -> PatternFill:
    """Fill with one colour."""
    return PatternFill("solid", start_color=colour, end_color=colour)


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that makes a cell look as it does."""

    font: Font
    alignment: Alignment
    border: Border | None = None
    background: PatternFill | None = None
    number_format: str = "General"
    locked: bool = True

    @property
    def protection(self) -> Protection:
        """Whether the cell can be filled in on a protected sheet."""
        return Protection(locked=self.locked)


@dataclass(frozen=True, slots=True)
class Styles:
    """The looks of a workbook in one language."""

    language: Language

    @property
    def line_height(self) -> float:
        """Height of a line in a listing, in points."""
        return LINE_HEIGHTS[self.language]

    def font(self, *, size: float = 10, bold: bool = False, colour: str = INK, underline: bool = False) -> Font:
        """Give the workbook's font."""
        return Font(
            name=FONTS[self.language],
            size=size,
            bold=bold,
            color=colour,
            underline="single" if underline else None,
        )

    def header(self, *, right: bool = False) -> Look:
        """Look of a column's head."""
        alignment = Alignment(
            horizontal="right" if right else "left", vertical="center", indent=int(right), wrap_text=True
        )
        return Look(self.font(bold=True, colour=PAPER), alignment, BOX, fill(ACCENT))

    def body(self, kind: Format, tone: Tone | None = None) -> Look:
        """Look of a listing's cell."""
        right = kind is Format.NUMBER
        alignment = Alignment(
            horizontal="right" if right else "left",
            vertical="top",
            indent=1 if right else 0,
            wrap_text=kind in (Format.WRAP, Format.INPUT),
        )
        colour = tone.value[1] if tone else {Format.LINK: LINK, Format.CODE: MUTED}.get(kind, INK)
        font = self.font(
            size=8 if kind is Format.CODE else 10,
            bold=tone is not None,
            colour=colour,
            underline=kind is Format.LINK,
        )
        background = fill(tone.value[0]) if tone else fill(INPUT) if kind is Format.INPUT else None
        return Look(
            font,
            alignment,
            BOX,
            background,
            NUMBER_FORMATS.get(kind, "General"),
            locked=kind is not Format.INPUT,
        )

    def title(self) -> Look:
        """Look of a sheet's title."""
        return Look(self.font(size=16, bold=True, colour=ACCENT), Alignment(vertical="center"))

    def heading(self) -> Look:
        """Look of a heading inside a sheet."""
        return Look(self.font(size=12, bold=True, colour=ACCENT), Alignment(vertical="center"))

    def note(self) -> Look:
        """Look of small print."""
        return Look(self.font(size=9, colour=MUTED), Alignment(vertical="center"))

    def name(self, *, bold: bool = False, tone: Tone | None = None) -> Look:
        """Look of what names a line."""
        alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
        colour = tone.value[1] if tone else INK
        return Look(self.font(bold=bold, colour=colour), alignment, BELOW, fill(tone.value[0]) if tone else None)

    def prose(self, *, link: bool = False) -> Look:
        """Look of a sentence beside what names it."""
        font = self.font(colour=LINK if link else INK, underline=link)
        return Look(font, Alignment(horizontal="left", vertical="center", wrap_text=True), BELOW)

    def figure(self, tone: Tone | None = None, *, bold: bool = False, pale: bool = False) -> Look:
        """Look of a count."""
        colour = tone.value[1] if tone else PALE if pale else INK
        font = self.font(bold=bold or tone is not None, colour=colour)
        return Look(
            font=font,
            alignment=Alignment(horizontal="right", vertical="center", indent=1),
            border=BELOW,
            background=fill(tone.value[0]) if tone else None,
        )
