"""A protocol survives being kept as JSON, and what two protocols do not share is named key by key."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.protocol.content import Difference, content_of, differences, hash_of, protocol_hash, protocol_of


def overlaid(folder: Path, **files: str) -> Protocol:
    """Load with an overlay; ``organs__kidney`` stands for ``organs/kidney.toml``."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return load_protocol(folder)


def changed(before: Protocol, after: Protocol) -> tuple[Difference, ...]:
    return differences(content_of(before), content_of(after))


def test_content_written_and_read_again_is_the_same_protocol() -> None:
    protocol = load_protocol()
    content = json.loads(json.dumps(content_of(protocol), ensure_ascii=False, indent=1))
    assert hash_of(content) == protocol.hash
    again = protocol_of(content)
    assert again.hash == protocol_hash(again) == protocol.hash
    assert list(again.organs) == list(protocol.organs)
    assert changed(protocol, again) == ()


def test_a_changed_threshold_is_one_key_and_its_source() -> None:
    own = load_protocol()
    criteria = tuple(
        one.model_copy(update={"at_least": Decimal("1.30")}) if one.id == "crea" else one
        for one in own.organs["kidney"].criterion
    )
    kidney = own.organs["kidney"].model_copy(update={"criterion": criteria})
    other = own.model_copy(update={"organs": {**own.organs, "kidney": kidney}})
    assert changed(own, other) == (Difference("organs.kidney.criterion.crea.at_least", "1.5", "1.3"),)


def test_a_check_switched_off(tmp_path: Path) -> None:
    other = overlaid(tmp_path, checks="[[check]]\nid = 'DT01'\nenabled = false")
    keys = {one.key: (one.before, one.after) for one in changed(load_protocol(), other)}
    assert keys["checks.DT01.enabled"] == ("true", "false")
    assert set(keys) <= {"checks.DT01.enabled", "checks.DT01.source"}


def test_a_new_cause_is_named_by_its_id(tmp_path: Path) -> None:
    cause = "slug = 'skin'\n[[cause]]\nid = 'zoster'\nlabel = { en = 'Zoster', ja = '帯状疱疹' }"
    found = changed(load_protocol(), overlaid(tmp_path, organs__skin=cause))
    assert [(one.key, one.before) for one in found] == [
        ("organs.skin.cause.zoster.id", None),
        ("organs.skin.cause.zoster.label.en", None),
        ("organs.skin.cause.zoster.label.ja", None),
    ]


def test_order_alone_is_named_too() -> None:
    own = load_protocol()
    crea = own.analytes["crea"].model_copy(update={"units": own.analytes["crea"].units[::-1]})
    other = own.model_copy(update={"analytes": {**own.analytes, "crea": crea}})
    assert changed(own, other) == (Difference("analytes.crea.units.(order)", "mgdl, umoll", "umoll, mgdl"),)


@pytest.mark.parametrize("edit", ["version = '9'", "[settings.timing]\nearly_until = 10"])
def test_differences_are_empty_only_for_equal_hashes(tmp_path: Path, edit: str) -> None:
    other = overlaid(tmp_path, study=edit)
    assert other.hash != load_protocol().hash
    assert changed(load_protocol(), other)
