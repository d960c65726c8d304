"""REDCap's special functions: names, numbers of arguments, and what they give.

Source: facts/redcap_api.md 4.2 and the public reference of the functions of version 16.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from redcap_licats.definition.logic import dates, numbers, texts
from redcap_licats.definition.logic.values import Scope, Value, as_number, as_text, is_blank, truth

Apply: TypeAlias = Callable[[Sequence[Value], Scope], Value]

_ANY_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class Function:
    """A function: fewest and most arguments, and how it is applied to their values."""

    least: int
    most: int
    apply: Apply

    @property
    def arguments(self) -> str:
        """Say how many arguments it takes."""
        if self.most == _ANY_NUMBER:
            return f"{self.least} or more arguments"
        return f"{self.least} arguments" if self.least == self.most else f"{self.least} to {self.most} arguments"


def _is_missing(value: Value, scope: Scope) -> bool:
    return as_text(value) in scope.missing_codes


def _if(values: Sequence[Value], _: Scope) -> Value:
    return values[1] if truth(values[0]) else values[2]


def _is_number(values: Sequence[Value], scope: Scope) -> Value:
    return as_number(values[0], scope.missing_codes) is not None


def _is_integer(values: Sequence[Value], scope: Scope) -> Value:
    number = as_number(values[0], scope.missing_codes)
    return number is not None and number.is_integer()


def _has_missing_code(values: Sequence[Value], _: Scope) -> Value:
    codes = {code.strip() for value in values[1:] for code in as_text(value).split(",")}
    return not is_blank(values[0]) and as_text(values[0]) in codes


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "if": Function(3, 3, _if),
        "datediff": Function(3, 5, dates.datediff),
        "age_at_date": Function(2, 3, dates.age_at_date),
        "dayoftheweek": Function(1, 1, dates.part_of_date(lambda day: day.isoweekday())),
        "year": Function(1, 1, dates.part_of_date(lambda day: day.year)),
        "month": Function(1, 1, dates.part_of_date(lambda day: day.month)),
        "day": Function(1, 1, dates.part_of_date(lambda day: day.day)),
        "round": Function(1, 2, numbers.rounding(numbers.HALF_UP)),
        "roundup": Function(1, 2, numbers.rounding(numbers.UP)),
        "rounddown": Function(1, 2, numbers.rounding(numbers.DOWN)),
        "sqrt": Function(1, 1, numbers.of_numbers(numbers.square_root)),
        "abs": Function(1, 1, numbers.of_numbers(abs)),
        "exponential": Function(1, 1, numbers.of_numbers(numbers.exponential)),
        "log": Function(1, 2, numbers.of_numbers(numbers.logarithm)),
        "mod": Function(2, 2, numbers.of_numbers(numbers.remainder)),
        "min": Function(1, _ANY_NUMBER, numbers.of_set(min)),
        "max": Function(1, _ANY_NUMBER, numbers.of_set(max)),
        "mean": Function(1, _ANY_NUMBER, numbers.of_set(numbers.mean)),
        "median": Function(1, _ANY_NUMBER, numbers.of_set(numbers.median)),
        "sum": Function(1, _ANY_NUMBER, numbers.total),
        "stdev": Function(1, _ANY_NUMBER, numbers.of_set(numbers.standard_deviation, least=2)),
        "isnumber": Function(1, 1, _is_number),
        "isinteger": Function(1, 1, _is_integer),
        "isblankormissingcode": Function(
            1, 1, lambda values, scope: is_blank(values[0]) or _is_missing(values[0], scope)
        ),
        "isblanknotmissingcode": Function(1, 1, lambda values, _: is_blank(values[0])),
        "ismissingcode": Function(1, 1, lambda values, scope: _is_missing(values[0], scope)),
        "hasmissingcode": Function(2, _ANY_NUMBER, _has_missing_code),
        "contains": Function(2, 2, texts.of_texts(texts.contains)),
        "not_contain": Function(2, 2, texts.of_texts(lambda text, part: not texts.contains(text, part))),
        "starts_with": Function(2, 2, texts.of_texts(lambda text, part: text.lower().startswith(part.lower()))),
        "ends_with": Function(2, 2, texts.of_texts(lambda text, part: text.lower().endswith(part.lower()))),
        "find": Function(2, 2, texts.of_texts(lambda part, text: float(text.lower().find(part.lower()) + 1))),
        "left": Function(2, 2, texts.left),
        "right": Function(2, 2, texts.right),
        "mid": Function(3, 3, texts.mid),
        "length": Function(1, 1, texts.of_texts(lambda text: float(len(text)))),
        "trim": Function(1, 1, texts.of_texts(str.strip)),
        "upper": Function(1, 1, texts.of_texts(str.upper)),
        "lower": Function(1, 1, texts.of_texts(str.lower)),
        "replace_text": Function(3, 3, texts.of_texts(texts.replace)),
        "concat": Function(1, _ANY_NUMBER, texts.of_texts(texts.concat)),
        "concat_ws": Function(2, _ANY_NUMBER, texts.of_texts(texts.concat_ws)),
    }
)
"""Functions by their name in lower case."""
