"""Compiled logic is safe inside a <script>."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.logic import Reference, SmartVariable, parse
from redcap_licats.definition.logic.expressions import Call, Expression, Text
from redcap_licats.pages.logic import RUNTIME, to_javascript

texts = st.one_of(st.text(), st.sampled_from(["</script>", "<!--", "]]>", "\u2028", "'\"\\", "&lt;", "${x}", "`"]))
expressions: st.SearchStrategy[Expression] = st.one_of(
    texts.map(Text),
    st.builds(Reference, field=texts, event=texts, instance=texts, code=texts, option=texts),
    st.builds(SmartVariable, name=texts, parameters=st.tuples(texts, texts)),
)


@given(st.lists(expressions, min_size=1, max_size=3))
def test_no_text_ends_the_script(arguments: list[Expression]) -> None:
    script = to_javascript(Call("concat", tuple(arguments)))
    assert script.isascii() and script.isprintable()
    assert not set(script) & set("<>&'")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("1.50", "1.5"),
        ("'<b>'", '"\\u003cb\\u003e"'),
        (
            "[a] and 1",
            'L.truth(s.value({"field":"a","event":"","instance":"","code":"","option":""}))&&L.truth(1.0)',
        ),
        ("[survey-link:f]", 's.smart({"name":"survey-link","parameters":["f"],"event":"","instance":""})'),
        ("if(1, 2, 3) + -[event-name]", "L.add((L.truth(1.0)?2.0:3.0),L.negative("),
        ("ROUND(1, 2)", "L.functions.round([1.0,2.0],s)"),
    ],
)
def test_compiles(text: str, script: str) -> None:
    assert script in to_javascript(parse(text))


def test_the_runtime_may_stand_in_a_page() -> None:
    assert RUNTIME.isascii()
    lowered = RUNTIME.lower()
    assert not [word for word in ("</script", "<!--", "eval(", "new function", "import(") if word in lowered]
