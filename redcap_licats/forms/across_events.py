"""References to fields that stand in other events than their reader.

A reference without an event means the event of the form that reads it. Where the field does not stand in all of
those events, the event is named; a form in several arms names the event of each arm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from redcap_licats.definition.logic import Expression, Reference, SmartVariable, print_logic
from redcap_licats.definition.logic.expressions import Binary, Call, Number, Operator
from redcap_licats.definition.model import Event

_ARM = SmartVariable("arm-number")


class Nowhere(Exception):
    """What a reference reads is nowhere in the study; the argument is the field."""


def targets(
    reader: Sequence[str], field_events: Sequence[str], events: Sequence[Event], field: str
) -> Mapping[int, str]:
    """Give arm -> event in which a field is read; nothing where it stands in every event of its reader.

    Of several events of an arm it is the first, in the order of the study.

    Raises:
        Nowhere: The field stands in no arm of its reader.
    """
    if set(reader) <= set(field_events):
        return {}
    arms = {event.arm for event in events if event.unique_name in reader}
    found: dict[int, str] = {}
    for event in events:
        if event.unique_name in field_events and event.arm in arms:
            found.setdefault(event.arm, event.unique_name)
    if not found:
        raise Nowhere(field)
    return found


def in_logic(named: Reference | SmartVariable, found: Mapping[int, str]) -> Expression:
    """Give what stands for a reference in logic: with its event, chosen by the arm where there are several."""
    if isinstance(named, SmartVariable) or not found:
        return named
    (_, last), *others = sorted(found.items(), reverse=True)
    expression: Expression = replace(named, event=last)
    for arm, event in others:
        here = Binary(Operator.EQUAL, _ARM, Number(float(arm)))
        expression = Call("if", (here, replace(named, event=event), expression))
    return expression


def in_text(named: Reference | SmartVariable, found: Mapping[int, str]) -> str:
    """Give what stands for a reference in a text.

    Of several arms only one has the record; the others show nothing.
    """
    if isinstance(named, SmartVariable) or not found:
        return print_logic(named)
    if len(found) == 1:
        return print_logic(replace(named, event=next(iter(found.values()))))
    hidden = [
        replace(named, event=event, option=":".join(filter(None, (named.option, "hideunderscore"))))
        for _, event in sorted(found.items())
    ]
    return " ".join(map(print_logic, hidden))
