"""Functions of numbers. A blank argument makes the result blank, except in functions of a set, which skip it.

Every result is the float nearest to the exact one, so that it is the same on every machine and in every browser.
"""

from __future__ import annotations

import decimal
import math
import statistics
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from redcap_licats.definition.logic.values import Scope, Value, as_number, finite

HALF_UP, UP, DOWN = decimal.ROUND_HALF_UP, decimal.ROUND_UP, decimal.ROUND_DOWN

_MOST_PLACES = 15
_NO_FRACTION = 1e15  # floats beyond hold no decimal places

#: far more digits than a float has, and how many of them are certain
_PRECISE = Context(prec=50, traps=[decimal.InvalidOperation, decimal.DivisionByZero])
_SURE = Context(prec=40, traps=[])
_LARGEST_POWER = 1000  # of e; floats end at 710


def of_numbers(function: Callable[..., float]) -> Callable[[Sequence[Value], Scope], Value]:
    """Apply a function to numbers; blank where an argument is none or the result does not exist."""

    def apply(values: Sequence[Value], scope: Scope) -> Value:
        numbers = [as_number(value, scope.missing_codes) for value in values]
        if None in numbers:
            return ""
        try:
            return finite(float(function(*numbers)))
        except (ValueError, ArithmeticError):
            return ""

    return apply


def of_set(function: Callable[[list[float]], float], least: int = 1) -> Callable[[Sequence[Value], Scope], Value]:
    """Apply a function to those arguments that are numbers; blank where there are fewer than ``least``."""

    def apply(values: Sequence[Value], scope: Scope) -> Value:
        numbers = _present(values, scope)
        if len(numbers) < least:
            return ""
        try:
            return finite(function(numbers))
        except ArithmeticError:
            return ""

    return apply


def total(values: Sequence[Value], scope: Scope) -> Value:
    """Add those arguments that are numbers; 0 if none is."""
    try:
        return finite(float(sum(map(Fraction, _present(values, scope)), start=Fraction())))
    except OverflowError:
        return ""


def _present(values: Sequence[Value], scope: Scope) -> list[float]:
    numbers = (as_number(value, scope.missing_codes) for value in values)
    return [number for number in numbers if number is not None]


def rounding(mode: str) -> Callable[[Sequence[Value], Scope], Value]:
    """Round to decimal places, 0 if not given; up is away from zero, down towards it."""

    def round_number(number: float, places: float = 0.0) -> float:
        if abs(number) >= _NO_FRACTION or places > _MOST_PLACES:
            return number
        unit = Decimal(1).scaleb(-max(int(places), -_MOST_PLACES))
        return float(Decimal(repr(number)).quantize(unit, mode, _PRECISE))

    return of_numbers(round_number)


def square_root(number: float) -> float:
    """Give the square root."""
    return math.sqrt(number)


def exponential(number: float) -> float:
    """Give e to the power of a number."""
    return _exponential(_PRECISE.create_decimal(number))


def logarithm(number: float, base: float | None = None) -> float:
    """Give the logarithm, natural if no base is given; none of what is not above 0."""
    if number <= 0 or (base is not None and base <= 0):
        return math.nan
    natural = _logarithm(number)
    return float(natural if base is None else _PRECISE.divide(natural, _logarithm(base)))


def power(base: float, exponent: float) -> float:
    """Give a number to the power of another, if there is one; anything to the power of 0 is 1."""
    if exponent == 0:
        return 1.0
    if base == 0:
        return 0.0 if exponent > 0 else math.nan
    if base < 0 and not exponent.is_integer():
        return math.nan
    size = _exponential(_PRECISE.multiply(_PRECISE.create_decimal(exponent), _logarithm(abs(base))))
    return -size if base < 0 and exponent % 2 else size


def _logarithm(number: float) -> Decimal:
    return _PRECISE.ln(_PRECISE.create_decimal(number))


def _exponential(power: Decimal) -> float:
    if abs(power) > _LARGEST_POWER:
        return math.inf if power > 0 else 0.0
    # what is a whole number or a half is one again
    return float(_SURE.plus(_PRECISE.exp(power)))


def remainder(dividend: float, divisor: float) -> float:
    """Give what is left of a division, with the sign of the dividend."""
    return math.fmod(dividend, divisor)


def mean(numbers: list[float]) -> float:
    """Give the arithmetic mean."""
    return statistics.mean(numbers)


def median(numbers: list[float]) -> float:
    """Give the middle number, or the mean of the two middle ones."""
    return statistics.median(numbers)


def standard_deviation(numbers: list[float]) -> float:
    """Give the sample standard deviation."""
    return statistics.stdev(numbers)
