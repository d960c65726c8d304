"""Keys of rows, and what they bear of what programs do to values when they save."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.report.binding import Bond, seal, shown_digest, unseal

SECRET = b"s" * 32
BOND = Bond(
    "42", "redcap.example.org", "", "monitor", "1-1", "0", "3", "abc", "open", "f" * 16, "-", "-", "d" * 16
)
_PARTS = st.lists(st.text(), min_size=13, max_size=13)


@given(_PARTS)
def test_a_key_gives_back_what_it_was_made_of(parts: list[str]) -> None:
    bond = Bond(*parts)
    key = seal(bond, SECRET)
    assert unseal(key, SECRET) == bond
    assert unseal(f" {key}\n", SECRET) == bond
    assert unseal(key, b"t" * 32) is None
    assert key.isascii()


@given(st.integers(0, 12), st.text())
def test_no_part_can_be_changed(place: int, text: str) -> None:
    parts = list(astuple(BOND))
    if parts[place] == text:
        return
    parts[place] = text
    forged = seal(Bond(*parts), SECRET).rpartition(" ")[0] + " " + seal(BOND, SECRET).rpartition(" ")[2]
    assert unseal(forged, SECRET) is None


@pytest.mark.parametrize("key", ["", "licats1", "licats1 [] " + "0" * 64, "licats2 [] " + "0" * 64, "x" * 100_000])
def test_what_is_no_key(key: str) -> None:
    assert unseal(key, SECRET) is None


def test_a_key_of_other_parts_is_none_although_it_is_sealed() -> None:
    short = seal(replace(BOND), SECRET)
    assert unseal(short, SECRET) == BOND
    assert BOND.target == ("1-1", False, 3)


@pytest.mark.parametrize(
    ("written", "saved"),
    [
        (dt.date(2026, 3, 1), dt.datetime.combine(dt.date(2026, 3, 1), dt.time())),
        (dt.date(2026, 3, 1), 46082),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (88, "88"),
        (88, 88.0),
        (1.3333, 1.3333000000000002),
        ("1.50", 1.5),
        (0.1 + 0.2, 0.3),
        (None, ""),
        ("a\nb", "a\r\nb"),
        ("a  b ", "a b"),
        ("a\tb", "ab"),
        ("が", "か\u3099"),
    ],
)
def test_saving_changes_nothing(written: object, saved: object) -> None:
    assert shown_digest({"x": written}) == shown_digest({"x": saved})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("written", "edited"),
    [
        (dt.date(2026, 3, 1), dt.date(2026, 3, 2)),
        (88, 89),
        (1.3333, 1.3334),
        ("1-1", "1-2"),
        ("open", "Open"),
        (None, 0),
        ("nan", "inf"),
        (10**15, 10**15 + 1000),
    ],
)
def test_editing_shows(written: object, edited: object) -> None:
    assert shown_digest({"x": written}) != shown_digest({"x": edited})  # type: ignore[dict-item]


@given(
    st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.floats() | st.dates() | st.datetimes())
)
def test_the_order_of_columns_does_not_matter(cells: dict[str, object]) -> None:
    turned = dict(reversed(cells.items()))
    assert shown_digest(cells) == shown_digest(turned)  # type: ignore[arg-type]


def test_a_value_belongs_to_its_column() -> None:
    assert shown_digest({"a": 1, "b": 2}) != shown_digest({"a": 2, "b": 1})
