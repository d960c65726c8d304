"""Publishing is deterministic, whole or not at all, and notices what is out of date."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from redcap_licats.definition.dictionary import read_dictionary
from redcap_licats.definition.instrument_zip import read_instrument
from redcap_licats.definition.language_file import read_language
from redcap_licats.definition.odm import read_project
from redcap_licats.errors import ConfigError
from redcap_licats.forms import build_project
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.publish import publish, stale
from redcap_licats.forms.second_language import languages
from redcap_licats.protocol import load_protocol

INSTRUMENTS = Path(__file__).parents[2] / "instruments"
PROTOCOL = load_protocol()
PROJECT = build_project(PROTOCOL)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "instruments"
    publish(PROTOCOL, folder)
    return folder


def test_the_checked_in_instruments_are_current() -> None:
    assert stale(PROTOCOL, INSTRUMENTS) == ()


def test_every_instrument_has_its_zip(published: Path) -> None:
    for form, fields in PROJECT.dictionary.forms.items():
        own = tuple(one for one in fields if one.name != "record_id")
        assert read_instrument((published / f"{form}.zip").read_bytes()) == own


def test_dictionary_and_project_read_back(published: Path) -> None:
    text = (published / "data_dictionary.csv").read_text(encoding="utf-8")
    assert read_dictionary(text) == PROJECT.dictionary
    assert read_project((published / "project.xml").read_bytes()).dictionary == PROJECT.dictionary


def test_the_second_language_has_every_text_of_the_other_dictionary(published: Path) -> None:
    language = read_language((published / "multi_language_ja.json").read_bytes(), PROJECT.dictionary)
    assert language == languages(PROTOCOL)[1]
    for one in build_dictionary(PROTOCOL, "ja"):
        texts = language.fields[one.name]
        assert (texts.label, texts.note, texts.section_header) == (one.label, one.note, one.section_header)
        assert texts.choices == ({"1": "はい", "0": "いいえ"} if one.type == "yesno" else one.choices)
    assert language.forms["licats_kidney"] == "LICATS:腎臓"
    assert language.missing_codes["UNK"] == "不明"


def test_a_japanese_study_has_english_as_its_second_language(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[settings]\nlanguage = 'ja'\n")
    paths = publish(load_protocol(tmp_path), tmp_path / "instruments")
    assert "multi_language_en.json" in {path.name for path in paths}


def test_the_manifest_names_protocol_and_files_by_hash(published: Path) -> None:
    files = contents(published)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["protocol"] == {
        "name": PROTOCOL.name,
        "version": PROTOCOL.version,
        "hash": PROTOCOL.hash,
    }
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_another_process_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    program = (
        "import sys, pathlib; from redcap_licats.forms.publish import publish;"
        "from redcap_licats.protocol import load_protocol; publish(load_protocol(), pathlib.Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program, folder], check=True, env=environment)
    assert contents(folder) == contents(published)


def test_publishing_replaces_the_whole_folder(tmp_path: Path) -> None:
    folder = tmp_path / "instruments"
    paths = publish(PROTOCOL, folder)
    (folder / "left_over.zip").write_bytes(b"")
    assert publish(PROTOCOL, folder) == paths
    assert contents(folder).keys() == {path.name for path in paths}
    assert [path.name for path in tmp_path.iterdir()] == ["instruments"]


def test_a_stale_folder_is_told_by_file(tmp_path: Path) -> None:
    folder = tmp_path / "instruments"
    publish(PROTOCOL, folder)
    assert stale(PROTOCOL, folder) == ()
    (folder / "labs.zip").write_bytes(b"changed")
    (folder / "infusion.zip").unlink()
    (folder / "extra.txt").write_text("extra")
    assert stale(PROTOCOL, folder) == ("extra.txt", "infusion.zip", "labs.zip")


def test_an_absent_folder_is_stale(tmp_path: Path) -> None:
    assert "data_dictionary.csv" in stale(PROTOCOL, tmp_path / "absent")


def test_a_changed_protocol_makes_the_folder_stale(tmp_path: Path, published: Path) -> None:
    (tmp_path / "study.toml").write_text("[settings.timing]\nintermediate_until = 28\n")
    changed = stale(load_protocol(tmp_path), published)
    # the cuts stand in the preview of every organ's form
    assert {"data_dictionary.csv", "field_map.json", "licats_gi.zip", "manifest.json", "project.xml"} <= {*changed}
    assert "labs.zip" not in changed


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_somebody_else_wrote_is_not_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "thesis"
    if kind == "folder":
        target.mkdir()
        (target / "chapter.txt").write_text("one")
    else:
        target.write_text("one")
    with pytest.raises(ConfigError, match="FORMS-FOLDER"):
        publish(PROTOCOL, target)
    assert [path.name for path in tmp_path.rglob("*.txt")] == (["chapter.txt"] if kind == "folder" else [])
    assert target.exists()


def test_a_folder_that_cannot_be_written_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"FORMS-WRITE: .*file"):
        publish(PROTOCOL, tmp_path / "file" / "instruments")


def test_forms_that_do_not_hold_together_are_not_published(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay" / "instruments"
    overlay.mkdir(parents=True)
    (overlay / "labs.toml").write_text("name = 'labs'\n[[field]]\nname = 'time'\nshow_if = '[lab_dat] <> 0'\n")
    with pytest.raises(ConfigError, match="lab_dat"):
        publish(load_protocol(overlay.parent), tmp_path / "instruments")
    assert not (tmp_path / "instruments").exists()
