"""Conditions made from the grammar: the same ones every time.

What is asked for has a kind, so that most conditions have a value; now and then a value of another kind stands
where it does not belong.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from stored_values import KINDS, stored_value

from redcap_licats.definition.logic import Expression, Reference, SmartVariable, print_logic
from redcap_licats.definition.logic.expressions import (
    And,
    Binary,
    Boolean,
    Call,
    Negative,
    Number,
    Operator,
    Or,
    Text,
)
from redcap_licats.definition.logic.functions import FUNCTIONS

#: fields by the kind of value that they mostly hold
FIELDS = {
    "number": ("n1", "n2", "n3", "n4"),
    "text": ("t1", "t2", "t3"),
    "date": ("d1", "d2", "d3"),
    "truth": ("y1", "y2"),
}
CODES = ("1", "-99", "a_B")
ARITHMETIC = (Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY, Operator.DIVIDE, Operator.POWER)
COMPARISONS = tuple(one for one in Operator if one not in ARITHMETIC)

#: functions by the kind they give, with the kinds of their arguments
_FUNCTIONS = {
    "number": {
        "round": ("number", "places"),
        "roundup": ("number", "places"),
        "rounddown": ("number", "places"),
        "sqrt": ("number",),
        "abs": ("number",),
        "exponential": ("small",),
        "log": ("number", "base"),
        "mod": ("number", "number"),
        "min": ("number",) * 3,
        "max": ("number",) * 3,
        "mean": ("number",) * 4,
        "median": ("number",) * 4,
        "sum": ("number",) * 4,
        "stdev": ("number",) * 4,
        "datediff": ("date", "date", "unit", "signed", "signed"),
        "age_at_date": ("date", "date", "signed"),
        "dayoftheweek": ("date",),
        "year": ("date",),
        "month": ("date",),
        "day": ("date",),
        "find": ("part", "text"),
        "length": ("text",),
    },
    "text": {
        "left": ("text", "count"),
        "right": ("text", "count"),
        "mid": ("text", "count", "count"),
        "trim": ("text",),
        "upper": ("text",),
        "lower": ("text",),
        "replace_text": ("text", "part", "text"),
        "concat": ("text", "number", "text"),
        "concat_ws": ("text", "text", "number", "text"),
    },
    "truth": {
        "isnumber": ("any",),
        "isinteger": ("any",),
        "isblankormissingcode": ("any",),
        "isblanknotmissingcode": ("any",),
        "ismissingcode": ("any",),
        "hasmissingcode": ("any", "codes"),
        "contains": ("text", "part"),
        "not_contain": ("text", "part"),
        "starts_with": ("text", "part"),
        "ends_with": ("text", "part"),
    },
}
_LITERALS = {
    "unit": ("d", "h", "m", "s", "M", "y", "d", "y", "weeks", ""),
    "codes": ("UNK", "UNK, NASK", " -999 ,x", "ASKU", ""),
    "part": ("l", "C", "a", "s", "σ", "Σ", "本", "😀", " ", "", "ss", "i", "\u0307"),
    "places": (0, 1, 2, 3, 15, 16, -2, -20, 1.9),
    "count": (0, 1, 2, 3.5, 1e9, -1),
    "base": (10, 2, 0.5, 1, 0, 8, 1.1),
    "small": (0, 1, 2, 3, -1, 0.5, 10, 1.7, -2.25, 700, -740, 710),
    "signed": (True, False, "TRUE", "ymd", 1),
}


def conditions(count: int, seed: int = 2026) -> Iterator[str]:
    """Write different conditions; functions and operators take turns, so that none is rare."""
    maker = _Maker(Random(seed))
    seen: set[str] = set()
    turns = [*FUNCTIONS, *Operator, "and", "or", "negative"]
    turn = 0
    while len(seen) < count:
        text = print_logic(maker.beginning_with(turns[turn % len(turns)]))
        turn += 1
        if text not in seen:
            seen.add(text)
            yield text


def record(random: Random) -> dict[str, str]:
    """Make a record: values by field, and by ``field(code)`` for the options of a checkbox."""
    values = {name: stored_value(random, kind) for kind, names in FIELDS.items() for name in names}
    return values | {f"box({code})": random.choice("01") for code in CODES}


class _Maker:
    """Makes expressions that know where they may stand only by the kinds of their values."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def beginning_with(self, what: str) -> Expression:
        """Make an expression with a function or operator near its top."""
        made = self._made(what)
        match self._random.randrange(4):
            case 0:
                return Call("if", (made, self._of("any", 1), self._of("any", 1)))
            case 1:
                return Binary(self._random.choice(COMPARISONS), made, self._of("any", 1))
            case _:
                return made

    def _made(self, what: str) -> Expression:
        depth = self._random.choice((0, 1, 1, 2, 3))
        match what:
            case "and" | "or":
                operands = tuple(self._of("truth", depth) for _ in range(self._random.choice((2, 2, 3))))
                return And(operands) if what == "and" else Or(operands)
            case "negative":
                return Negative(self._of("number", depth))
            case "if":
                return Call("if", (self._of("truth", depth), self._of("any", depth), self._of("any", depth)))
            case sign if sign in ARITHMETIC:
                return Binary(Operator(sign), self._of("number", depth), self._of("number", depth))
            case sign if sign in COMPARISONS:
                kind = self._random.choice(KINDS)
                return Binary(Operator(sign), self._of(kind, depth), self._of(kind, depth))
            case _:
                kinds = next(known[what] for known in _FUNCTIONS.values() if what in known)
                return self._call(what, kinds, depth)

    def _call(self, function: str, kinds: tuple[str, ...], depth: int) -> Expression:
        least = min(FUNCTIONS[function].least, len(kinds))
        given = kinds[: self._random.randint(least, len(kinds))]
        return Call(function, tuple(self._of(kind, depth) for kind in given))

    def _of(self, kind: str, depth: int) -> Expression:
        if kind in _LITERALS:
            return self._literal(self._random.choice(_LITERALS[kind]))
        if kind == "any" or self._random.random() < 0.04:
            kind = self._random.choice(KINDS)
        if depth <= 0 or kind == "date":
            return self._leaf(kind)
        names = list(_FUNCTIONS[kind])
        others = {"number": [*ARITHMETIC, "negative"], "text": ["if"], "truth": [*COMPARISONS, "and", "or"]}[kind]
        chosen = self._random.choice((self._random.choice(names), self._random.choice(others)))
        return self._shallow(chosen, kind, depth - 1)

    def _shallow(self, what: str, kind: str, depth: int) -> Expression:
        if what in _FUNCTIONS[kind]:
            return self._call(what, _FUNCTIONS[kind][what], depth)
        match what:
            case "and" | "or":
                operands = (self._of("truth", depth), self._of("truth", depth))
                return And(operands) if what == "and" else Or(operands)
            case "negative":
                return Negative(self._of("number", depth))
            case "if":
                return Call("if", (self._of("truth", depth), self._of(kind, depth), self._of(kind, depth)))
            case _:
                same = self._random.choice(KINDS) if what in COMPARISONS else "number"
                return Binary(Operator(what), self._of(same, depth), self._of(same, depth))

    def _leaf(self, kind: str) -> Expression:
        if self._random.random() < 0.4:
            value = stored_value(self._random, kind)
            if kind == "number" and value.isascii() and value.replace(".", "", 1).isdigit():
                return self._literal(float(value))
            return Boolean(value == "1") if kind == "truth" and value in "01" else Text(value)
        if kind == "truth" and self._random.random() < 0.5:
            return Reference("box", code=self._random.choice(CODES))
        if kind == "text" and self._random.random() < 0.1:
            return SmartVariable("event-name")
        return Reference(self._random.choice(FIELDS[kind]))

    @staticmethod
    def _literal(value: str | float | bool) -> Expression:
        match value:
            case bool():
                return Boolean(value)
            case str():
                return Text(value)
            case _:
                return Negative(Number(-float(value))) if value < 0 else Number(float(value))
