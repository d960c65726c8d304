"""Texts with values piped in: where they stand and what they are.

Source: facts/redcap_api.md 4.2.
"""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterator, Sequence

from redcap_licats.definition.logic import Reference, SmartVariable
from redcap_licats.definition.logic.brackets import read_brackets

_ADJOINING = re.compile(r"((?:\[[^\[\]<>]+\])+)")
_MOST = 3  # event, field, instance


def pipes(text: str, fields: Container[str]) -> Iterator[str | Reference | SmartVariable]:
    """Split a text into what is said as it is and what is piped in.

    Brackets may adjoin without belonging together: ``[first_name][last_name]`` are two fields,
    ``[visit_1_arm_1][age][2]`` is one. Each takes as many as make sense, from the left.

    Args:
        text: Plain or escaped.
        fields: Variables that may be piped in; brackets that name none are said as they are.
    """
    said = ""
    for number, part in enumerate(_ADJOINING.split(text)):
        if number % 2 == 0:
            said += part
            continue
        brackets = part[1:-1].split("][")
        while brackets:
            expression, length = _first(brackets, fields)
            if expression is None:
                said += f"[{brackets[0]}]"
            else:
                if said:
                    yield said
                yield expression
                said = ""
            brackets = brackets[length:]
    if said:
        yield said


def _first(brackets: Sequence[str], fields: Container[str]) -> tuple[Reference | SmartVariable | None, int]:
    """Read the longest reference that brackets begin with; give how many it takes."""
    for length in range(min(_MOST, len(brackets)), 0, -1):
        expression = read_brackets(html.unescape(f"[{']['.join(brackets[:length])}]"))
        # the name of a field in the place of an event is a field of its own
        if isinstance(expression, Reference) and expression.field in fields and expression.event not in fields:
            return expression, length
        if isinstance(expression, SmartVariable) and expression.event not in fields:
            return expression, length
    return None, 1


def pipe_data(expression: Reference | SmartVariable) -> dict[str, str]:
    """Give what the script needs to pipe a value in."""
    if isinstance(expression, SmartVariable):
        named = {"smart": expression.name, "event": expression.event, "instance": expression.instance}
    else:
        named = {
            "field": expression.field,
            "event": expression.event,
            "instance": expression.instance,
            "code": expression.code,
            "option": expression.option,
        }
    return {key: value for key, value in named.items() if value}


def source(expression: Reference | SmartVariable) -> str:
    """Write what is piped in as it stands in a dictionary."""
    event = f"[{expression.event}]" if expression.event else ""
    instance = f"[{expression.instance}]" if expression.instance else ""
    if isinstance(expression, SmartVariable):
        return f"{event}[{':'.join((expression.name, *expression.parameters))}]{instance}"
    code = f"({expression.code})" if expression.code else ""
    option = f":{expression.option}" if expression.option else ""
    return f"{event}[{expression.field}{code}{option}]{instance}"
