"""Cumulative incidence as small panels on the same axes, one for each organ."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from markupsafe import Markup

from redcap_licats.cohort.incidence import Curve
from redcap_licats.messages import Texts
from redcap_licats.report.html.figures.canvas import BLUE, GRID, MUTED, Canvas, drawing
from redcap_licats.report.html.text import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, LEFT, ABOVE, BELOW, BETWEEN = 10.6, 1.75, 0.55, 0.3, 0.48, 0.3
COLUMNS = 3


def incidence_panels(
    curves: Sequence[tuple[str, Curve]], until: int, texts: Texts, title: str, description: str
) -> Markup:
    """Draw the curves up to a day, as far as subjects are under observation."""
    lines = ceil(len(curves) / COLUMNS)
    highest = max((one.at(until) or max(one.incidence, default=0) for _, one in curves), default=0)
    top = max(10, min(100, ceil(highest * 10 + 0.5) * 10))
    with drawing():
        canvas = Canvas("incidence", WIDTH, lines * HEIGHT)
        width = (WIDTH - 0.1) / COLUMNS
        for place, (label, curve) in enumerate(curves):
            line, column = divmod(place, COLUMNS)
            axes = canvas.axes(
                column * width + LEFT,
                (lines - 1 - line) * HEIGHT + BELOW,
                WIDTH - (column + 1) * width + BETWEEN - 0.1,
                line * HEIGHT + ABOVE,
            )
            axes.set_xlim(0, until)
            axes.set_ylim(0, top)
            axes.set_xticks([0, *(day for day in (14, 30, 60, 90, 120, 180) if day <= until)])
            axes.grid(color=GRID, linewidth=0.6)
            axes.set_title(short(label, 40), loc="left", fontsize=9, fontweight="bold")
            if column == 0:
                axes.set_ylabel("%")
            if place >= len(curves) - COLUMNS:
                axes.set_xlabel(texts("page.incidence.days"))
            _curve(canvas, axes, label, curve, until, texts)
        return canvas.svg(title, description)


def _curve(canvas: Canvas, axes: Axes, label: str, curve: Curve, until: int, texts: Texts) -> None:
    end = min(until, max(curve.ends, default=0))
    steps = [(day, 100 * value) for day, value in zip(curve.days, curve.incidence, strict=True) if day <= end]
    reached = steps[-1][1] if steps else 0.0
    days, values = zip((0, 0.0), *steps, (end, reached), strict=True)
    (drawn,) = axes.plot(days, values, drawstyle="steps-post", color=BLUE, linewidth=1.6, clip_on=False)
    says = texts("page.incidence.says", label=label, percent=f"{reached:.1f}", day=end, events=curve.events)
    canvas.mark(drawn, says)
    told = texts("page.incidence.reached", percent=f"{reached:.1f}", events=curve.events)
    axes.set_title(told, loc="right", fontsize=8, color=MUTED)
