"""Syntax tree to JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterable

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

_OPERATORS = {
    Operator.EQUAL: "equal",
    Operator.NOT_EQUAL: "different",
    Operator.LESS: "less",
    Operator.LESS_EQUAL: "atMost",
    Operator.GREATER: "greater",
    Operator.GREATER_EQUAL: "atLeast",
    Operator.ADD: "add",
    Operator.SUBTRACT: "subtract",
    Operator.MULTIPLY: "multiply",
    Operator.DIVIDE: "divide",
    Operator.POWER: "power",
}

#: signs by which a text could end a <script> or begin a comment in it
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'"}


def to_javascript(expression: Expression) -> str:
    """Write an expression as a JavaScript expression of ``L``, the runtime, and ``s``, the scope.

    Its value is the one that :func:`redcap_licats.definition.logic.evaluate` gives: a string, number or boolean.
    It is ASCII and may stand inside a <script> of an HTML page.
    """
    match expression:
        case Number(value) | Text(value) | Boolean(value):
            return _literal(value)
        case Reference(field, event, instance, code, option):
            names = {"field": field, "event": event, "instance": instance, "code": code, "option": option}
            return f"s.value({_literal(names)})"
        case SmartVariable(name, parameters, event, instance):
            smart = {"name": name, "parameters": parameters, "event": event, "instance": instance}
            return f"s.smart({_literal(smart)})"
        case Negative(operand):
            return f"L.negative({to_javascript(operand)},s)"
        case And(operands):
            return f"({'&&'.join(map(_truth, operands))})"
        case Or(operands):
            return f"({'||'.join(map(_truth, operands))})"
        case Call("if", (condition, then, otherwise)):
            return f"({_truth(condition)}?{to_javascript(then)}:{to_javascript(otherwise)})"
        case Call(function, arguments):
            return f"L.functions.{function}([{_list(arguments)}],s)"
        case Binary(sign, left, right):
            return f"L.{_OPERATORS[sign]}({_list((left, right))},s)"


def _truth(expression: Expression) -> str:
    return f"L.truth({to_javascript(expression)})"


def _list(expressions: Iterable[Expression]) -> str:
    return ",".join(map(to_javascript, expressions))


def _literal(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).translate(_UNSAFE)
