"""Counts as bars that are divided, and as a map of shades; every part says its number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from redcap_licats.report.html.figures.canvas import INK, PAPER, Canvas, Swatch, drawing, plain
from redcap_licats.report.html.text import breadth, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, ROW, CELL = 7.6, 0.34, 0.42
#: light to dark blue, for a share of the highest number
_LIGHT, _DARK = (0.94, 0.96, 0.99), (0.03, 0.25, 0.48)
#: from this share on the ground is dark enough for white figures
_WHITE_FROM = 0.55


def divided_bars(
    name: str,
    rows: Sequence[tuple[str, Sequence[int]]],
    parts: Sequence[Swatch],
    title: str,
    description: str,
    axis: str,
) -> Markup:
    """Draw one bar for each row, divided into parts.

    Args:
        name: Of the figure.
        rows: Label, and the number of each part.
        parts: How each part is drawn.
        title: Of the figure.
        description: Of the figure.
        axis: What is counted.
    """
    from matplotlib.ticker import MaxNLocator

    with drawing():
        left = _left(label for label, _ in rows)
        canvas = Canvas(name, WIDTH, 0.9 + ROW * len(rows))
        axes = canvas.axes(left, 0.48, 0.5, 0.42)
        highest = max((sum(numbers) for _, numbers in rows), default=0)
        axes.set_xlim(0, max(1, highest) * 1.02)
        _lines(axes, [label for label, _ in rows])
        axes.set_xlabel(axis)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for line, (label, numbers) in enumerate(rows):
            start = 0
            for number, part in zip(numbers, parts, strict=True):
                if number:
                    _part(canvas, axes, line, (start, number, highest), label, part)
                start += number
            axes.text(start + highest * 0.01, line, str(start), va="center", fontweight="bold")
        canvas.legend(parts)
        return canvas.svg(title, description)


def _part(canvas: Canvas, axes: Axes, line: int, extent: tuple[int, int, int], label: str, part: Swatch) -> None:
    start, number, highest = extent
    bars = axes.barh(
        line,
        number,
        left=start,
        height=0.68,
        color=part.colour,
        hatch=part.hatch,
        edgecolor=part.edge,
        linewidth=0.6,
    )
    canvas.mark(bars[0], f"{label} · {part.label}: {number}")
    if number >= highest * 0.03:
        on_paper = {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none"}
        axes.text(start + number / 2, line, str(number), ha="center", va="center", bbox=on_paper, fontsize=7)


def shaded_map(
    name: str,
    rows: Sequence[tuple[str, Sequence[int]]],
    columns: Sequence[str],
    title: str,
    description: str,
) -> Markup:
    """Draw a table of numbers as cells, the darker the higher."""
    from matplotlib.patches import Rectangle

    with drawing():
        left = _left(label for label, _ in rows)
        canvas = Canvas(name, left + 0.95 * len(columns) + 0.1, 0.45 + CELL * len(rows))
        axes = canvas.axes(left, 0.05, 0.1, 0.4)
        axes.set_xlim(0, len(columns))
        _lines(axes, [label for label, _ in rows])
        plain(axes)
        axes.xaxis.tick_top()
        axes.set_xticks([place + 0.5 for place in range(len(columns))], [short(one, 24) for one in columns])
        highest = max((number for _, numbers in rows for number in numbers), default=0)
        for line, (label, numbers) in enumerate(rows):
            for place, number in enumerate(numbers):
                share = number / highest if highest else 0
                cell = Rectangle(
                    (place, line - 0.5), 1, 1, facecolor=_shade(share), edgecolor=PAPER, linewidth=1.5
                )
                axes.add_patch(cell)
                canvas.mark(cell, f"{label} · {columns[place]}: {number}")
                colour = PAPER if share >= _WHITE_FROM else INK
                axes.text(place + 0.5, line, str(number), ha="center", va="center", color=colour, fontsize=9)
        return canvas.svg(title, description)


def _lines(axes: Axes, labels: Sequence[str]) -> None:
    """Put rows from top to bottom."""
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), [short(label, 24) for label in labels])
    axes.tick_params(axis="y", length=0)


def _left(labels: Iterable[str]) -> float:
    longest = max((breadth(short(label, 24)) for label in labels), default=0.0)
    return 0.2 + longest * 8 / 72


def _shade(share: float) -> tuple[float, float, float]:
    red, green, blue = (light + share * (dark - light) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return red, green, blue
