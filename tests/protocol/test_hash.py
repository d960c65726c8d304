"""Equal protocols have equal hashes, however their files are arranged; any change of content shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.content import protocol_hash

CHECKS = [f"[[check]]\nid = 'DT0{number}'\nenabled = false\n" for number in range(1, 7)]


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(CHECKS), split=st.integers(0, len(CHECKS)))
def test_the_arrangement_over_files_does_not_count(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], split: int
) -> None:
    folder = tmp_path_factory.mktemp("overlay")
    (folder / "a.toml").write_text("".join(order[:split]), encoding="utf-8")
    (folder / "b.toml").write_text("".join(order[split:]), encoding="utf-8")
    one = tmp_path_factory.mktemp("overlay")
    (one / "z.toml").write_text("".join(CHECKS), encoding="utf-8")
    assert load_protocol(folder).hash == load_protocol(one).hash != load_protocol().hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at_least = '1.6'", "at_least = 1.60"),
        ("at_least = 2", "at_least = '2.00'"),
        ("floor = '0.2'", "floor = 2e-1"),
    ],
)
def test_the_way_a_number_is_written_does_not_count(tmp_path: Path, one: str, other: str) -> None:
    hashes = set()
    for name, line in (("one", one), ("other", other)):
        organs = tmp_path / name / "organs"
        organs.mkdir(parents=True)
        text = f"slug = 'kidney'\n[[criterion]]\nid = 'upcr'\n{line}"
        (organs / "kidney.toml").write_text(text, encoding="utf-8")
        hashes.add(load_protocol(organs.parent).hash)
    assert len(hashes) == 1
    assert load_protocol().hash not in hashes


def test_the_hash_is_that_of_the_content() -> None:
    protocol = load_protocol()
    assert protocol.hash == protocol_hash(protocol)
    longer = protocol.settings.model_copy(update={"end_tolerance": protocol.settings.end_tolerance * 2})
    assert protocol_hash(protocol.model_copy(update={"settings": longer})) != protocol.hash


def test_the_order_of_units_counts() -> None:
    protocol = load_protocol()
    crea = protocol.analytes["crea"]
    turned = {**protocol.analytes, "crea": crea.model_copy(update={"units": crea.units[::-1]})}
    assert protocol_hash(protocol.model_copy(update={"analytes": turned})) != protocol.hash
