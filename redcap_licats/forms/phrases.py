"""Differences in words: what differs, and what to do about it."""

from __future__ import annotations

from redcap_licats.definition.compare import plain
from redcap_licats.forms.compare import Difference, Effect, Judged, Kind

_LONGEST = 60

_GONE = (Kind.FORM_GONE, Kind.FIELD_GONE, Kind.CHOICE_GONE, Kind.REPEAT_GONE, Kind.EVENT_GONE)


def what(one: Difference) -> str:
    """Say what differs: the kind, then what it was and what it becomes."""
    before, after = _short(one.before), _short(one.after)
    if one.kind in (Kind.COLLISION, Kind.MISSING_ANSWER):
        return f"{one.kind}: the study means {before or 'something else'}" + (
            f", we mean {after}" if after else ""
        )
    if one.kind in _GONE or not (before or after):
        return f"{one.kind}: {before}" if before else one.kind.value
    if not before:
        return f"{one.kind}: {after}"
    return f"{one.kind}: {before} → {after or 'nothing'}"


def remedy(judged: Judged, *, production: bool, prefix: str) -> str:
    """Say what to do about a difference; '' where deploying or uploading does it."""
    one = judged.difference
    match one.kind:
        case Kind.COLLISION:
            return f'Write prefix = "{prefix}" into the mapping: all our names then begin with it.'
        case Kind.MISSING_CODES:
            return "By hand: add the codes on 'Project Setup', 'Additional customizations', 'Missing Data Codes'."
        case Kind.MISSING_ANSWER:
            return "By hand: give the missing-data code another code on 'Project Setup', before data are entered."
        case Kind.FORM_LABEL:
            return "By hand: rename the form in the Online Designer."
    if judged.effect is Effect.LOSS:
        name = min(one.names)
        return (
            f"Export and keep these data, or move them; if they may go: --accept-loss {name}"
            if not production
            else "Export and keep these data, or move them, before the change is submitted."
        )
    if production and judged.effect is Effect.DRAFT:
        return "Upload the dictionary in draft mode and let the change be reviewed."
    return ""


def _short(text: str) -> str:
    words = plain(text)
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
