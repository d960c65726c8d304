"""The page's part on time: each subject's course, and the cumulative incidence of LICATS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from redcap_licats.cohort.incidence import Curve, Fate, Observed, cumulative_incidence
from redcap_licats.cohort.table import NOTHING
from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Text
from redcap_licats.report.facts import Privacy
from redcap_licats.report.html.block import Block, Figure, Layer
from redcap_licats.report.html.figures.incidence import incidence_panels
from redcap_licats.report.html.figures.swimmer import swimmer
from redcap_licats.report.html.gather import PageData
from redcap_licats.report.html.grid import Column, Grid, cells
from redcap_licats.report.html.spans import kind_name, span_end, span_name
from redcap_licats.report.timeline import Kind, Timeline

#: most subjects that the swimmer plot shows
MOST = 120
#: kinds of which a subject must have one to be in the swimmer plot
HAPPENED = (Kind.LICATS, Kind.CRS, Kind.ICANS)
#: days at which the incidence is told
DAYS = (7, 14, 30, 60, 90, 120, 180)


def swimmer_block(data: PageData, texts: Texts) -> Block:
    """Give the course of the subjects with LICATS, CRS or ICANS: the first ones, where there are many."""
    if data.report.facts.privacy is Privacy.NO_VALUES:
        return Block(note=texts("page.swimmer.withheld"))
    concerned = sorted((one for one in data.timelines if one.of(*HAPPENED)), key=_first)
    shown = concerned[:MOST]
    if not shown:
        return Block(note=texts("page.swimmer.none"))
    kinds = {span.kind for one in shown for span in one.spans}
    says = texts(
        "page.swimmer.note" if len(shown) == len(concerned) else "page.swimmer.cut",
        shown=len(shown),
        concerned=len(concerned),
        treated=len(data.timelines),
    )
    figure = Figure(
        "swimmer",
        texts("page.swimmer.title"),
        tuple(swimmer(shown, data.report.wording.organs, texts)),
        f"{says} {texts('page.swimmer.reading')}",
        tuple(Layer(kind, kind_name(kind, texts)) for kind in Kind if kind in kinds),
    )
    return Block(figure=figure, grids=(_spans(shown, texts),))


def _first(one: Timeline) -> tuple[bool, int]:
    """Sort by the first LICATS; subjects without any come last, by their first CRS or ICANS."""
    licats = one.of(Kind.LICATS)
    return not licats, min(span.first for span in licats or one.of(*HAPPENED))


def _spans(timelines: Iterable[Timeline], texts: Texts) -> Grid:
    return Grid(
        "swimmer-numbers",
        texts("page.swimmer.numbers"),
        (
            Column(texts("report.column.subject")),
            Column(texts("report.column.site"), choices=True),
            Column(texts("page.span.what"), choices=True),
            Column(texts("page.span.first"), number=True),
            Column(texts("page.span.last"), number=True),
            Column(texts("page.span.grade"), number=True),
            Column(texts("page.span.about")),
        ),
        tuple(
            cells(
                (
                    one.record,
                    one.site,
                    span_name(span, texts),
                    span.first,
                    span_end(span, texts),
                    span.grade,
                    span.about[texts.language],
                )
            )
            for one in timelines
            for span in one.spans
        ),
        tools=True,
        folded=True,
        note=texts("page.swimmer.numbers_note"),
    )


def incidence_block(data: PageData, texts: Texts) -> Block:
    """Give the cumulative incidence of the first LICATS of any organ and of each."""
    language = texts.language
    if not data.timelines:
        return Block(note=texts("page.incidence.none"))
    named: list[tuple[str, Text | None]] = [
        (texts("page.incidence.any"), None),
        *((organ[language], organ) for organ in data.report.wording.organs),
    ]
    curves = [(label, cumulative_incidence(_observed(data.timelines, organ))) for label, organ in named]
    latest = max((day for _, curve in curves for day in curve.days), default=0)
    until = min(DAYS[-1], max(60, -(-latest // 30) * 30))
    deaths = sum(one.death is not None for one in data.timelines)
    title = texts("page.incidence.title")
    figure = Figure(
        "incidence",
        title,
        (incidence_panels(curves, until, texts, title, texts("page.incidence.description")),),
        texts("page.incidence.note", subjects=len(data.timelines), deaths=deaths),
    )
    return Block(figure=figure, grids=(_incidence(curves, texts),))


def _observed(timelines: Iterable[Timeline], organ: Text | None) -> Iterator[Observed]:
    """Tell for every treated subject how the wait for a first LICATS ended."""
    for one in timelines:
        onsets = [span.first for span in one.of(Kind.LICATS) if organ in (None, span.organ)]
        if onsets:
            yield Observed(max(0, min(onsets)), Fate.EVENT)
        elif one.death is not None:
            yield Observed(max(0, one.death), Fate.DEATH)
        else:
            yield Observed(one.seen, Fate.CENSORED)


def _incidence(curves: Sequence[tuple[str, Curve]], texts: Texts) -> Grid:
    def told(curve: Curve, day: int) -> str:
        reached = curve.at(day)
        return NOTHING if reached is None else f"{100 * reached:.1f} % ({curve.at_risk(day)})"

    return Grid(
        "incidence-numbers",
        texts("page.incidence.numbers"),
        (
            Column(texts("report.summary.organ")),
            Column(texts("page.incidence.events"), number=True),
            *(Column(texts("page.incidence.by_day", day=day), number=True) for day in DAYS),
        ),
        tuple(cells((label, curve.events, *(told(curve, day) for day in DAYS))) for label, curve in curves),
    )
