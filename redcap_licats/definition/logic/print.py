"""Syntax tree back to text of the logic language."""

from __future__ import annotations

from redcap_licats.definition.logic.expressions import (
    And,
    Binary,
    Boolean,
    Call,
    Expression,
    Negative,
    Number,
    Operator,
    Or,
    Reference,
    SmartVariable,
    Text,
)

_TIGHTNESS = {
    Operator.ADD: 4,
    Operator.SUBTRACT: 4,
    Operator.MULTIPLY: 5,
    Operator.DIVIDE: 5,
    Operator.POWER: 7,
}
_OR, _AND, _COMPARISON, _NEGATIVE, _ATOM = 1, 2, 3, 6, 8


def print_logic(expression: Expression) -> str:
    """Write an expression so that parsing it gives the same expression."""
    match expression:
        case Number(value):
            return repr(value).removesuffix(".0")
        case Text(value):
            quote = '"' if '"' not in value else "'"
            return quote + value.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote
        case Boolean(value):
            return "true" if value else "false"
        case Reference(field, event, instance, code, option):
            body = field + (f"({code})" if code else "") + (f":{option}" if option else "")
            return _brackets(event, body, instance)
        case SmartVariable(name, parameters, event, instance):
            return _brackets(event, ":".join((name, *parameters)), instance)
        case Negative(operand):
            return f"-{_within(operand, _NEGATIVE)}"
        case And(operands):
            return " and ".join(_within(one, _COMPARISON) for one in operands)
        case Or(operands):
            return " or ".join(_within(one, _AND) for one in operands)
        case Call(function, arguments):
            return f"{function}({', '.join(map(print_logic, arguments))})"
        case Binary(Operator.POWER, left, right):
            # REDCap itself wants both sides in parentheses
            return f"({print_logic(left)})^({print_logic(right)})"
        case Binary(sign, left, right):
            tightness = _TIGHTNESS.get(sign, _COMPARISON)
            return f"{_within(left, tightness)} {sign} {_within(right, tightness + 1)}"


def _brackets(event: str, body: str, instance: str) -> str:
    return "".join(f"[{part}]" for part in (event, body, instance) if part)


def _within(expression: Expression, tightness: int) -> str:
    """Print an operand, in parentheses if it binds less than its place asks for."""
    text = print_logic(expression)
    return text if _tightness(expression) >= tightness else f"({text})"


def _tightness(expression: Expression) -> int:
    match expression:
        case Or():
            return _OR
        case And():
            return _AND
        case Negative():
            return _NEGATIVE
        case Binary(sign, _, _):
            return _TIGHTNESS.get(sign, _COMPARISON)
        case _:
            return _ATOM
