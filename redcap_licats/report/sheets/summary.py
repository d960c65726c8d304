"""The figures of a report on one page."""

from __future__ import annotations

from redcap_licats.report.book import Book
from redcap_licats.report.flow import flow_of_all
from redcap_licats.report.page import Page
from redcap_licats.report.sheets.charts import age_chart, form_chart, movement_chart
from redcap_licats.report.sheets.movement import by_form, by_rule, by_severity, confirmed_too_often
from redcap_licats.report.sheets.query_columns import SEVERITY_TONES
from redcap_licats.report.styles import Tone
from redcap_licats.report.tally import GRADES, SiteTally, classes_of_organ, grades_of_organ, severities, tally_site

WIDTHS = (38, *[14] * 10)

#: The row beside which the charts begin: that of the heading of the key figures.
CHARTS_ROW = 5


def add_summary(book: Book) -> None:
    """Add the key figures with charts beside them, then queries and events counted in several ways."""
    page = Page(book, "summary", WIDTHS, one_page=False)
    page.title(page.text("title", study=book.report.facts.study))
    page.note(f"{book.site} · {book.made_at}")
    page.note(page.text("since_note", day=book.report.facts.new_from))
    whole = tally_site(book.report)
    _key_figures(page, whole)
    severity_rows = by_severity(page)
    _sites(page, whole)
    form_rows = by_form(page)
    page.break_page()
    by_rule(page)
    confirmed_too_often(page)
    _organs_by_grade(page)
    _organs_by_class(page)
    page.gap()
    page.note(page.text("counts_note"))
    if book.report.queries:
        page.chart(age_chart(page, severity_rows), f"C{CHARTS_ROW}")
        page.chart(form_chart(page, form_rows), f"I{CHARTS_ROW}")
    if book.report.queries or book.report.closed:
        page.chart(movement_chart(page, severity_rows), f"F{CHARTS_ROW}")


def _key_figures(page: Page, whole: SiteTally) -> None:
    flow = flow_of_all(page.book.report)
    figures = {
        "subjects": whole.subjects,
        "infused": whole.infused,
        "with_licats": whole.with_licats,
        "events": whole.events,
        "waiting_site": whole.queries.waiting_for["site"],
        "waiting_monitor": whole.queries.waiting_for["monitor"],
        "overdue": whole.queries.overdue,
        "new_queries": flow.new,
        "closed_queries": flow.closed,
        "changed_queries": flow.changed,
        "held": page.book.report.held,
        "missing": len(page.book.report.missing),
        "skipped": sum(bool(rule.skipped) for rule in page.book.report.rules),
    }
    page.heading("key_figures")
    for key, figure in figures.items():
        page.row(page.text(key), [figure], tones=[Tone.RED if key == "overdue" and figure else None])


def _sites(page: Page, whole: SiteTally) -> None:
    report, language = page.book.report, page.book.texts.language
    shown = severities(report)
    page.heading("by_site")
    page.head(
        [
            *map(page.text, ("site", "subjects_short", "with_licats_short", "events_short")),
            *(report.wording.severities[one][language] for one in shown),
            *map(page.text, ("open_total", "overdue_short", "oldest")),
        ]
    )
    named = [(site or page.text("no_site"), tally_site(report, site)) for site in report.sites]
    for name, tally in (*named, (page.text("total"), whole)):
        queries = tally.queries
        counts = [queries.by_severity[one] for one in shown]
        page.row(
            name,
            [
                tally.subjects,
                tally.with_licats,
                tally.events,
                *counts,
                queries.total,
                queries.overdue,
                queries.oldest,
            ],
            tones=[
                *[None] * 3,
                *(SEVERITY_TONES[one] if count else None for one, count in zip(shown, counts, strict=True)),
                *(None, Tone.RED if queries.overdue else None, None),
            ],
            bold=tally is whole,
        )


def _organs_by_grade(page: Page) -> None:
    report, language = page.book.report, page.book.texts.language
    page.heading("by_grade")
    grades = [page.text("grade", grade=grade) for grade in GRADES]
    page.head([page.text("organ"), *grades, page.text("no_grade"), page.text("total")])
    for organ in (*report.wording.organs, None):
        counts = grades_of_organ(report, organ)
        figures = [*(counts[grade] for grade in (*GRADES, None)), counts.total()]
        name = organ[language] if organ else page.text("total")
        page.row(name, figures, tones=[None] * len(figures), bold=organ is None)


def _organs_by_class(page: Page) -> None:
    report, language = page.book.report, page.book.texts.language
    words = report.wording.classifications
    page.heading("by_class")
    page.head([page.text("organ"), *(one[language] for one in words.values()), page.text("total")])
    for organ in (*report.wording.organs, None):
        counts = classes_of_organ(report, organ)
        figures = [*(counts[one] for one in words), counts.total()]
        name = organ[language] if organ else page.text("total")
        page.row(name, figures, tones=[None] * len(figures), bold=organ is None)
