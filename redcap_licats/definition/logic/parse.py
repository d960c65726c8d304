"""Text of REDCap's logic language to its syntax tree."""

from __future__ import annotations

import difflib
import math
import re
from functools import lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from redcap_licats.definition.logic.brackets import read_brackets
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
    Text,
    walk,
)
from redcap_licats.definition.logic.functions import FUNCTIONS
from redcap_licats.errors import ConfigError

_DEEPEST = 200
_LONGEST = 65_535  # characters that REDCap's own columns for logic hold
_OTHER_SIGNS = {"!=": Operator.NOT_EQUAL, "==": Operator.EQUAL}
_ESCAPED = re.compile(r"\\([\"'\\])")


class LogicError(ConfigError):
    """Logic that REDCap's syntax does not allow; ``where`` names line and column."""


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """Parse logic; names of fields and functions are case-blind.

    Raises:
        LogicError: Names line, column and remedy.
    """
    if len(text) > _LONGEST:
        raise LogicError("LOGIC-SIZE", f"the logic has {len(text)} characters", remedy=f"use at most {_LONGEST}")
    try:
        # lark types the result as a tree; the transformer makes it an expression
        expression = cast(Expression, _PARSER.parse(text))
    except UnexpectedInput as error:
        raise _syntax_error(error) from error
    if max(depth for _, depth in walk(expression)) > _DEEPEST:
        raise LogicError(
            "LOGIC-SIZE",
            "the logic is nested too deep",
            remedy=f"nest at most {_DEEPEST} levels; use sum() for long sums",
        )
    return expression


def _syntax_error(error: UnexpectedInput) -> LogicError:
    where = f"line {error.line}, column {error.column}"
    if isinstance(error, UnexpectedCharacters):
        found = repr(error.char)
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        found = repr(str(error.token))
    else:
        found, where = "the end", "at the end"
    return LogicError(
        "LOGIC-SYNTAX",
        f"{found} is not expected here",
        where=where,
        remedy="check brackets, quotes and operators before it",
    )


def _at(token: Token) -> str:
    return f"line {token.line}, column {token.column}"


@v_args(inline=True)
class _Build(Transformer[Token, Expression]):
    """Build the tree while the parser runs, so that no depth of parentheses costs recursion."""

    def disjunction(self, *operands: Expression) -> Expression:
        return Or(operands)

    def conjunction(self, *operands: Expression) -> Expression:
        return And(operands)

    def binary(self, left: Expression, sign: Token, right: Expression) -> Expression:
        return Binary(_OTHER_SIGNS.get(sign) or Operator(sign), left, right)

    def sign(self, sign: Token, operand: Expression) -> Expression:
        return Negative(operand) if sign == "-" else operand

    def number(self, token: Token) -> Expression:
        if not math.isfinite(number := float(token)):
            raise LogicError(
                "LOGIC-SYNTAX", f"{token} is too large", where=_at(token), remedy="write a smaller number"
            )
        return Number(number)

    def text(self, token: Token) -> Expression:
        return Text(_ESCAPED.sub(r"\1", token[1:-1]))

    def boolean(self, token: Token) -> Expression:
        return Boolean(token.lower() == "true")

    def brackets(self, token: Token) -> Expression:
        expression = read_brackets(token)
        if expression is None:
            raise LogicError(
                "LOGIC-REFERENCE",
                f"{token} names no value",
                where=_at(token),
                remedy="write [field], [event][field], [field][instance], [field(code)] or a smart variable",
            )
        return expression

    def call(self, name: Token, *arguments: Expression | None) -> Expression:
        function = FUNCTIONS.get(name.lower())
        given = tuple(one for one in arguments if one is not None)
        if function is None:
            near = difflib.get_close_matches(name.lower(), FUNCTIONS, n=1)
            remedy = f"write {near[0]}()" if near else "use one of REDCap's special functions"
            raise LogicError("LOGIC-FUNCTION", f"there is no function {name}()", where=_at(name), remedy=remedy)
        if not function.least <= len(given) <= function.most:
            raise LogicError(
                "LOGIC-FUNCTION",
                f"{name}() with {len(given)} arguments",
                where=_at(name),
                remedy=f"give {function.arguments}",
            )
        return Call(name.lower(), given)


_PARSER = Lark(
    files("redcap_licats.definition.logic").joinpath("grammar.lark").read_text("utf-8"),
    parser="lalr",
    transformer=_Build(),
)
