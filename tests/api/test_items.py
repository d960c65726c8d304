"""A JSON list read item by item is what json makes of it as a whole, wherever the bytes are cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.api import items as module
from redcap_licats.api.items import is_list, items

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(params=[1, 2, 7, 1 << 16])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    size: int = request.param
    monkeypatch.setattr(module, "_PIECE", size)
    return size


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 9))
def test_every_list_comes_as_it_is(wanted: list[object], indent: int | None, ascii_only: bool, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE", size)
        body = json.dumps(wanted, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        assert list(items(body)) == json.loads(body.decode("utf-8", "replace"))
        assert is_list(body)


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize(
    "body", ["[]", " [ ] \n", "\ufeff[1]", '\n[ "a, ]" ,\t{"b": [1, 2]} , 12 ]\r\n', "[12,345]", '["𠮷"]']
)
def test_blanks_marks_and_rare_letters_do_not_matter(body: str) -> None:
    assert list(items(body.encode())) == json.loads(body.removeprefix("\ufeff"))


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize(
    "body", ["", " ", "{}", "1", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]2", "[1][2]", '["a', "[1]]", "<p>"]
)
def test_what_is_no_list_is_refused(body: str) -> None:
    with pytest.raises(ValueError):
        list(items(body.encode()))


def test_bytes_that_are_no_text_are_marked() -> None:
    assert list(items(b'["a\xffb"]')) == ["a\ufffdb"]


def test_what_comes_before_an_error_is_given() -> None:
    given = items(b'[{"a": 1}, {"b"')
    assert next(given) == {"a": 1}
    with pytest.raises(ValueError, match="delimiter"):
        next(given)


@pytest.mark.parametrize(
    ("body", "is_one"),
    [(b" \n[", True), (b"\xef\xbb\xbf[1]", True), (b"{", False), (b"", False), (b"  ", False), (b'"["', False)],
)
def test_a_list_is_told_by_its_first_byte(body: bytes, is_one: bool) -> None:
    assert is_list(body) is is_one
