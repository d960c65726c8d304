"""How queries moved since the last report and how old they are: tables of the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redcap_licats.messages import Texts
from redcap_licats.report.flow import AGE_BANDS, Flow, flow_by, flow_of_all
from redcap_licats.report.model import RuleLine
from redcap_licats.report.page import Page
from redcap_licats.report.queries import RANK
from redcap_licats.report.sheets.query_columns import priority
from redcap_licats.report.styles import Tone
from redcap_licats.report.tally import severities

#: Columns of a table of movement: the name, then new, closed, still open, changed, open, and the age bands.
FLOW_COLUMNS = 5
FIRST_AGE = 2 + FLOW_COLUMNS


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table, its head first; none below it where nothing is to tell."""

    head: int
    first: int
    last: int

    @property
    def any(self) -> bool:
        """Whether there is a row below the head."""
        return self.last >= self.first


def band_name(band: tuple[int, int | None], texts: Texts) -> str:
    """Word an age band."""
    first, last = band
    return (
        texts("report.summary.days_over", days=first - 1)
        if last is None
        else texts("report.summary.days_between", first=first, last=last)
    )


def by_severity(page: Page) -> Rows:
    """Add the table by severity, every severity that the audience sees in it."""
    words, texts = page.book.report.wording.severities, page.book.texts
    flows = flow_by(page.book.report, lambda line: line.severity)
    named = [(priority(one, words[one], texts), flows.get(one)) for one in severities(page.book.report)]
    rows = _table(page, "by_severity", "severity", named)
    _row(page, page.text("total"), flow_of_all(page.book.report), bold=True)
    return rows


def by_form(page: Page) -> Rows:
    """Add the table by form, the one with most open queries first."""
    language = page.book.texts.language
    flows = flow_by(page.book.report, lambda line: (line.form.en, line.form.ja))
    ordered = sorted(flows.items(), key=lambda one: (-one[1].open, one[0]))
    return _table(page, "by_form", "form", [(label[language == "ja"], flow) for label, flow in ordered])


def by_rule(page: Page) -> Rows:
    """Add the table by rule, gravest first, of the rules that have moved or wait."""
    report, language = page.book.report, page.book.texts.language
    titles = {one.id: one.title[language] for one in report.rules}
    flows = flow_by(report, lambda line: (RANK[line.severity], line.rule, line.manual))
    named = [
        (page.book.texts("report.value.manual") if manual else f"{rule} {titles.get(rule, '')}".strip(), flow)
        for (_, rule, manual), flow in sorted(flows.items())
    ]
    return _table(page, "by_rule", "rule", named)


def confirmed_too_often(page: Page) -> None:
    """Point out the rules that sites confirm correct too often."""
    found = [one for one in page.book.report.rules if one.burden.too_often]
    page.heading("too_often")
    for rule in found:
        _point_out(page, rule)
    if not found:
        page.note(page.text("too_often_none"))


def _point_out(page: Page, rule: RuleLine) -> None:
    texts, burden = page.book.texts, rule.burden
    told = texts("report.value.confirmed", confirmed=burden.confirmed, answered=burden.answered)
    page.note(f"{rule.id} {rule.title[texts.language]}: {told}")


def _table(page: Page, heading: str, group: str, named: Sequence[tuple[str, Flow | None]]) -> Rows:
    texts = page.book.texts
    page.heading(heading)
    page.head(
        [
            page.text(group),
            *map(page.text, ("new", "closed", "still_open", "changed", "open_now")),
            *(band_name(band, texts) for band in AGE_BANDS),
        ]
    )
    head = page.last_row
    for name, flow in named:
        _row(page, name, flow)
    if not named:
        page.note(texts("report.none"))
        return Rows(head, head + 1, head)
    return Rows(head, head + 1, page.last_row)


def _row(page: Page, name: str, flow: Flow | None, *, bold: bool = False) -> None:
    figures = [0] * (FLOW_COLUMNS + len(AGE_BANDS))
    if flow:
        figures = [flow.new, flow.closed, flow.still_open, flow.changed, flow.open, *flow.ages]
    tones: list[Tone | None] = [None] * len(figures)
    if figures[3]:
        tones[3] = Tone.AMBER
    if figures[-1]:
        tones[-1] = Tone.RED
    page.row(name, figures, tones=tones, bold=bold)
