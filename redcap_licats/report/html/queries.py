"""The page's part on queries: how many wait, for whom, how long, and by which check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Severity
from redcap_licats.report.html.block import Block, Figure
from redcap_licats.report.html.figures.bars import divided_bars
from redcap_licats.report.html.figures.canvas import GREY, ORANGE, PURPLE, SKY, VERMILION, Swatch
from redcap_licats.report.html.grid import Column, Grid, cells, counted
from redcap_licats.report.model import QueryLine, Report
from redcap_licats.report.tally import severities, tally_site

#: first and last day that a query waits, of each band
BANDS: Sequence[tuple[int, int | None]] = ((0, 7), (8, 14), (15, 30), (31, 60), (61, None))

LOOKS: Mapping[Severity, tuple[str, str]] = {
    Severity.HARD: (VERMILION, ""),
    Severity.QUERY: (ORANGE, "////"),
    Severity.SOFT: (SKY, "----"),
    Severity.MEDICAL: (PURPLE, "xxxx"),
    Severity.INFO: (GREY, ""),
}


def query_blocks(report: Report, texts: Texts) -> tuple[Block, ...]:
    """Give open queries by site, by age, by check."""
    return (
        Block(grids=(_by_site(report, texts),)),
        Block(figure=_ageing(report, texts), grids=(_age_by_severity(report, texts), _age_by_site(report, texts))),
        Block(grids=(_by_check(report, texts),)),
    )


def _by_site(report: Report, texts: Texts) -> Grid:
    shown = severities(report)
    heads = [
        *(texts(f"report.summary.{key}") for key in ("subjects_short", "with_licats_short", "events_short")),
        *(report.wording.severities[one][texts.language] for one in shown),
        *(
            texts(f"report.summary.{key}")
            for key in ("open_total", "waiting_site", "waiting_monitor", "overdue_short", "oldest")
        ),
    ]

    def figures(site: str | None) -> list[object]:
        tally = tally_site(report, site)
        queries = tally.queries
        return [
            tally.subjects,
            tally.with_licats,
            tally.events,
            *(queries.by_severity[one] for one in shown),
            queries.total,
            queries.waiting_for["site"],
            queries.waiting_for["monitor"],
            queries.overdue,
            queries.oldest,
        ]

    return Grid(
        "queries-by-site",
        texts("report.summary.by_site"),
        (Column(texts("report.summary.site")), *(Column(head, number=True) for head in heads)),
        tuple(cells((_site(one, texts), *figures(one))) for one in report.sites),
        (cells((texts("report.summary.total"), *figures(None))),),
    )


def _site(site: str, texts: Texts) -> str:
    return site or texts("report.summary.no_site")


def _bands(texts: Texts) -> list[str]:
    return [
        texts("page.ageing.longer", first=first)
        if last is None
        else texts("page.ageing.band", first=first, last=last)
        for first, last in BANDS
    ]


def _band(query: QueryLine) -> int | None:
    """Find the band of a query; None where the day it was raised is not known."""
    days = query.days_open
    if days is None:
        return None
    return next(place for place, (_, last) in enumerate(BANDS) if last is None or days <= last)


def _ageing(report: Report, texts: Texts) -> Figure:
    shown = severities(report)
    numbers = Counter((_band(one), one.severity) for one in report.queries)
    parts = [Swatch(report.wording.severities[one][texts.language], *LOOKS[one]) for one in shown]
    rows = [(label, [numbers[place, one] for one in shown]) for place, label in enumerate(_bands(texts))]
    title = texts("page.ageing.title")
    return Figure(
        "ageing",
        title,
        (divided_bars("ageing", rows, parts, title, texts("page.ageing.description"), texts("page.ageing.axis")),),
        texts("page.ageing.note"),
    )


def _age_by_severity(report: Report, texts: Texts) -> Grid:
    shown = severities(report)
    numbers = Counter((_band(one), one.severity) for one in report.queries)
    return counted(
        "ageing-by-severity",
        texts("page.ageing.by_severity"),
        texts("page.ageing.age"),
        [report.wording.severities[one][texts.language] for one in shown],
        [(label, [numbers[place, one] for one in shown]) for place, label in enumerate(_bands(texts))],
        texts("report.summary.total"),
    )


def _age_by_site(report: Report, texts: Texts) -> Grid:
    numbers = Counter((one.site, _band(one)) for one in report.queries)
    return counted(
        "ageing-by-site",
        texts("page.ageing.by_site"),
        texts("report.summary.site"),
        _bands(texts),
        [(_site(site, texts), [numbers[site, place] for place in range(len(BANDS))]) for site in report.sites],
        texts("report.summary.total"),
    )


def _by_check(report: Report, texts: Texts) -> Grid:
    language = texts.language

    def state(enabled: bool, skipped: str) -> str:
        if not enabled:
            return texts("page.checks.off")
        return texts("page.checks.skipped", reason=skipped) if skipped else texts("page.checks.run")

    return Grid(
        "checks",
        texts("page.checks.title"),
        (
            Column(texts("report.column.rule")),
            Column(texts("report.column.priority"), choices=True),
            Column(texts("report.column.title")),
            Column(texts("report.column.fired"), number=True),
            Column(texts("report.column.open"), number=True),
            Column(texts("page.checks.state"), choices=True),
        ),
        tuple(
            cells(
                (
                    one.id,
                    one.severity_label[language],
                    one.title[language],
                    one.burden.fired,
                    one.burden.open,
                    state(one.enabled, one.skipped),
                )
            )
            for one in report.rules
        ),
        tools=True,
        folded=True,
    )
