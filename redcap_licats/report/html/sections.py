"""The page's sections, in reading order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redcap_licats.messages import Texts
from redcap_licats.report.facts import Audience, Privacy
from redcap_licats.report.html.block import Block, Section
from redcap_licats.report.html.cohort import (
    cohort_grids,
    comparison_grids,
    events_block,
    grade_block,
    timing_block,
)
from redcap_licats.report.html.courses import incidence_block, swimmer_block
from redcap_licats.report.html.gather import PageData
from redcap_licats.report.html.queries import query_blocks
from redcap_licats.report.link import project_url
from redcap_licats.report.tally import tally_site


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what it stands for; an address makes it a link, and ``items`` are listed one below the other."""

    name: str
    text: str
    url: str = ""
    items: tuple[str, ...] = ()


def sections(data: PageData, texts: Texts) -> tuple[Section, ...]:
    """Give every section with its figures and tables."""

    def section(key: str, *blocks: Block, note: str = "") -> Section:
        return Section(key, texts(f"page.section.{key}"), blocks, note)

    beside = texts("page.note.published")
    if data.report.facts.site:
        beside = f"{beside} {texts('page.note.published_site')}"
    return (
        section("queries", *query_blocks(data.report, texts)),
        section("published", Block(comparison_grids(data, texts)), note=beside),
        section(
            "figures",
            swimmer_block(data, texts),
            incidence_block(data, texts),
            timing_block(data, texts),
            grade_block(data, texts),
        ),
        section("cohort", *(Block((grid,)) for grid in cohort_grids(data, texts)), note=texts("page.note.cohort")),
        section("events", events_block(data, texts)),
    )


def run_facts(data: PageData, texts: Texts) -> tuple[Fact, ...]:
    """Tell what the run looked at, and for whom the page is."""
    report, facts = data.report, data.report.facts

    def named(key: str, text: str, url: str = "", items: Iterable[str] = ()) -> Fact:
        return Fact(texts(f"report.readme.{key}"), text, url, tuple(items))

    version = facts.redcap_version or texts("report.value.unknown")
    coverage = facts.coverage
    none = texts("report.none")
    left_out = [f"{record}: {why}" for record, why in sorted(coverage.left_out.items())]
    lacking = [named("without_source", "", items=facts.without_source)] if facts.without_source else []
    policy = "privacy_values" if facts.privacy is Privacy.VALUES else "privacy_no_values"
    return (
        named("study", facts.study),
        named("site", facts.site or texts("report.all_sites")),
        Fact(texts("report.readme.audience"), texts(f"page.audience_{facts.audience}")),
        named("made_at", f"{facts.at:%Y-%m-%d %H:%M} {facts.at.tzname()}"),
        Fact(texts("report.readme.data_cut"), data.until.isoformat()),
        Fact(texts("page.run.privacy"), texts(f"page.run.{policy}")),
        named(
            "redcap",
            texts("report.readme.redcap_text", pid=facts.project_id, version=version),
            project_url(facts),
        ),
        named(
            "protocol",
            texts("report.readme.protocol_text", version=report.protocol_version, hash=report.protocol_hash[:12]),
        ),
        named("coverage", texts("report.readme.coverage_text", read=coverage.read, records=coverage.records)),
        named("left_out", "" if left_out else none, items=left_out),
        named("frozen", "" if coverage.frozen else none, items=coverage.frozen),
        *lacking,
    )


def key_figures(data: PageData, texts: Texts) -> tuple[Fact, ...]:
    """Give the numbers that a reader looks for first."""
    whole = tally_site(data.report)
    figures = {
        "subjects": whole.subjects,
        "infused": whole.infused,
        "with_licats": whole.with_licats,
        "events": whole.events,
        "waiting_site": whole.queries.waiting_for["site"],
        "waiting_monitor": whole.queries.waiting_for["monitor"],
        "overdue": whole.queries.overdue,
        "held": data.report.held,
        "skipped": sum(bool(rule.skipped) for rule in data.report.rules),
    }
    if data.report.facts.audience is Audience.SITE:
        del figures["waiting_monitor"]
    return tuple(Fact(texts(f"report.summary.{key}"), str(number)) for key, number in figures.items())


def notes(data: PageData, texts: Texts) -> tuple[str, ...]:
    """Say what has to be known to read the page."""
    keys = ("counts", "day_zero", "settings", "paper")
    withheld = [texts("page.note.grades_withheld", number=data.withheld)] if data.withheld else []
    return (*(texts(f"page.note.{key}") for key in keys), *withheld)
