"""A figure being drawn, and what all have in common: type, colours, a legend, marks that say what they are.

Colours are those of Okabe and Ito (colour-blind safe); beside each stands a pattern or a word that says the same.
Matplotlib is imported where it is used: it takes longer to load than the rest of the program.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from redcap_licats.report.html.figures.svg import Mark, inline
from redcap_licats.report.html.text import breadth, shown

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

INK = "#1f2933"
MUTED = "#52606d"
GRID = "#d5dbe1"
PAPER = "#ffffff"

ORANGE, SKY, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILION, PURPLE, GREY = "#0072b2", "#d55e00", "#cc79a7", "#8c959f"
OKABE_ITO = (VERMILION, BLUE, GREEN, ORANGE, PURPLE, SKY, YELLOW, GREY)

#: points; Matplotlib's SVG has 72 units to the inch
FONT_SIZE = 8

#: inches
EM = FONT_SIZE / 72
MARGIN, LEGEND_LINE = 0.05, 1.7 * EM

_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


@dataclass(frozen=True, slots=True)
class Swatch:
    """How something is drawn, and what it is called in the legend."""

    label: str
    colour: str
    hatch: str = ""
    edge: str = INK


class Canvas:
    """One figure.

    Args:
        name: Its name in the page, unique there.
        width: In inches.
        height: In inches.
    """

    def __init__(self, name: str, width: float, height: float) -> None:
        from matplotlib.figure import Figure

        self.name, self.width, self.height = name, width, height
        self.figure = Figure(figsize=(width, height))
        self._marks: dict[str, Mark] = {}

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Add axes, given the room on each side in inches."""
        width, height = self.width, self.height
        return self.figure.add_axes(
            (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
        )

    def mark(self, artist: Artist, says: str, layer: str = "") -> None:
        """Let a mark say what it is; a layer can be switched off by the reader."""
        key = f"mark{len(self._marks)}"
        artist.set_gid(key)
        self._marks[key] = Mark(shown(says), layer)

    def legend(self, swatches: Sequence[Swatch]) -> None:
        """Write a legend at the top, in as many lines as it takes."""
        from matplotlib.patches import Rectangle

        for one, (x, down) in zip(swatches, _places(swatches, self.width), strict=True):
            y = self.height - down
            box = Rectangle(
                (x / self.width, y / self.height),
                1.7 * EM / self.width,
                0.9 * EM / self.height,
                transform=self.figure.transFigure,
                facecolor=one.colour,
                edgecolor=one.edge,
                hatch=one.hatch,
                linewidth=0.6,
            )
            self.figure.add_artist(box)
            self.figure.text((x + 2.1 * EM) / self.width, (y + 0.1 * EM) / self.height, one.label)

    def svg(self, title: str, description: str) -> Markup:
        """Give the figure as an element for the page."""
        drawn = io.BytesIO()
        self.figure.savefig(drawn, format="svg", metadata=_NO_METADATA)
        return inline(drawn.getvalue(), self.name, self._marks, shown(title), shown(description))


def _places(swatches: Sequence[Swatch], width: float) -> Iterator[tuple[float, float]]:
    """Give each entry of a legend its place, in inches from the left and from the top."""
    x, y = MARGIN, LEGEND_LINE
    for one in swatches:
        room = (3.8 + breadth(one.label)) * EM
        if x > MARGIN and x + room > width:
            x, y = MARGIN, y + LEGEND_LINE
        yield x, y
        x += room


def legend_height(swatches: Sequence[Swatch], width: float) -> float:
    """Tell how much room a legend takes at the top of a figure, in inches."""
    return max((y for _, y in _places(swatches, width)), default=0.0) + 0.6 * LEGEND_LINE


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the page's settings, so that the same report gives the same bytes."""
    from matplotlib import rc_context

    settings = rc_context(
        {
            "svg.fonttype": "none",  # texts stay texts: the reader's fonts draw Japanese, and they can be searched
            "font.family": ["DejaVu Sans"],  # comes with Matplotlib: measures are the same on every machine
            "text.parse_math": False,  # a "$" in an entry is a "$"
            "font.size": FONT_SIZE,
            "hatch.linewidth": 0.6,
            "axes.edgecolor": MUTED,
            "axes.labelcolor": INK,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.hashsalt": "licats",  # else names in the drawing are drawn at random
        }
    )
    with settings, warnings.catch_warnings():
        # the browser draws the texts, with fonts that have the characters
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def plain(axes: Axes) -> None:
    """Leave out an axis' line and ticks where the labels say all there is to say."""
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
