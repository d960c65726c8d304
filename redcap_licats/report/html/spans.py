"""What a span of a subject's course is called, in words."""

from __future__ import annotations

from redcap_licats.messages import Texts
from redcap_licats.report.timeline import Kind, Span, Timeline

#: acronyms, the same in every language
_ACRONYMS = {Kind.LICATS: "LICATS", Kind.CRS: "CRS", Kind.ICANS: "ICANS"}


def kind_name(kind: Kind, texts: Texts) -> str:
    """Name a kind of span."""
    return _ACRONYMS.get(kind) or texts(f"page.kind.{kind}")


def span_name(span: Span, texts: Texts) -> str:
    """Name a span: its kind, and the organ of LICATS."""
    kind = kind_name(span.kind, texts)
    return texts("page.kind.of_organ", kind=kind, organ=span.organ[texts.language]) if span.organ else kind


def span_end(span: Span, texts: Texts) -> str:
    """Tell a span's last day, or that it goes on, or that none is recorded."""
    if span.ongoing:
        return texts("page.span.ongoing")
    return texts("page.span.no_end") if span.last is None else str(span.last)


def span_says(timeline: Timeline, span: Span, texts: Texts) -> str:
    """Tell all there is to tell of a span, in one line."""
    name = span_name(span, texts)
    if span.grade is not None:
        name = texts("page.span.graded", name=name, grade=span.grade)
    days = (
        texts("page.span.day", first=span.first)
        if span.last == span.first
        else texts("page.span.days", first=span.first, last=span_end(span, texts))
    )
    return " · ".join(filter(None, (timeline.record, name, days, span.about[texts.language])))
