"""Action tags as annotations hold them."""

from __future__ import annotations

import pytest

from redcap_licats.definition.action_tags import action_tags, split_arguments


@pytest.mark.parametrize(
    ("annotation", "tags"),
    [
        ("", {}),
        ("only a remark", {}),
        ("@READONLY", {"@READONLY": ""}),
        ("@HIDDEN-FORM @NOW-SERVER", {"@HIDDEN-FORM": "", "@NOW-SERVER": ""}),
        ("@CHARLIMIT='7' @PLACEHOLDER=\"YYYY-MM\"", {"@CHARLIMIT": "7", "@PLACEHOLDER": "YYYY-MM"}),
        ("@CHARLIMIT = 7\n@READONLY", {"@CHARLIMIT": "7", "@READONLY": ""}),
        ("@DEFAULT='see @HIDDEN' @READONLY", {"@DEFAULT": "see @HIDDEN", "@READONLY": ""}),
        (
            "@CALCTEXT(if([a] = ')', 'x', concat('@NOW', [b])))",
            {"@CALCTEXT": "if([a] = ')', 'x', concat('@NOW', [b]))"},
        ),
        ("@DEFAULT='1' @DEFAULT='2'", {"@DEFAULT": "1"}),
        ("LOINC=2160-0 @READONLY", {"@READONLY": ""}),
        ("mail me@HOME", {}),
        ("@DEFAULT='never closed", {"@DEFAULT": "'never"}),
        ("@CALCTEXT(never closed", {"@CALCTEXT": ""}),
    ],
)
def test_tags(annotation: str, tags: dict[str, str]) -> None:
    assert action_tags(annotation) == tags


def test_arguments_are_split_where_nothing_is_open() -> None:
    assert split_arguments("[a], if([b], 1, 2), 'x,y'") == ["[a]", " if([b], 1, 2)", " 'x,y'"]
