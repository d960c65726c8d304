"""The meaning of an expression on the values of a record."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

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
from redcap_licats.definition.logic.functions import FUNCTIONS
from redcap_licats.definition.logic.numbers import power
from redcap_licats.definition.logic.values import Scope, Value, as_number, as_text, finite, truth

_COMPARISONS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.LESS_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_EQUAL: operator.ge,
}


def is_true(expression: Expression, scope: Scope) -> bool:
    """Say whether a condition holds."""
    return truth(evaluate(expression, scope))


def evaluate(expression: Expression, scope: Scope) -> Value:
    """Evaluate an expression; it has a value whatever the data.

    A blank operand makes arithmetic blank. ``=`` compares as numbers where both sides are, else as texts. A blank
    equals only a blank and is neither less nor greater than anything.
    """
    match expression:
        case Number(value) | Text(value) | Boolean(value):
            return value
        case Reference():
            return scope.value(expression)
        case SmartVariable():
            return scope.smart(expression)
        case Negative(operand):
            number = as_number(evaluate(operand, scope), scope.missing_codes)
            return "" if number is None else -number
        case And(operands):
            return all(truth(evaluate(one, scope)) for one in operands)
        case Or(operands):
            return any(truth(evaluate(one, scope)) for one in operands)
        case Call("if", (condition, then, otherwise)):
            return evaluate(then if truth(evaluate(condition, scope)) else otherwise, scope)
        case Call(function, arguments):
            return FUNCTIONS[function].apply([evaluate(one, scope) for one in arguments], scope)
        case Binary(sign, left, right):
            first, second = evaluate(left, scope), evaluate(right, scope)
            if sign in _COMPARISONS:
                return _compare(sign, first, second)
            return _compute(sign, as_number(first, scope.missing_codes), as_number(second, scope.missing_codes))


def _compute(sign: Operator, left: float | None, right: float | None) -> Value:
    if left is None or right is None:
        return ""
    try:
        match sign:
            case Operator.ADD:
                return finite(left + right)
            case Operator.SUBTRACT:
                return finite(left - right)
            case Operator.MULTIPLY:
                return finite(left * right)
            case Operator.DIVIDE:
                return finite(left / right)
            case _:
                return finite(power(left, right))
    except ArithmeticError:
        return ""


def _compare(sign: Operator, left: Value, right: Value) -> bool:
    first, second = as_number(left), as_number(right)
    if first is not None and second is not None:
        return _COMPARISONS[sign](first, second)
    texts = as_text(left), as_text(right)
    if sign in (Operator.EQUAL, Operator.NOT_EQUAL):
        return _COMPARISONS[sign](*texts)
    # a number has no order with a text, a blank with nothing
    if "" in texts or first is not None or second is not None:
        return False
    return _COMPARISONS[sign](*texts)
