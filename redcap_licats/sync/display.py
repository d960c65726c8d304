"""The line per organ that the organ forms show at their top, in the study's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redcap_licats.derive.model import EventResult
from redcap_licats.messages import Texts
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.lifecycle import waits_for
from redcap_licats.query.model import Query
from redcap_licats.sync.open_queries import open_queries


def organ_line(slug: str, events: Iterable[EventResult], queries: Sequence[Query], protocol: Protocol) -> str:
    """Word an organ's events: grade, timing class, day, open queries; '' if the organ has none."""
    texts = Texts(protocol.settings.language)
    own = sorted((one for one in events if one.event.organ == slug), key=lambda one: one.event.place)
    return texts("display.line.between").join(_event(one, queries, protocol, texts) for one in own)


def _event(event: EventResult, queries: Sequence[Query], protocol: Protocol, texts: Texts) -> str:
    facts = [_grade(event, texts)] if _grade_may_be_seen(event, protocol) else []
    if event.timing:
        facts.append(texts(f"display.timing.{event.timing}"))
    if event.onset_day is None:
        facts.append(texts("display.line.no_day"))
    else:
        facts.append(texts("display.line.day", day=event.onset_day))
    line = texts(
        "display.line.event",
        organ=protocol.organs[event.event.organ].label[texts.language],
        instance=event.event.place.instance,
        facts=texts("display.line.comma").join(facts),
    )
    return line + _open(open_queries(queries, event.event.place), texts)


def _open(queries: Sequence[Query], texts: Texts) -> str:
    """Say how many queries are open, and how many of them wait no longer for the site.

    No numbers of queries: an undone run or a fault may leave them different, and the line is derived data.
    """
    if not queries:
        return ""
    number = len(queries)
    count = texts("display.line.one_query") if number == 1 else texts("display.line.queries", number=number)
    answered = sum(waits_for(one) != "site" for one in queries)
    return count + (texts("display.line.answered", number=answered) if answered else "")


def _grade_may_be_seen(event: EventResult, protocol: Protocol) -> bool:
    """Hide the derived grade until the investigator's own is saved, so that disagreement means something."""
    return not protocol.settings.show_grade_after_investigator or event.event.investigator_grade is not None


def _grade(event: EventResult, texts: Texts) -> str:
    if "FATAL" in event.flags:
        return texts("display.line.fatal")
    if event.final_grade is None:
        return texts("display.line.no_grade")
    kind = "adjudicated" if event.adjudicated else "provisional" if event.provisional else "grade"
    return texts(f"display.line.{kind}", grade=event.final_grade)
