"""Logic as JavaScript: comparisons, 'and', 'or' of fields and constants."""

from __future__ import annotations

import json

from redcap_licats.definition.logic.expressions import (
    And,
    Binary,
    Expression,
    Number,
    Operator,
    Or,
    Reference,
    Text,
)

RUNTIME = """const licatsLogic = {
  truth: (value) => value !== "" && value !== false && Number(value) !== 0,
  text: (value) => String(value),
};"""

_SIGNS = {Operator.EQUAL: "===", Operator.NOT_EQUAL: "!=="}


def to_javascript(expression: Expression) -> str:
    """Write an expression as JavaScript."""
    match expression:
        case Reference(field, event, instance, code, option):
            names = {"field": field, "event": event, "instance": instance, "code": code, "option": option}
            return f"s.value({json.dumps(names)})"
        case Text(value):
            return json.dumps(value)
        case Number(value):
            return json.dumps(f"{value:g}")
        case Binary(sign, left, right) if sign in _SIGNS:
            return f"({to_javascript(left)} {_SIGNS[sign]} {to_javascript(right)})"
        case And(operands):
            return "(" + " && ".join(to_javascript(one) for one in operands) + ")"
        case Or(operands):
            return "(" + " || ".join(to_javascript(one) for one in operands) + ")"
        case _:
            return '""'
