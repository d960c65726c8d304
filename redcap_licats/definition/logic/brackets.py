"""What stands in square brackets: fields, events, instances and smart variables."""

from __future__ import annotations

import re

from redcap_licats.definition.logic.expressions import Expression, Reference, SmartVariable

_FIELD = re.compile(r"(?P<field>[a-z0-9_]+)(\((?P<code>[^()]+)\))?(:(?P<option>[a-z0-9_:-]+))?", re.IGNORECASE)
_SMART = re.compile(r"(?P<name>[a-z]+(-[a-z]+)+)(:(?P<parameters>[^\[\]]*))?", re.IGNORECASE)
_EVENT = re.compile(r"[a-z0-9_]+|[a-z]+(-[a-z]+)+", re.IGNORECASE)
_INSTANCE = re.compile(r"[0-9]+|(current|previous|next|first|last|new)-instance", re.IGNORECASE)


def read_brackets(text: str) -> Expression | None:
    """Read adjoining brackets as a reference; None if they name nothing."""
    parts = [part.strip() for part in text[1:-1].split("][")]
    instance = parts.pop().lower() if len(parts) > 1 and _INSTANCE.fullmatch(parts[-1]) else ""
    event = parts.pop(0).lower() if len(parts) > 1 and _EVENT.fullmatch(parts[0]) else ""
    if len(parts) != 1:
        return None
    if match := _FIELD.fullmatch(parts[0]):
        return Reference(
            match["field"].lower(), event, instance, (match["code"] or "").strip(), (match["option"] or "").lower()
        )
    if match := _SMART.fullmatch(parts[0]):
        parameters = tuple(match["parameters"].split(":")) if match["parameters"] else ()
        return SmartVariable(match["name"].lower(), parameters, event, instance)
    return None
