from __future__ import annotations

from pathlib import Path

import pytest
from own_study import mapping_text, own_project

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.mapping import load_mapping
from redcap_licats.mapping.model import NOTHING
from redcap_licats.mapping.names import Names
from redcap_licats.mapping.ours import ours_of
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.finding import Finding, Harm
from redcap_licats.sync.mapped import mapping_findings

PROTOCOL = load_protocol()
LABS = '[form.labs]\nform = "labs"\n[form.labs.field]\n'
SETTINGS = ProjectSettings.model_validate(
    {"name": "study", "url": "https://redcap.example.org/api/", "project_id": 7, "token": {"env": "X"}}
)


def written(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text)
    return path


def test_without_a_file_nothing_is_mapped() -> None:
    assert load_mapping(None, PROTOCOL) == NOTHING


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("prefix =", "MAPPING-FILE", ["not valid TOML"]),
        ('prefx = "a_"', "MAPPING-KEY", ["prefx", "'prefix'"]),
        ('prefix = "A"', "MAPPING-KEY", ["prefix", "small letters"]),
        ('[form.labs]\nfrom = "labs"\n[form.labs.field]\ndate = "d"', "MAPPING-KEY", ["form.labs.from", "'form'"]),
        (LABS + 'date = { field = "d", cods = {} }', "MAPPING-KEY", ["form.labs.field.date.cods", "'codes'"]),
        ('[events]\nlabz = ["a"]', "MAPPING-OURS", ["events.labz", "'labs'"]),
        ('[missing]\n"-9" = "UNC"', "MAPPING-OURS", ["missing.-9", "'UNK'"]),
        (LABS.replace(".labs", ".lab") + 'date = "d"', "MAPPING-OURS", ["form.lab", "'labs'"]),
        (LABS.replace(".labs", ".licats_kidney") + 'onset = "d"', "MAPPING-OURS", ["always ours"]),
        (LABS.replace(".labs", ".licats_result") + 'key_d = "d"', "MAPPING-OURS", ["always ours"]),
        (LABS + 'crea_vall = "c"', "MAPPING-OURS", ["crea_vall", "'crea_val'"]),
        (LABS + 'crea_val = { field = "c", unit = "umol" }', "MAPPING-OURS", ["no factor", "'umoll'", "overlay"]),
        (LABS + 'date = { field = "c", unit = "umoll" }', "MAPPING-OURS", ["Only values of analytes"]),
        (LABS + 'sediment = { field = "s", codes = { "1" = "normall" } }', "MAPPING-OURS", ["'normal'"]),
        (LABS + 'date = { field = "c", factor = "2" }', "MAPPING-OURS", ["holds no number"]),
        (LABS + 'crea_val = { field = "c", factor = "0" }', "MAPPING-KEY", ["greater than 0"]),
    ],
)
def test_what_is_wrong_is_named_with_its_key(tmp_path: Path, text: str, code: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_mapping(written(tmp_path, text), PROTOCOL)
    assert caught.value.code == code
    assert str(tmp_path / "mapping.toml") in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"MAPPING-FILE.*No such file"):
        load_mapping(tmp_path / "none.toml", PROTOCOL)


def findings(folder: Path, text: str) -> list[Finding]:
    study = own_project()
    said = load_mapping(written(folder, text), PROTOCOL)
    names = Names(said, ours_of(PROTOCOL), study.dictionary, study.events)
    return [one for one in mapping_findings(names, SETTINGS) if one.harm is not Harm.HARMLESS]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (LABS.replace('"labs"', '"lab"') + 'date = "lab_when"', "MAPPING-THEIRS", ["'lab'", "'labs'"]),
        (LABS + 'date = "lab_wen"\ntime = "sample_id"', "MAPPING-THEIRS", ["'lab_wen'", "'lab_when'"]),
        (LABS + 'date = "dm_age"', "MAPPING-THEIRS", ["None of the fields stands on the form 'labs'"]),
        (LABS + 'date = { field = "sample_id", take = "date" }', "MAPPING-TYPE", ["date and time"]),
        (
            LABS + 'lab = { field = "lab_place", codes = { "1" = "conv", "4" = "" } }',
            "MAPPING-CODES",
            ["do", "mean", "2, 3"],
        ),
        ('[events]\nlabs = ["visit_arm_1"]', "MAPPING-EVENTS", ["'visit_arm_1'", "'visits_arm_1'"]),
        ('[events]\nimaging = ["visits_arm_1"]', "MAPPING-EVENTS", ["imaging", "does not stand in visits_arm_1"]),
        (LABS + 'date = "lab_when"', "MAPPING-TYPE", ["date and time", 'take = "date"']),
        (LABS + 'lab = "lab_place"', "MAPPING-CODES", ["codes of 'lab_place': 1, 2, 3", "conv"]),
        (LABS + 'date = { field = "lab_when", take = "date" }', "", []),
    ],
)
def test_what_is_not_so_in_the_project_is_named(tmp_path: Path, text: str, code: str, words: list[str]) -> None:
    found = findings(tmp_path, text)
    assert ([one.code for one in found] or [""])[0] == code
    said = " ".join(f"{one.what} {one.remedy}" for one in found)
    for word in words:
        assert word in said


def test_the_whole_mapping_of_the_study_fits_it_before_our_forms_come(tmp_path: Path) -> None:
    assert {one.code for one in findings(tmp_path, mapping_text(PROTOCOL))} == {"MAPPING-EVENTS"}
