"""The syntax tree of REDCap's logic language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Operator(StrEnum):
    """Operators with two operands, by their sign."""

    EQUAL = "="
    NOT_EQUAL = "<>"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    POWER = "^"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is written out."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a field, as in ``[event][field(code):option][instance]``.

    Attributes:
        field: Variable name, lower case.
        event: Unique event name or an event smart variable such as ``previous-event-name``; '' for this event.
        instance: Digits or an instance smart variable such as ``current-instance``; '' for this instance.
        code: Code of a checkbox option, '' otherwise.
        option: What follows a colon, such as ``label``.
    """

    field: str
    event: str = ""
    instance: str = ""
    code: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class SmartVariable:
    """A value REDCap knows from the context, as in ``[event][survey-link:form][instance]``."""

    name: str
    parameters: tuple[str, ...] = ()
    event: str = ""
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Negative:
    """The negative of a number."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """An operation on two values."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class And:
    """True if every operand is; two or more."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True if any operand is; two or more."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Number | Text | Boolean | Reference | SmartVariable | Negative | Binary | And | Or | Call


def children(expression: Expression) -> tuple[Expression, ...]:
    """Give the expressions right below one."""
    match expression:
        case Negative(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case And(operands) | Or(operands):
            return operands
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Yield an expression and all below it, each with its depth (1 at the top)."""
    waiting = [(expression, 1)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        waiting += ((child, depth + 1) for child in children(current))


def references(expression: Expression) -> frozenset[Reference]:
    """Give every field an expression reads."""
    return frozenset(one for one, _ in walk(expression) if isinstance(one, Reference))
