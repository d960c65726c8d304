"""What the workbook is, where it comes from and how to work with it."""

from __future__ import annotations

from importlib.metadata import version

from redcap_licats.report.book import Book
from redcap_licats.report.facts import Audience, Privacy
from redcap_licats.report.link import project_url
from redcap_licats.report.page import Page
from redcap_licats.report.privacy import MASK
from redcap_licats.report.sheets.query_columns import SEVERITY_TONES, priority
from redcap_licats.report.styles import Tone
from redcap_licats.report.tally import severities

WIDTHS = (30, 112)
SHEETS = ("summary", "open_queries", "answered", "closed", "missing", "events", "rules", "changes")
NOTES = ("truth", "course", "settings", "protected", "apostrophe", "privacy")


def add_readme(book: Book) -> None:
    """Add the page that a reader opens first."""
    page = Page(book, "readme", WIDTHS)
    page.title(page.text("title", study=book.report.facts.study))
    page.note(page.text("subtitle"))
    _facts(page)
    _coverage(page)
    page.heading("sheets")
    for key in SHEETS:
        page.pair(book.texts(f"report.sheet.{key}"), page.text(f"sheet_{key}"))
    _how_to_answer(page)
    page.heading("priorities")
    for severity in severities(book.report):
        label = book.report.wording.severities[severity]
        page.pair(
            priority(severity, label, book.texts), page.text(f"priority_{severity}"), tone=SEVERITY_TONES[severity]
        )
    page.heading("notes")
    for note in NOTES:
        page.pair(page.text(f"note_{note}"), page.text(f"note_{note}_text"))
    if book.report.facts.privacy is Privacy.NO_VALUES:
        page.pair(page.text("note_masked"), page.text("note_masked_text", mask=MASK), tone=Tone.AMBER)


def _facts(page: Page) -> None:
    report, facts = page.book.report, page.book.report.facts
    page.heading("facts")
    page.pair(page.text("study"), facts.study)
    page.pair(page.text("site"), page.book.site)
    page.pair(page.text("audience"), page.text(f"audience_{facts.audience}"))
    page.pair(page.text("made_at"), page.book.made_at)
    page.pair(page.text("data_cut"), facts.until.isoformat())
    page.pair(page.text("since"), page.text("since_text", day=facts.new_from))
    page.pair(
        page.text("redcap"),
        page.text("redcap_text", pid=facts.project_id, version=facts.redcap_version),
        url=project_url(facts),
    )
    page.pair(
        page.text("protocol"),
        page.text("protocol_text", version=report.protocol_version, hash=report.protocol_hash[:12]),
    )
    page.pair(page.text("program"), page.text("program_text", version=version("redcap_licats")))


def _coverage(page: Page) -> None:
    """Say what was looked at, and loudly what was not."""
    coverage = page.book.report.facts.coverage
    told = page.text("coverage_text", read=coverage.read, records=coverage.records)
    if coverage.complete:
        page.pair(page.text("coverage"), f"{told} {page.text('complete')}")
    else:
        page.pair(page.text("coverage"), f"{told} {page.text('incomplete')}", tone=Tone.RED)
    if coverage.unread:
        page.pair(page.text("unread"), page.text("unread_text", count=coverage.unread), tone=Tone.RED)
    if coverage.left_out:
        page.pair(
            page.text("left_out"),
            "\n".join(f"{record}: {reason}" for record, reason in coverage.left_out.items()),
            tone=Tone.RED,
        )
    if coverage.frozen:
        page.pair(page.text("frozen"), ", ".join(coverage.frozen))
    if lacking := page.book.report.facts.without_source:
        page.pair(page.text("without_source"), "\n".join(lacking))


def _how_to_answer(page: Page) -> None:
    """Tell sites how to answer and monitors how to decide."""
    facts = page.book.report.facts
    if facts.audience is Audience.MONITOR:
        kind, steps = "decide", 4
    elif facts.site_answers:
        kind, steps = "fill_in", 3
    else:
        kind, steps = "answer", 3
    page.heading(kind)
    for step in range(1, steps + 1):
        where = "_where" if facts.in_threads and (kind, step) == ("answer", 2) else ""
        page.pair(str(step), page.text(f"{kind}_{step}{where}"))
    if facts.in_threads:
        page.pair(str(steps + 1), page.text("threads"))
    if kind != "answer" and page.book.secret is not None:
        page.field(page.text("author"))
