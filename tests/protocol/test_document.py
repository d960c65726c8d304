"""The document says all of the protocol, and calls nothing published that is not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from redcap_licats.derive.model import CLASS_OF_REASON
from redcap_licats.messages.catalogue import catalogue
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.protocol.base import Sourced
from redcap_licats.protocol.document import document

CRITERIA = Path(__file__).parents[2] / "docs" / "criteria.md"


@pytest.fixture(scope="module")
def text() -> str:
    return document(load_protocol(), CLASS_OF_REASON)


def show(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from redcap_licats.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "protocol", "show", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def section(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_document_in_docs_is_current(text: str) -> None:
    assert CRITERIA.read_text(encoding="utf-8") == text, "Run: make instruments"


def test_every_criterion_stands_with_its_wording_and_standing(text: str) -> None:
    protocol = load_protocol()
    for organ in protocol.organs.values():
        found = list(rows(section(text, f"### {organ.label.en} · {organ.label.ja}")))[1:]
        assert len(found) == len(organ.criterion)
        for row, one in zip(found, organ.criterion, strict=True):
            assert row[0] == f"`{one.id}` {one.label.en}"
            assert row[1] == one.label.ja
            assert row[3] == (one.wording or "–")
            assert row[4] == ("published" if one.source.startswith("P:") else "study setting")
            assert row[5] == one.source
        for cause in protocol.causes_of(organ.slug):
            assert f"- `{cause.id}` {cause.label.en} · {cause.label.ja}" in text


def test_every_check_stands_with_its_text_and_settings(text: str) -> None:
    for one in load_protocol().checks.values():
        said = section(text, f"### {one.id}")
        assert f"**{one.title.en}** · {one.title.ja}" in said
        for words in (one.text, *one.phrases.values()):
            assert words.en in said
            assert words.ja in said
        assert f"Severity: {one.severity.value}" in said
        assert ("at once" in said) == one.at_once
        assert ("monitor only" in said) == (one.severity == "medical")
        assert ("REDCap's log" in said) == one.needs_history
        ruled = one.dq and one.severity != "medical"
        assert ("Data Quality rule" in said) == bool(ruled)
        whole = ruled and not any(rule.only for rule in one.dq)
        assert ("(the whole check)" in said) == bool(whole)
        for name in one.settings:
            assert f"- Setting `{name}`: " in said
        for list_name, names in (("Needs", one.reads), ("Makes meaningless", one.makes_meaningless)):
            assert (f"- {list_name}: {', '.join(names)}\n" in said) == bool(names)


def test_every_group_of_settings_says_whether_it_is_published(text: str) -> None:
    for name, group in load_protocol().settings:
        if isinstance(group, Sourced):
            said = section(text, f"### {name.replace('_', ' ').capitalize()}")
            assert ("**Published**" in said) == group.source.startswith("P:")
            assert ("**Study setting**" in said) != ("**Published**" in said)


def test_every_reason_stands_with_its_class_in_order(text: str) -> None:
    said = [row[:2] for row in rows(section(text, "## Classification"))][1:]
    assert said == [[name.value, f"`{reason}`"] for reason, name in CLASS_OF_REASON.items()]


def test_every_code_of_grade_and_flag_stands_with_its_text(text: str) -> None:
    said = section(text, "## Grade")
    for key, words in catalogue().items():
        if key.startswith(("terms.grade.", "terms.flag.")):
            assert f"| `{key.rpartition('.')[2]}` | {words['en']} | {words['ja']} |" in said


def test_every_grading_beside_licats_stands_with_its_limits(text: str) -> None:
    protocol = load_protocol()
    said = text.partition("\n## Gradings beside LICATS\n")[2].partition("\n## ")[0]
    for _, one in protocol.toxicity:
        assert f"source: {one.source}." in said
    for scale in protocol.toxicity.counts.values():
        for band in scale.band:
            assert f"at most {band.at_most} " in said or f"below {band.below} " in said
    terms = list(rows(section(said, "### CTCAE")))[1:]
    assert [row[3] for row in terms] == [one.term for one in protocol.ctcae.values()]
    for row, term in zip(terms, protocol.ctcae.values(), strict=True):
        assert (row[0], row[2], row[4]) == (f"{term.version}.0", f"`{term.criterion}`", term.meddra or "–")
        assert row[8] == term.source


def test_every_unit_and_factor_stands(text: str) -> None:
    said = section(text, "## Analytes and units")
    assert "| µmol/L | umol/L | 0.0113122 (exactly 5/442) |" in said
    assert said.count("never converted") == 3  # one further unit of anti-dsDNA, two of CAR-T
    assert len(list(rows(said))) - 1 == sum(len(one.units) for one in load_protocol().analytes.values())


def test_every_table_is_rectangular(text: str) -> None:
    width = 0
    for line in text.splitlines():
        cells = len(re.split(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (width and cells) or cells == width, line
        width = cells


def test_markup_in_a_label_stands_as_it_is() -> None:
    protocol = load_protocol()
    check = protocol.checks["DT01"]
    title = check.title.model_copy(update={"en": "a|b <i>*c*</i> [d](e) `f` \\\nnext"})
    odd = protocol.model_copy(update={"checks": {"DT01": check.model_copy(update={"title": title})}})
    assert r"**a\|b \<i>\*c\*\</i> \[d](e) \`f\` \\ next**" in document(odd, CLASS_OF_REASON)


def test_an_overlay_is_shown_and_no_longer_called_published(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    (overlay / "organs").mkdir(parents=True)
    kidney = 'slug = "kidney"\n[[criterion]]\nid = "crea"\nat_least = "1.3"\n'
    (overlay / "organs" / "kidney.toml").write_text(kidney, encoding="utf-8")
    run = show("--overlay", "overlay", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    row = next(row for row in rows(run.stdout) if row[0].startswith("`crea` Creatinine ≥"))
    assert row[2] == "Creatinine: peak at least 1.3 times baseline"
    assert row[4:] == ["study setting", "overlay"]


def test_the_command_writes_a_file_or_says_why_not(tmp_path: Path, text: str) -> None:
    run = show("--out", "criteria.md", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "criteria.md").read_text(encoding="utf-8") == text
    refused = show("--out", "nowhere/criteria.md", folder=tmp_path)
    assert refused.returncode == 2
    assert "PROTOCOL-WRITE" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["criteria.md"]


def test_a_protocol_without_an_analyte_floor_or_ratio_says_so() -> None:
    protocol: Protocol = load_protocol()
    kidney = protocol.organs["kidney"]
    any_rise = kidney.criterion[0].model_copy(update={"at_least": None})
    floor = kidney.criterion[1].model_copy(update={"floor": "0.2"})
    organ = kidney.model_copy(update={"criterion": (any_rise, floor)})
    text = document(protocol.model_copy(update={"organs": {"kidney": organ}}), CLASS_OF_REASON)
    assert "Creatinine: peak above baseline |" in text
    assert "peak at least 1.5 times baseline and at least 0.2 |" in text
