"""Codes of standards stand in the annotations so that programs can read them and REDCap does not act on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.errors import ConfigError
from redcap_licats.forms.build import build_dictionary
from redcap_licats.forms.standards import terms_of
from redcap_licats.forms.terms import standard_terms
from redcap_licats.protocol import load_protocol

PROTOCOL = load_protocol()
DICTIONARY = build_dictionary(PROTOCOL, "en")


@pytest.mark.parametrize(
    ("variable", "terms"),
    [
        ("enr_sex", {"SDTM": "DM.SEX", "CODELIST": "C66731"}),
        (
            "lab_crea_val",
            {"LOINC": "2160-0", "UCUM": "mg/dL,umol/L", "SDTM": "LB.LBORRES", "TEST": "CREAT"},
        ),
        (
            "lab_upcr_unit",
            {
                "UCUM": "gg:g/g{creat},mgg:mg/g{creat},mgmmol:mg/mmol{creat}",
                "SDTM": "LB.LBORRESU",
                "CODELIST": "C71620",
                # what is submitted for mg/mmol is g/mol
                "CDISCUNIT": "gg:g/g,mgg:mg/g,mgmmol:g/mol",
            },
        ),
        ("lab_dsdna_val", {"LOINC": "33800-4", "UCUM": "[IU]/mL,U/mL", "SDTM": "IS"}),
        ("lab_bcell_lln", {"SDTM": "CP"}),
        # the LICATS grade is no CTCAE grade
        ("kidney_inv_grade", {"SDTM": "FAAE"}),
        ("kidney_ctc_grade", {"SDTM": "AE.AETOXGR"}),
        ("kidney_onset_ym", {"SDTM": "AE"}),
        ("kidney_pv_day", {}),
        ("kidney_status_top", {}),
        ("record_id", {}),
        ("qry_rule_d", {}),
    ],
)
def test_a_field_is_called_what_the_protocol_says(variable: str, terms: dict[str, str]) -> None:
    assert terms_of(DICTIONARY[variable]) == terms


def test_no_code_is_an_action_tag_and_no_action_tag_is_a_code() -> None:
    for field in DICTIONARY:
        alone = " ".join(f"{key}={code}" for key, code in terms_of(field).items())
        assert field.annotation.endswith(alone)
        own = field.annotation.removesuffix(alone).strip()
        assert not action_tags(alone)
        assert action_tags(field.annotation) == action_tags(own)
        assert not terms_of(Field("x", "f", FieldType.TEXT, annotation=own))


def test_every_analyte_with_a_code_has_it_on_its_value() -> None:
    terms = standard_terms(PROTOCOL)
    for analyte in PROTOCOL.analytes.values():
        if analyte.loinc:
            assert f"LOINC {analyte.loinc}" in terms[f"lab_{analyte.slug}_val"]
            assert analyte.source
        units = f"UCUM {','.join(f'{unit.code}:{unit.ucum}' for unit in analyte.units)}"
        assert units in terms[f"lab_{analyte.slug}_unit"]


@pytest.mark.parametrize(("code", "said"), [("AE OUT", "sdtm"), ("{domain}", "domain")])
def test_a_code_with_a_blank_or_an_unknown_placeholder_is_refused(tmp_path: Path, code: str, said: str) -> None:
    path = tmp_path / "instruments" / "disposition.toml"
    path.parent.mkdir()
    standard = f"standard = {{ sdtm = '{code}', source = 'x' }}"
    path.write_text(f"name = 'disposition'\n[[field]]\nname = 'last'\n{standard}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_protocol(tmp_path)
