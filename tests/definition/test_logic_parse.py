"""The grammar of REDCap's logic language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.logic import LogicError, Reference, SmartVariable, parse, print_logic, references
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
)
from redcap_licats.definition.logic.functions import FUNCTIONS

A, B, C = Reference("a"), Reference("b"), Reference("c")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("[a]", A),
        ("[A]", A),
        ("[ a ]", A),
        ("[a(1)]", Reference("a", code="1")),
        ("[a(-99)]", Reference("a", code="-99")),
        ("[a:label]", Reference("a", option="label")),
        ("[visit_1_arm_1][a]", Reference("a", event="visit_1_arm_1")),
        ("[a][2]", Reference("a", instance="2")),
        ("[a][last-instance]", Reference("a", instance="last-instance")),
        ("[visit_1_arm_1][a(x)][2]", Reference("a", event="visit_1_arm_1", instance="2", code="x")),
        ("[previous-event-name][a][current-instance]", Reference("a", "previous-event-name", "current-instance")),
        ("[event-name]", SmartVariable("event-name")),
        ("[current-instance]", SmartVariable("current-instance")),
        ("[survey-link:form_1]", SmartVariable("survey-link", ("form_1",))),
        ("[next-event-name][survey-link:f][2]", SmartVariable("survey-link", ("f",), "next-event-name", "2")),
        ("1", Number(1.0)),
        (".5", Number(0.5)),
        ("1.5e3", Number(1500.0)),
        ("'x'", Text("x")),
        ('"it\'s"', Text("it's")),
        (r"'it\'s'", Text("it's")),
        ('""', Text("")),
        ("TRUE", Boolean(True)),
        ("[a]=1", Binary(Operator.EQUAL, A, Number(1.0))),
        ("[a]==1", Binary(Operator.EQUAL, A, Number(1.0))),
        ("[a]!=''", Binary(Operator.NOT_EQUAL, A, Text(""))),
        ("[a]<>''", Binary(Operator.NOT_EQUAL, A, Text(""))),
        ("[a]>=1", Binary(Operator.GREATER_EQUAL, A, Number(1.0))),
        ("-[a]", Negative(A)),
        ("+[a]", A),
        ("[a]-1", Binary(Operator.SUBTRACT, A, Number(1.0))),
        ("[a]-[b]-[c]", Binary(Operator.SUBTRACT, Binary(Operator.SUBTRACT, A, B), C)),
        ("[a]+[b]*[c]", Binary(Operator.ADD, A, Binary(Operator.MULTIPLY, B, C))),
        ("-[a]^2", Negative(Binary(Operator.POWER, A, Number(2.0)))),
        ("([a])^(2)", Binary(Operator.POWER, A, Number(2.0))),
        ("[a]^-[b]", Binary(Operator.POWER, A, Negative(B))),
        ("[a]^[b]^[c]", Binary(Operator.POWER, A, Binary(Operator.POWER, B, C))),
        ("[a] and [b] or [c]", Or((And((A, B)), C))),
        ("[a] AND ([b] Or [c])", And((A, Or((B, C))))),
        ("[a]='1'and[b]", And((Binary(Operator.EQUAL, A, Text("1")), B))),
        ("[a] and [b] and [c]", And((A, B, C))),
        ("if([a], [b], [c])", Call("if", (A, B, C))),
        ("ROUND([a],1)", Call("round", (A, Number(1.0)))),
        (
            "datediff([a], 'today', 'd', 'mdy', true)",
            Call("datediff", (A, *map(Text, ("today", "d", "mdy")), Boolean(True))),
        ),
        ("# why\n[a] // what\n+ [b]", Binary(Operator.ADD, A, B)),
        ("'# no comment'", Text("# no comment")),
        ("'http://x'", Text("http://x")),
        (f"{'(' * 5000}[a]{')' * 5000}", A),
    ],
)
def test_parses(text, expression):
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("", "LOGIC-SYNTAX", "at the end"),
        ("# only a comment", "LOGIC-SYNTAX", "at the end"),
        ("[a] and", "LOGIC-SYNTAX", "at the end"),
        ("([a]", "LOGIC-SYNTAX", "at the end"),
        ("[a])", "LOGIC-SYNTAX", "line 1, column 4"),
        ("[a]\n= = 1", "LOGIC-SYNTAX", "line 2, column 3"),
        ("[a] [b]", "LOGIC-SYNTAX", "line 1, column 5"),
        ("[a", "LOGIC-SYNTAX", "line 1, column 1"),
        ("'open", "LOGIC-SYNTAX", "line 1, column 1"),
        ("enrolled", "LOGIC-SYNTAX", "at the end"),
        ("[a] = 1;", "LOGIC-SYNTAX", "line 1, column 8"),
        ("[]", "LOGIC-REFERENCE", "line 1, column 1"),
        ("1 + [two words]", "LOGIC-REFERENCE", "line 1, column 5"),
        ("[a][b][c]", "LOGIC-REFERENCE", "line 1, column 1"),
        ("rund([a])", "LOGIC-FUNCTION", "line 1, column 1"),
        ("if([a], 1)", "LOGIC-FUNCTION", "line 1, column 1"),
        ("round()", "LOGIC-FUNCTION", "line 1, column 1"),
        ("1e999", "LOGIC-SYNTAX", "line 1, column 1"),
        ("-" * 1000 + "1", "LOGIC-SIZE", ""),
        ("1" + "+1" * 1000, "LOGIC-SIZE", ""),
        ("1 or " * 20_000 + "1", "LOGIC-SIZE", ""),
    ],
)
def test_refuses_and_names_the_place(text, code, where):
    with pytest.raises(LogicError) as error:
        parse(text)
    assert (error.value.code, error.value.where) == (code, where)
    assert error.value.remedy


def test_proposes_the_nearest_function():
    with pytest.raises(LogicError) as error:
        parse("isblankormissing([a])")
    assert error.value.remedy == "write isblankormissingcode()"


def test_long_chains_of_conditions_are_flat():
    text = " or ".join(f"[f{number}] = '1'" for number in range(3000))
    assert len(references(parse(text))) == 3000


def test_references_are_found_everywhere():
    text = "if([a] > 1 and [e_1][b] = '', sum(-[c(1)], [c(2)], [event-name]), [a])"
    assert references(parse(text)) == {
        A,
        Reference("b", event="e_1"),
        Reference("c", code="1"),
        Reference("c", code="2"),
    }


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
leaves = st.one_of(
    st.floats(0, 1e12, allow_nan=False).map(Number),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(Text),
    st.booleans().map(Boolean),
    st.builds(
        Reference,
        names,
        st.sampled_from(["", "visit_1_arm_1", "previous-event-name"]),
        st.sampled_from(["", "3", "last-instance"]),
        st.sampled_from(["", "1", "-99", "a.b"]),
    ),
    st.builds(SmartVariable, st.sampled_from(["record-name", "event-name"])),
)


def _grow(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Negative, inner),
        st.builds(Binary, st.sampled_from(Operator), inner, inner),
        st.builds(And, several),
        st.builds(Or, several),
        st.sampled_from(sorted(FUNCTIONS)).flatmap(
            lambda name: st.lists(inner, min_size=FUNCTIONS[name].least, max_size=FUNCTIONS[name].least).map(
                lambda arguments: Call(name, tuple(arguments))
            )
        ),
    )


expressions = st.recursive(leaves, _grow, max_leaves=12)


@given(expressions)
def test_printed_logic_parses_to_the_same(expression):
    assert parse(print_logic(expression)) == expression


pieces = st.sampled_from(
    [
        "[a]",
        "[",
        "]",
        "(",
        ")",
        "'",
        '"',
        "\\",
        "and",
        "or",
        " ",
        "\n",
        "#",
        "//",
        "1",
        ".",
        "e",
        "+",
        "-",
        "^",
        "=",
        "<>",
        ",",
        "if",
        "round",
        "[a(",
        ":",
        "é",
        "\0",
    ]
)


@given(st.one_of(st.text(), st.lists(pieces, max_size=40).map("".join)))
def test_any_text_is_parsed_or_refused(text):
    try:
        parse(text)
    except LogicError:
        return
