"""A site changes the protocol with TOML alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from redcap_licats.errors import ConfigError
from redcap_licats.forms import build_project
from redcap_licats.forms.crosscheck import crosscheck
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.read import variables_read


def overlaid(folder: Path, **files: str) -> Protocol:
    """Load with an overlay; ``organs__nerve`` stands for ``organs/nerve.toml``."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return load_protocol(folder)


def test_an_empty_overlay_changes_nothing(tmp_path: Path) -> None:
    assert load_protocol(tmp_path) == load_protocol()


def test_a_new_organ_gets_its_form_fields_and_results(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path,
        organs__nerve="""
            slug = "nerve"
            label = { en = "Nerve", ja = "神経" }
            order = 8
            inner_organ = false
            source = "study setting"
            [[criterion]]
            id = "numb"
            kind = "finding"
            label = { en = "Numbness", ja = "しびれ" }
            source = "study setting"
            [[cause]]
            id = "vincr"
            label = { en = "Neurotoxic drug", ja = "神経毒性薬剤" }
        """,
    )
    project = build_project(protocol)
    crosscheck(project, protocol, variables_read(protocol))
    dictionary = project.dictionary
    assert list(protocol.organs)[-2:] == ["nerve", "other"]
    assert dictionary["nerve_crit"].choices == {"numb": "Numbness"}
    assert {"nerve_ac_vincr", "nerve_ac_infection", "enr_nerve_aff", "sum_nerve_d"} <= set(dictionary.by_name)
    assert "nerve" in dictionary["hos_reason"].choices
    assert "nerve_bsa" not in dictionary


def test_a_changed_threshold_is_no_longer_published(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, organs__kidney="slug = 'kidney'\n[[criterion]]\nid = 'crea'\nat_least = 2.0")
    changed, own = protocol.organs["kidney"].find("crea"), load_protocol().organs["kidney"].find("crea")
    assert changed is not None and own is not None
    assert (changed.at_least, changed.source, changed.published) == (Decimal(2), "overlay", False)
    assert changed == own.model_copy(update={"at_least": Decimal(2), "source": "overlay"})
    assert protocol.organs["kidney"].source == load_protocol().organs["kidney"].source
    assert protocol.organs["kidney"].find("upcr") == load_protocol().organs["kidney"].find("upcr")


def test_saying_the_same_again_keeps_the_source(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, organs__kidney="slug = 'kidney'\n[[criterion]]\nid = 'crea'\nanalyte = 'crea'")
    assert protocol == load_protocol()


def test_an_overlay_may_give_a_source(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path, study="[settings.timing]\nintermediate_until = 28\nsource = 'study setting (4 weeks)'"
    )
    assert protocol.settings.timing.source == "study setting (4 weeks)"
    assert protocol.settings.timing.early_until == 14


def test_settings_merge_by_key(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, study="[settings.queries.target_days]\nhard = 1")
    assert protocol.settings.queries.target_days == {**load_protocol().settings.queries.target_days, "hard": 1}


def test_a_check_is_switched_off(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, checks="[[check]]\nid = 'DT01'\nenabled = false")
    assert not protocol.checks["DT01"].enabled
    assert protocol.checks["DT01"].text == load_protocol().checks["DT01"].text
    assert list(protocol.checks) == list(load_protocol().checks)


def test_laboratories_are_replaced(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path,
        laboratories="""
            laboratory = [
              { code = "conv", remove = true },
              { code = "si", remove = true },
              { code = "own", label = "Own", reference = [{ analyte = "crea", unit = "mgdl", upper = 1.2 }] },
            ]
        """,
    )
    assert list(protocol.laboratories) == ["own"]
    assert list(build_project(protocol).dictionary["lab_lab"].choices) == ["own", "other"]


def test_an_analyte_and_a_criterion_of_it_are_added(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path,
        analytes="""
            [[analyte]]
            slug = "bnp"
            label = { en = "NT-proBNP", ja = "NT-proBNP" }
            group = "muscle_heart"
            units = [{ code = "ngl", label = "ng/L", factor = 1 }]
        """,
        organs__heart="""
            slug = "heart"
            [[criterion]]
            id = "bnp"
            kind = "lab_above"
            analyte = "bnp"
            label = { en = "NT-proBNP raised", ja = "NT-proBNPの上昇" }
            source = "study setting"
        """,
    )
    dictionary = build_project(protocol).dictionary
    assert list(dictionary["heart_crit"].choices) == ["tni", "bnp"]
    assert dictionary["lab_bnp_val"].maximum == ""


def test_an_answer_and_a_field_are_added_to_an_instrument(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path,
        instruments__infusion="""
            name = "infusion"
            [[field]]
            name = "ld_drugs"
            choices = [{ code = "melph", label = { en = "Melphalan", ja = "メルファラン" } }]
            [[field]]
            name = "lot"
            type = "text"
            label = { en = "Lot", ja = "ロット番号" }
        """,
    )
    form = build_project(protocol).dictionary.forms["infusion"]
    assert list(next(one for one in form if one.name == "inf_ld_drugs").choices)[-1] == "melph"
    assert form[-1].name == "inf_lot"


def test_the_forms_follow_the_language_of_the_study(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, study="[settings]\nlanguage = 'ja'")
    project = build_project(protocol)
    crosscheck(project, protocol, variables_read(protocol))
    assert project.dictionary["kidney_onset"].label == "イベントの発現日"
    assert project.form_labels["licats_kidney"] == "LICATS:腎臓"
    assert project.missing_data_codes["UNK"] == "不明"


def test_a_study_leaves_out_optional_instruments(tmp_path: Path) -> None:
    protocol = overlaid(tmp_path, study="[settings]\noptional = ['biopsy']")
    project = build_project(protocol)
    crosscheck(project, protocol, variables_read(protocol))
    whole = build_project(load_protocol()).dictionary.forms
    left_out = set(load_protocol().settings.optional) - {"biopsy"}
    assert list(project.dictionary.forms) == [form for form in whole if form not in left_out]
    assert {one.form for one in project.repeats} & left_out == set()
    assert protocol.hash != load_protocol().hash


def test_a_study_adds_an_optional_instrument_of_its_own(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path,
        study="[settings]\noptional = ['vaccination']",
        instruments__vaccination="""
            name = "vaccination"
            stem = "vac"
            label = { en = "Vaccination", ja = "予防接種" }
            writer = "site"
            core = false
            repeats = true
            order = 89
            repeat_label = "[{stem}_date]"
            [[field]]
            name = "date"
            type = "text"
            validation = "date_ymd"
            label = { en = "Date of the vaccination", ja = "接種日" }
        """,
    )
    assert {one.name for one in protocol.instruments.values() if not one.core} == {"vaccination"}
    assert "vac_date" in build_project(protocol).dictionary


@pytest.mark.parametrize("name", ["licats_result", "licats_summary", "licats_query", "licats_medical_query"])
def test_what_the_worker_writes_cannot_be_taken_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as error:
        overlaid(tmp_path, instruments__gone=f"name = '{name}'\nremove = true")
    assert error.value.code == "PROTOCOL-RULE"
    assert name in str(error.value)


def test_a_grading_beside_licats_may_be_changed_or_taken_out(tmp_path: Path) -> None:
    protocol = overlaid(
        tmp_path,
        grading="""
            [toxicity.icaht_early]
            gap_days = 3
            [[ctcae]]
            id = "v5_rash"
            remove = true
        """,
    )
    scale, own = protocol.toxicity.icaht_early, load_protocol().toxicity.icaht_early
    assert (scale.gap_days, scale.source, scale.published) == (3, "overlay", False)
    assert scale.band == own.band
    assert protocol.toxicity.icaht_late == load_protocol().toxicity.icaht_late
    assert protocol.ctcae.keys() == load_protocol().ctcae.keys() - {"v5_rash"}
