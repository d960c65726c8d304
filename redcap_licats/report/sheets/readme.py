"""What the workbook is, where it comes from and how to work with it."""

from __future__ import annotations

from redcap_licats.report.book import Book
from redcap_licats.report.inputs import input_columns
from redcap_licats.report.link import project_url
from redcap_licats.report.page import Page
from redcap_licats.report.sheets.queries import SEVERITY_TONES, priority
from redcap_licats.report.tally import severities

WIDTHS = (28, 110)
SHEETS = ("summary", "open_queries", "events", "rules", "changes")
NOTES = ("truth", "settings", "protected", "apostrophe", "privacy")


def add_readme(book: Book) -> None:
    """Add the page that a reader opens first."""
    page = Page(book, "readme", WIDTHS)
    page.title(page.text("title", study=book.report.facts.study))
    page.note(page.text("subtitle"))
    _facts(page)
    page.heading("sheets")
    for key in SHEETS:
        page.pair(book.texts(f"report.sheet.{key}"), page.text(f"sheet_{key}"))
    page.heading("decide")
    for step in ("1", "2", "3"):
        page.pair(step, page.text(f"decide_{step}"))
    if input_columns(book.report.facts):
        page.field(page.text("author"))
    page.heading("priorities")
    for severity in severities(book.report):
        label = book.report.wording.severities[severity]
        page.pair(
            priority(severity, label, book.texts), page.text(f"priority_{severity}"), tone=SEVERITY_TONES[severity]
        )
    page.heading("notes")
    for note in NOTES:
        page.pair(page.text(f"note_{note}"), page.text(f"note_{note}_text"))


def _facts(page: Page) -> None:
    report, facts = page.book.report, page.book.report.facts
    coverage = facts.coverage
    page.heading("facts")
    page.pair(page.text("study"), facts.study)
    page.pair(page.text("site"), page.book.site)
    page.pair(page.text("audience"), page.text(f"audience_{facts.audience}"))
    page.pair(page.text("made_at"), page.book.made_at)
    page.pair(
        page.text("redcap"),
        page.text("redcap_text", pid=facts.project_id, version=facts.redcap_version),
        url=project_url(facts),
    )
    page.pair(
        page.text("protocol"),
        page.text("protocol_text", version=report.protocol_version, hash=report.protocol_hash[:12]),
    )
    page.pair(page.text("coverage"), page.text("coverage_text", read=coverage.read, records=coverage.records))
    if coverage.left_out:
        page.pair(
            page.text("left_out"), "\n".join(f"{record}: {reason}" for record, reason in coverage.left_out.items())
        )
    if coverage.frozen:
        page.pair(page.text("frozen"), ", ".join(coverage.frozen))
