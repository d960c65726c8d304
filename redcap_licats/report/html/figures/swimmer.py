"""The swimmer plot: one subject a line, one panel a printed page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Text
from redcap_licats.report.html.figures.canvas import (
    BLUE,
    FONT_SIZE,
    GREY,
    GRID,
    INK,
    MUTED,
    OKABE_ITO,
    PAPER,
    Canvas,
    Swatch,
    drawing,
    legend_height,
)
from redcap_licats.report.html.spans import kind_name, span_says
from redcap_licats.report.html.text import breadth, short
from redcap_licats.report.timeline import Kind, Span, Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: inches
WIDTH, PANEL, LEFT, RIGHT, BOTTOM = 10.6, 5.7, 1.15, 0.15, 0.45
LANE, THIN, GAP = 0.15, 0.085, 0.09

#: days before infusion that are shown, and the last day that is, at the most
BEFORE, LONGEST = -10, 120

APLASIA = "#e8f1fa"
#: shade and pattern of what is not LICATS; colours are the organs', whose names stand beside their LICATS
LOOKS: Mapping[Kind, tuple[str, str]] = {
    Kind.CRS: (GRID, "////"),
    Kind.ICANS: (GRID, "xxxx"),
    Kind.GLUCOCORTICOID: (MUTED, ""),
    Kind.STAY: (PAPER, ""),
    Kind.ICU: (INK, ""),
    Kind.APLASIA: (APLASIA, ""),
}
_TEXT = FONT_SIZE - 1


@dataclass(frozen=True, slots=True)
class _Placed:
    """A span in its lane: the lane's top below the subject's, and the lane's height, in inches."""

    span: Span
    top: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A subject's spans, placed, and the height that they take."""

    timeline: Timeline
    placed: tuple[_Placed, ...]
    height: float


def swimmer(timelines: Sequence[Timeline], organs: Sequence[Text], texts: Texts) -> Iterator[Markup]:
    """Draw panels of as many subjects as fit a printed page each.

    Args:
        timelines: The subjects, from top to bottom.
        organs: All organs, in the order that gives them their colours.
        texts: The language.
    """
    last = _last_day(timelines)
    scale = (WIDTH - LEFT - RIGHT) / (last - BEFORE + 1)
    panels: list[list[_Row]] = [[]]
    room = PANEL
    for timeline in timelines:
        row = _row(timeline, texts, scale)
        if room < row.height and panels[-1]:
            panels.append([])
            room = PANEL
        panels[-1].append(row)
        room -= row.height
    for number, rows in enumerate(panels, start=1):
        if rows:
            with drawing():
                yield _panel(rows, number, len(panels), last, organs, texts)


def _last_day(timelines: Sequence[Timeline]) -> int:
    """Show all of what matters within days, in whole months; what lasts longer runs out of the picture."""
    days = [
        day
        for one in timelines
        for span in one.spans
        if span.kind is not Kind.APLASIA
        for day in (span.first, span.last or span.first)
    ]
    return min(LONGEST, max(60, -(-max(days, default=0) // 30) * 30))


def _row(timeline: Timeline, texts: Texts, scale: float) -> _Row:
    """Give every span a lane: CRS and ICANS, then LICATS, then glucocorticoid, then stays."""
    placed: list[_Placed] = []
    top = 0.0
    for kinds, height in (
        ((Kind.CRS, Kind.ICANS), LANE),
        ((Kind.LICATS,), LANE),
        ((Kind.GLUCOCORTICOID,), THIN),
        ((Kind.STAY, Kind.ICU), THIN),
    ):
        free: list[float] = []
        for span in timeline.of(*kinds):
            label = _label(span, texts) if height == LANE else ""
            room = (breadth(label) * _TEXT / 72 + 0.08) / scale if label else 0
            lane = next((number for number, day in enumerate(free) if day <= span.first), len(free))
            if height == THIN:
                lane = 0  # segments of one course follow each other, and intensive care lies within its stay
            free[lane : lane + 1] = [_end(span) + 1 + room]
            placed.append(_Placed(span, top + lane * height, height, label))
        top += len(free) * height
    return _Row(timeline, tuple(placed), max(top, LANE) + GAP)


def _label(span: Span, texts: Texts) -> str:
    name = span.organ[texts.language] if span.organ else kind_name(span.kind, texts)
    grade = "–" if span.grade is None else str(span.grade)
    return short(f"{name} {grade}", 24)


def _end(span: Span) -> int:
    """Give the last day that is drawn: of what goes on the end of the picture, without an end the first day."""
    return LONGEST + 1 if span.ongoing else span.first if span.last is None else max(span.first, span.last)


def _panel(rows: Sequence[_Row], number: int, of: int, last: int, organs: Sequence[Text], texts: Texts) -> Markup:
    height = sum(one.height for one in rows)
    colours = {organ: OKABE_ITO[place % len(OKABE_ITO)] for place, organ in enumerate(organs)}
    swatches = _swatches(rows, colours, texts)
    above = legend_height(swatches, WIDTH) + 0.05
    canvas = Canvas(f"swimmer{number}", WIDTH, above + height + BOTTOM)
    axes = canvas.axes(LEFT, BOTTOM, RIGHT, above)
    axes.set_xlim(BEFORE, last + 1)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks([-7, 0, 7, 14, *range(30, last + 1, 30)])
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(texts("page.swimmer.days"))
    top = 0.0
    for row in rows:
        _subject(canvas, axes, row, top, last, colours, texts)
        top += row.height
    axes.axvline(0, color=BLUE, linewidth=1.0)
    canvas.legend(swatches)
    says = {"number": number, "of": of, "subjects": len(rows)}
    return canvas.svg(texts("page.swimmer.panel", **says), texts("page.swimmer.description", **says))


def _subject(
    canvas: Canvas,
    axes: Axes,
    row: _Row,
    top: float,
    last: int,
    colours: Mapping[Text, str],
    texts: Texts,
) -> None:
    timeline, bottom = row.timeline, top + row.height - GAP
    for span in timeline.of(Kind.APLASIA):
        _bar(canvas, axes, timeline, span, (top, bottom), APLASIA, "", last, texts)
    axes.axhline(bottom + GAP / 2, color=GRID, linewidth=0.5)
    axes.text(BEFORE - 0.8, (top + bottom) / 2, short(timeline.record, 15), ha="right", va="center")
    for one in row.placed:
        span = one.span
        inset = 0.15 * one.height
        between = (top + one.top + inset, top + one.top + one.height - inset)
        colour, hatch = LOOKS.get(span.kind) or (colours[span.organ] if span.organ else GREY, "")
        _bar(canvas, axes, timeline, span, between, colour, hatch, last, texts)
        if one.label and span.first <= last:
            _name(axes, one.label, _end(span) + 1, sum(between) / 2, last)
    for span in timeline.of(Kind.INFUSION):
        if span.first <= last:
            (mark,) = axes.plot([span.first], [top + 0.01], marker="v", color=BLUE, markersize=5, clip_on=False)
            canvas.mark(mark, span_says(timeline, span, texts), Kind.INFUSION)
    end, dead = (timeline.death, True) if timeline.death is not None else (timeline.seen, False)
    if end <= last:
        (mark,) = axes.plot([end + 1, end + 1], [top, bottom], color=MUTED, linewidth=1, linestyle="dotted")
        canvas.mark(mark, texts("page.swimmer.death" if dead else "page.swimmer.seen", day=end))
        if dead:
            mark.set(color=INK, linewidth=2, linestyle="solid")
            axes.text(end + 1.5, (top + bottom) / 2, "†", va="center")


def _name(axes: Axes, label: str, end: float, height: float, last: int) -> None:
    """Write a label behind a bar, or on it where there is no room behind it."""
    room = breadth(label) * _TEXT / 72 / (WIDTH - LEFT - RIGHT) * (last - BEFORE + 1)
    if end + 0.5 + room <= last + 1:
        axes.text(end + 0.5, height, label, va="center", fontsize=_TEXT)
        return
    on_paper = {"boxstyle": "square,pad=0.1", "facecolor": PAPER, "edgecolor": "none"}
    axes.text(min(end, last) - 1, height, label, va="center", ha="right", fontsize=_TEXT, bbox=on_paper)


def _bar(
    canvas: Canvas,
    axes: Axes,
    timeline: Timeline,
    span: Span,
    between: tuple[float, float],
    colour: str,
    hatch: str,
    last: int,
    texts: Texts,
) -> None:
    """Draw a span's days, the last one included; what runs out of the picture ends in an arrow."""
    from matplotlib.patches import Polygon

    if span.first > last:
        return
    top, bottom = between
    first, end = max(span.first, BEFORE), _end(span) + 1
    corners = [(first, top), (end, top), (end, bottom), (first, bottom)]
    if end > last + 1:
        tip = last + 1
        corners = [(first, top), (tip - 1, top), (tip, (top + bottom) / 2), (tip - 1, bottom), (first, bottom)]
    band = span.kind is Kind.APLASIA
    bar = Polygon(
        corners,
        facecolor=colour,
        edgecolor=GREY if band else INK,
        linewidth=0.3 if band else 0.6,
        hatch=hatch,
        linestyle="dashed" if span.last is None and not span.ongoing else "solid",
    )
    axes.add_patch(bar)
    canvas.mark(bar, span_says(timeline, span, texts), span.kind)


def _swatches(rows: Sequence[_Row], colours: Mapping[Text, str], texts: Texts) -> list[Swatch]:
    """List what occurs in the panel."""
    spans = [span for row in rows for span in row.timeline.spans]
    kinds, present = {one.kind for one in spans}, {one.organ for one in spans}
    return [
        *(Swatch(organ[texts.language], colour) for organ, colour in colours.items() if organ in present),
        *(
            Swatch(kind_name(kind, texts), colour, hatch, GREY if kind is Kind.APLASIA else INK)
            for kind, (colour, hatch) in LOOKS.items()
            if kind in kinds
        ),
    ]
