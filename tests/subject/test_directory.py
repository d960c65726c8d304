"""Units and limits: from the form, else from the lab directory by laboratory, analyte, sex, age and date."""

from __future__ import annotations

from fractions import Fraction

import pytest

from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.protocol.models import Laboratory, Reference
from redcap_licats.subject.model import LabResult, Place, Subject
from redcap_licats.subject.read import read_subject

PLACE = Place("labs")


def read(sample: dict[str, str], protocol: Protocol | None = None, **person: str) -> Subject:
    enrolment = {f"enr_{name}": value for name, value in person.items()}
    row = {"redcap_repeat_instrument": "labs", "redcap_repeat_instance": "1", "lab_date": "2026-01-01"}
    lab = {f"lab_{name}": value for name, value in sample.items()}
    return read_subject(
        [{"record_id": "1", **enrolment}, {"record_id": "1", **row, **lab}], protocol or load_protocol()
    )


def result(sample: dict[str, str], analyte: str, protocol: Protocol | None = None, **person: str) -> LabResult:
    (one,) = read(sample, protocol, **person).samples
    return one.results[analyte]


def test_unit_and_limits_come_from_the_directory() -> None:
    got = result({"lab": "si", "crea_val": "106.08"}, "crea", sex="F")
    assert (got.value, got.unit, got.lower, got.upper) == (
        Fraction(6, 5),
        "umoll",
        Fraction(45) / Fraction("88.4"),
        Fraction(97) / Fraction("88.4"),
    )


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "own"),
    [
        ("crea", "88.4", "umoll", Fraction(1)),
        ("upcr", "56.56", "mgmmol", Fraction(1, 2)),
        ("upcr", "500", "mgg", Fraction(1, 2)),
        ("uacr", "3.3936", "mgmmol", Fraction(30)),
        ("tni", "0.04", "ngml", Fraction(40)),
        ("tni", "0.04", "ugl", Fraction(40)),
        ("tni", "40", "pgml", Fraction(40)),
        ("ck", "5", "ukatl", Fraction(300)),
        ("c3", "90", "mgdl", Fraction(9, 10)),
        ("crp", "1.5", "mgdl", Fraction(15)),
        ("ferr", "300", "ngml", Fraction(300)),
        ("anc", "500", "ul", Fraction(1, 2)),
        ("bcell", "0.005", "gl", Fraction(5)),
    ],
)
def test_conversions_are_exact(analyte: str, value: str, unit: str, own: Fraction) -> None:
    entered = {"lab": "other", f"{analyte}_val": value, f"{analyte}_unit": unit}
    assert result(entered, analyte).value == own


def test_the_forms_unit_and_limits_rule_over_the_directory() -> None:
    entered = {"lab": "conv", "ref_differ": "1", "crea_val": "106.08", "crea_unit": "umoll", "crea_uln": "88.4"}
    got = result(entered, "crea", sex="F")
    # the limit the form does not give stays the directory's, converted from the directory's unit
    assert (got.value, got.lower, got.upper) == (Fraction(6, 5), Fraction(1, 2), Fraction(1))


def test_the_directory_knows_the_assay() -> None:
    assert result({"lab": "conv", "tni_val": "5"}, "tni").assay == "hs-TnI"
    assert result({"lab": "conv", "tnt_val": "5"}, "tnt").assay == ""


def test_without_a_unit_there_is_no_value() -> None:
    subject = read({"lab": "other", "crea_val": "1.2"})
    (sample,) = subject.samples
    assert sample.results["crea"].value is None
    assert sample.results["crea"].entered == "1.2"
    assert [one.field for one in subject.unreadable] == ["lab_crea_val"]


def test_of_unknown_sex_the_unit_is_known_and_the_limits_are_not() -> None:
    got = result({"lab": "conv", "crea_val": "1.2"}, "crea")
    assert (got.unit, got.value, got.lower, got.upper) == ("mgdl", Fraction(6, 5), None, None)


def test_units_that_must_not_be_converted_do_not_borrow_limits() -> None:
    assert result({"lab": "conv", "dsdna_val": "90"}, "dsdna").upper == 100
    entered = {"lab": "conv", "ref_differ": "1", "dsdna_val": "90", "dsdna_unit": "uml"}
    assert result(entered, "dsdna").upper is None


@pytest.mark.parametrize(
    ("date", "age", "upper"),
    [
        ("2026-01-01", "8", Fraction(6, 10)),
        ("2026-01-01", "17", Fraction(6, 10)),
        ("2026-01-01", "18", Fraction(11, 10)),
        ("2026-06-30", "18", Fraction(11, 10)),
        ("2026-07-01", "18", Fraction(10, 10)),
        ("2026-07-01", "", None),  # child or adult: the limits differ
    ],
)
def test_age_and_validity_choose_the_limits(date: str, age: str, upper: Fraction | None) -> None:
    def reference(**keys: object) -> Reference:
        return Reference.model_validate({"analyte": "crea", "unit": "mgdl", **keys})

    laboratory = Laboratory(
        code="own",
        label="Own",
        reference=(
            reference(upper="0.6", age_until=17),
            reference(upper="1.1", age_from=18, valid_until="2026-06-30"),
            reference(upper="1.0", age_from=18, valid_from="2026-07-01"),
        ),
    )
    protocol = load_protocol().model_copy(update={"laboratories": {"own": laboratory}})
    got = result({"lab": "own", "date": date, "crea_val": "0.5"}, "crea", protocol, age=age)
    assert (got.value, got.upper) == (Fraction(1, 2), upper)


@pytest.mark.parametrize(
    ("entered", "value", "censor", "unreadable"),
    [
        ({"tni_val": "3", "tni_cens": "lt"}, 3, "<", False),
        ({"tni_val": "<3"}, 3, "<", False),
        ({"tni_val": "> 50000"}, 50000, ">", False),
        ({"tni_val": "<3", "tni_cens": "lt"}, 3, "<", False),
        ({"tni_val": "<3", "tni_cens": "gt"}, None, ">", True),
        ({"tni_val": "positive"}, None, "", True),
        ({"tni_val": "1,234"}, None, "", True),
        ({"tni_val": "ND"}, None, "", False),
    ],
)
def test_signs_and_unreadable_values(
    entered: dict[str, str], value: int | None, censor: str, unreadable: bool
) -> None:
    subject = read({"lab": "conv", **entered})
    got = subject.samples[0].results["tni"]
    assert (got.value, got.censor, bool(subject.unreadable)) == (value, censor, unreadable)
    assert got.entered == entered["tni_val"]


def test_not_done_is_neither_a_value_nor_missing() -> None:
    got = result({"lab": "conv", "crea_nd": "lost"}, "crea")
    assert (got.value, got.entered, got.not_done) == (None, "", "lost")
    assert "upcr" not in read({"lab": "conv", "crea_nd": "lost"}).samples[0].results
