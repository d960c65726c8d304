"""The things that checks look at one by one."""

from __future__ import annotations

from collections.abc import Iterable

from redcap_licats.check.model import Context
from redcap_licats.derive.model import EventResult
from redcap_licats.derive.toxicity import EpisodeResult
from redcap_licats.subject.model import (
    AdverseEvent,
    Assessment,
    Course,
    Enrolment,
    Infusion,
    Sample,
    Stay,
    Subject,
    Toxicity,
)


def subject(context: Context) -> Iterable[Subject]:
    """Give the subject itself, once."""
    return (context.subject,)


def enrolment(context: Context) -> Iterable[Enrolment]:
    """Give the enrolment form, where it was begun."""
    return (context.subject.enrolment,) if context.subject.enrolment else ()


def infusion(context: Context) -> Iterable[Infusion]:
    """Give every infusion."""
    return context.subject.infusions


def event(context: Context) -> Iterable[EventResult]:
    """Give every organ event with what was derived of it."""
    return context.derived.events


def sample(context: Context) -> Iterable[Sample]:
    """Give every laboratory sample."""
    return context.subject.samples


def assessment(context: Context) -> Iterable[Assessment]:
    """Give every assessment."""
    return context.subject.assessments


def toxicity(context: Context) -> Iterable[Toxicity]:
    """Give every episode of CRS or ICANS."""
    return context.subject.toxicities


def episode(context: Context) -> Iterable[EpisodeResult]:
    """Give every episode of CRS or ICANS with what was derived of it."""
    return context.derived.episodes


def course(context: Context) -> Iterable[Course]:
    """Give every glucocorticoid dose segment."""
    return context.subject.courses


def stay(context: Context) -> Iterable[Stay]:
    """Give every hospital stay."""
    return context.subject.stays


def adverse_event(context: Context) -> Iterable[AdverseEvent]:
    """Give every adverse event."""
    return context.subject.adverse_events
