"""The optional instruments: every field lands where it belongs; a form that is left out is not read."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from redcap_licats.protocol import load_protocol
from redcap_licats.subject.model import (
    ActivityScore,
    AdverseEvent,
    Biopsy,
    Disposition,
    IecHs,
    Imaging,
    Medication,
    Microbiology,
    PartialDate,
    Place,
    PriorTherapy,
    Subject,
)
from redcap_licats.subject.read import read_subject, variables_read

PROTOCOL = load_protocol()
MARCH = dt.date(2026, 3, 1)

#: form -> cells as exported, where a subject keeps them, as read
FORMS: dict[str, tuple[dict[str, str], str, object]] = {
    "prior_therapy": (
        {
            "pt_drug": "Rituximab",
            "pt_class": "bcell",
            "pt_start_ym": "2024-05",
            "pt_stop_ym": "2024-11",
            "pt_ongoing": "0",
            "pt_ind": "Nephritis",
            "pt_stop_why": "ineff",
        },
        "prior_therapies",
        (
            PriorTherapy(
                Place("prior_therapy"),
                "Rituximab",
                "bcell",
                PartialDate(2024, 5),
                PartialDate(2024, 11),
                False,
                "Nephritis",
                "ineff",
            ),
        ),
    ),
    "conmed": (
        {
            "cm_drug": "Vancomycin",
            "cm_class": "antibact",
            "cm_nephro": "1",
            "cm_start": "2026-03-01",
            "cm_stop": "2026-03-01",
            "cm_ongoing": "0",
            "cm_ind___infection": "1",
            "cm_ind___kidney": "1",
            "cm_ind___skin": "0",
        },
        "medications",
        (
            Medication(
                Place("conmed"),
                "Vancomycin",
                "antibact",
                True,
                MARCH,
                MARCH,
                False,
                frozenset({"infection", "kidney"}),
            ),
        ),
    ),
    "microbiology": (
        {
            "mic_date": "2026-03-01",
            "mic_specimen": "stool",
            "mic_method": "pcr",
            "mic_org": "other",
            "mic_org_text": "Norovirus",
            "mic_result": "neg",
        },
        "microbiology",
        (Microbiology(Place("microbiology"), MARCH, "stool", "pcr", "other", "Norovirus", "neg"),),
    ),
    "imaging": (
        {
            "img_date": "2026-03-01",
            "img_kind": "ctpa",
            "img_organ": "lung",
            "img_contrast": "1",
            "img_result": "abn",
            "img_text": "Ground glass",
        },
        "imaging",
        (Imaging(Place("imaging"), MARCH, "ctpa", "lung", True, "abn", "Ground glass"),),
    ),
    "biopsy": (
        {
            "bio_date": "2026-03-01",
            "bio_organ": "marrow",
            "bio_event": "2",
            "bio_bcells": "none",
            "bio_tcells": "few",
            "bio_dx": "tma",
            "bio_dx_text": "As reported",
        },
        "biopsies",
        (Biopsy(Place("biopsy"), MARCH, "marrow", 2, "none", "few", "tma", "As reported"),),
    ),
    "activity": (
        {"act_date": "2026-03-01", "act_index": "other", "act_index_text": "Own index", "act_score": "2.5"},
        "scores",
        (ActivityScore(Place("activity"), MARCH, "other", "Own index", Fraction(5, 2)),),
    ),
    "adverse_event": (
        {
            "ae_term": "Rash",
            "ae_start": "2026-03-01",
            "ae_end": "2026-03-01",
            "ae_ongoing": "0",
            "ae_ctc_ver": "6",
            "ae_grade": "3",
            "ae_serious": "1",
            "ae_crit___hosp": "1",
            "ae_organ": "skin",
            "ae_licats": "1",
            "ae_event": "2",
        },
        "adverse_events",
        (
            AdverseEvent(
                Place("adverse_event"),
                "Rash",
                MARCH,
                MARCH,
                False,
                "6",
                3,
                True,
                frozenset({"hosp"}),
                "skin",
                True,
                2,
            ),
        ),
    ),
    "iec_hs": (
        {
            "hs_present": "1",
            "hs_onset": "2026-03-01",
            "hs_end": "2026-03-01",
            "hs_ongoing": "0",
            "hs_ferr": "12000",
            "hs_fib": "0.9",
            "hs_alt": "210",
            "hs_ast": "180",
            "hs_cytop": "1",
            "hs_grade": "2",
        },
        "iec_hs",
        (
            IecHs(
                Place("iec_hs"),
                True,
                MARCH,
                MARCH,
                False,
                Fraction(12000),
                Fraction(9, 10),
                Fraction(210),
                Fraction(180),
                True,
                2,
            ),
        ),
    ),
    "disposition": (
        {
            "dsp_status": "wd",
            "dsp_last": "2026-03-01",
            "dsp_death": "2026-03-01",
            "dsp_death_why": "Sepsis",
            "dsp_wd": "2026-03-01",
            "dsp_wd_why": "Own wish",
        },
        "disposition",
        Disposition(Place("disposition"), "wd", MARCH, MARCH, "Sepsis", MARCH, "Own wish"),
    ),
}


def read(form: str, cells: dict[str, str], overlay: Path | None = None) -> Subject:
    row = {"record_id": "1", "redcap_repeat_instrument": form, "redcap_repeat_instance": "1", **cells}
    if form == "disposition":
        row |= {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
    return read_subject([row], load_protocol(overlay))


def test_every_optional_instrument_is_here() -> None:
    assert {one.name for one in PROTOCOL.instruments.values() if not one.core} == FORMS.keys()


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_whole(form: str) -> None:
    cells, kept, expected = FORMS[form]
    subject = read(form, cells)
    assert getattr(subject, kept) == expected
    assert subject.unreadable == ()
    assert {column.partition("___")[0] for column in cells} == {
        name for name in variables_read(PROTOCOL) if name.startswith(next(iter(cells)).partition("_")[0] + "_")
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_the_study_leaves_out_is_not_read(form: str, tmp_path: Path) -> None:
    cells, kept, _ = FORMS[form]
    rest = [name for name in PROTOCOL.settings.optional if name != form]
    (tmp_path / "study.toml").write_text(f"[settings]\noptional = {rest}\n")
    subject = read(form, cells, tmp_path)
    assert not getattr(subject, kept)
    assert subject.values == {}
    assert variables_read(PROTOCOL) - variables_read(load_protocol(tmp_path)) == {
        column.partition("___")[0] for column in cells
    }


@pytest.mark.parametrize(
    ("cells", "organ", "licats"),
    [
        ({"ae_term": "Cough", "ae_organ": "none", "ae_licats": "0"}, "", False),
        ({"ae_term": "Cough", "ae_licats": "9"}, "", None),
        ({"ae_term": "Cough", "ae_organ": "lung", "ae_licats": "UNK"}, "lung", None),
    ],
)
def test_an_adverse_event_of_no_organ_or_without_a_decision(
    cells: dict[str, str], organ: str, licats: bool | None
) -> None:
    (one,) = read("adverse_event", cells).adverse_events
    assert (one.organ, one.licats) == (organ, licats)


def test_an_answer_that_an_overlay_adds_is_known(tmp_path: Path) -> None:
    folder = tmp_path / "instruments"
    folder.mkdir()
    (folder / "microbiology.toml").write_text(
        "name = 'microbiology'\n[[field]]\nname = 'org'\n"
        "choices = [{ code = 'hsv', label = { en = 'Herpes simplex', ja = '単純ヘルペス' } }]\n",
        encoding="utf-8",
    )
    cells = {"mic_date": "2026-03-01", "mic_org": "hsv"}
    assert read("microbiology", cells, tmp_path).microbiology[0].organism == "hsv"
    assert [one.value for one in read("microbiology", cells).unreadable] == ["hsv"]
