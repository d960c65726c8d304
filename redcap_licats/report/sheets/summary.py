"""The figures of a report on one page."""

from __future__ import annotations

from redcap_licats.report.book import Book
from redcap_licats.report.page import Page
from redcap_licats.report.sheets.queries import SEVERITY_TONES
from redcap_licats.report.styles import Tone
from redcap_licats.report.tally import GRADES, SiteTally, classes_of_organ, grades_of_organ, severities, tally_site

WIDTHS = (34, *[14] * 10)


def add_summary(book: Book) -> None:
    """Add the key figures, then sites, organs by grade, organs by classification."""
    page = Page(book, "summary", WIDTHS)
    page.title(page.text("title", study=book.report.facts.study))
    page.note(f"{book.site} · {book.made_at}")
    whole = tally_site(book.report)
    _key_figures(page, whole)
    _sites(page, whole)
    _organs_by_grade(page)
    _organs_by_class(page)
    page.gap()
    page.note(page.text("counts_note"))


def _key_figures(page: Page, whole: SiteTally) -> None:
    figures = {
        "subjects": whole.subjects,
        "infused": whole.infused,
        "with_licats": whole.with_licats,
        "events": whole.events,
        "waiting_site": whole.queries.waiting_for["site"],
        "waiting_monitor": whole.queries.waiting_for["monitor"],
        "overdue": whole.queries.overdue,
        "held": page.book.report.held,
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
