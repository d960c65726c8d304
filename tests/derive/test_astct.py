"""CRS and ICANS from assessments, against tables written by hand from ASTCT (facts 3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from records import Entries, day, derived

from redcap_licats.derive.model import SubjectResult
from redcap_licats.derive.toxicity import Graded

ICE = {"ice_orient": "4", "ice_name": "3", "ice_cmd": "1", "ice_write": "1", "ice_att": "1"}
NEURO = {**ICE, "consc": "awake", "seizure": "none", "motor": "0", "icp": "none"}
VITALS = {"temp": "36.8", "antipyr": "0", "o2_device": "none", "pressors": "0", "vasopressin": "0", "sbp": "120"}
FEVER = {"temp": "38.5"}


def seen(number: int, **changes: str) -> Entries:
    """An assessment of a day without any finding."""
    return {"kind": "inpt", "done": "1", "date": day(number), **VITALS, **NEURO, **changes}


def episode(kind: str, first: int | None = 2, last: int | None = 6, **changes: str) -> Entries:
    dates = {"onset": "" if first is None else day(first), "end": "" if last is None else day(last)}
    return {"kind": kind, **dates, "grade": "1", "tcz": "0", "gc": "0", **changes}


def result(
    kind: str, *assessments: Entries, age: str = "30", episodes: list[Entries] | None = None
) -> SubjectResult:
    return derived(
        enrolment={"age": age},
        crs_icans=[episode(kind)] if episodes is None else episodes,
        assessment=list(assessments),
    )


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, 1),
        ({"o2_device": "blowby"}, 2),
        ({"o2_device": "cannula", "o2_flow": "1"}, 2),
        ({"o2_device": "cannula", "o2_flow": "6"}, 2),
        ({"o2_device": "cannula", "o2_flow": "6.1"}, 3),
        ({"o2_device": "hfnc", "o2_flow": "5"}, 3),
        ({"o2_device": "mask"}, 3),
        ({"o2_device": "nrb"}, 3),
        ({"o2_device": "venturi"}, 3),
        ({"o2_device": "cpap"}, 4),
        ({"o2_device": "vent"}, 4),
        ({"sbp": "90"}, 1),
        ({"sbp": "89"}, 2),
        ({"pressors": "1"}, 3),
        ({"pressors": "1", "vasopressin": "1"}, 3),
        ({"pressors": "2"}, 4),
        ({"pressors": "1", "o2_device": "cannula", "o2_flow": "2"}, 3),
        ({"pressors": "1", "o2_device": "cpap"}, 4),
        ({"sbp": "89", "o2_device": "mask"}, 3),
    ],
)
def test_crs_is_the_worse_of_both_limbs(changes: Mapping[str, str], grade: int) -> None:
    assert result("crs", seen(3, **FEVER, **changes)).crs_astct == Graded(grade)


@pytest.mark.parametrize(
    ("changes", "treated", "expected"),
    [
        ({"temp": "38.0"}, {}, Graded(1)),
        ({"temp": "37.9"}, {}, Graded(0)),
        ({"temp": "37.9", "pressors": "2"}, {}, Graded(0)),  # without fever it is not CRS
        ({"temp": "37.9", "antipyr": "1"}, {}, Graded(1)),
        ({"temp": "37.9", "antipyr": "1", "pressors": "1"}, {}, Graded(3)),
        ({"temp": "37.9"}, {"tcz": "1"}, Graded(1)),
        ({"temp": "37.9", "o2_device": "mask"}, {"gc": "1"}, Graded(3)),
        ({"temp": ""}, {"tcz": "1"}, Graded(1)),
        ({"temp": ""}, {}, Graded(None, ("temperature",))),
        ({"temp": "", "pressors": "2"}, {}, Graded(None, ("temperature",))),
        ({"temp": "37.9", "antipyr": ""}, {}, Graded(None, ("antipyretic",))),
        ({"temp": "37.9"}, {"tcz": ""}, Graded(None, ("tocilizumab",))),
        ({"temp": "37.9"}, {"gc": ""}, Graded(None, ("glucocorticoid",))),
        ({"temp": "38.0", "antipyr": ""}, {"tcz": "", "gc": ""}, Graded(1)),
    ],
)
def test_fever_is_needed_unless_it_may_be_masked(
    changes: Mapping[str, str], treated: Mapping[str, str], expected: Graded
) -> None:
    assert result("crs", seen(3, **changes), episodes=[episode("crs", **treated)]).crs_astct == expected


@pytest.mark.parametrize(
    ("changes", "age", "expected"),
    [
        ({"o2_device": ""}, "30", Graded(None, ("oxygen_device",))),
        ({"o2_device": "cannula"}, "30", Graded(None, ("oxygen_flow",))),
        ({"pressors": ""}, "30", Graded(None, ("vasopressors",))),
        ({"sbp": ""}, "30", Graded(None, ("systolic",))),
        ({"sbp": "", "pressors": "1"}, "30", Graded(3)),
        ({"sbp": "", "o2_device": "mask"}, "30", Graded(None, ("systolic",))),
        ({"vasopressin": "1"}, "30", Graded(None, ("vasopressin_alone",))),
        ({"sbp": "80"}, "17", Graded(None, ("systolic_child",))),
        ({"sbp": "80"}, "18", Graded(2)),
        ({"sbp": "80", "pressors": "1"}, "17", Graded(3)),
        ({"sbp": "80"}, "", Graded(None, ("age",))),
        ({"o2_device": "", "pressors": ""}, "30", Graded(None, ("oxygen_device", "vasopressors"))),
        ({"o2_device": "", "pressors": "2"}, "30", Graded(4)),  # nothing can raise it
    ],
)
def test_crs_with_a_missing_limb_is_not_graded(changes: Mapping[str, str], age: str, expected: Graded) -> None:
    assert result("crs", seen(3, **FEVER, **changes), age=age).crs_astct == expected


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, 0),
        ({"ice_att": "0"}, 1),  # ICE 9
        ({"ice_name": "0"}, 1),  # 7
        ({"ice_orient": "0"}, 2),  # 6
        ({"ice_orient": "0", "ice_name": "0"}, 2),  # 3
        ({"ice_orient": "0", "ice_name": "0", "ice_att": "0"}, 3),  # 2
        (dict.fromkeys(ICE, "0"), 3),
        (dict.fromkeys(ICE, "0") | {"consc": "touch"}, 3),
        (dict.fromkeys(ICE, "0") | {"consc": "stim"}, 4),
        (dict.fromkeys(ICE, "0") | {"consc": "coma"}, 4),
        ({"consc": "voice"}, 2),
        ({"consc": "touch"}, 3),
        ({"consc": "stim"}, 4),
        ({"consc": "coma"}, 4),
        ({"seizure": "brief"}, 3),
        ({"seizure": "prolonged"}, 4),
        ({"motor": "1"}, 4),
        ({"icp": "focal"}, 3),
        ({"icp": "diffuse"}, 4),
        ({"ice_att": "0", "seizure": "brief"}, 3),
    ],
)
def test_icans_is_the_worst_finding(changes: Mapping[str, str], grade: int) -> None:
    assert result("icans", seen(3, **changes)).icans_astct == Graded(grade)


@pytest.mark.parametrize(
    ("changes", "age", "expected"),
    [
        ({"ice_att": ""}, "30", Graded(None, ("ice",))),
        ({"ice_att": "", "consc": "coma"}, "30", Graded(4)),
        (dict.fromkeys(ICE, "0") | {"consc": ""}, "30", Graded(None, ("consciousness",))),
        ({"seizure": ""}, "30", Graded(None, ("seizure",))),
        ({"motor": ""}, "30", Graded(None, ("motor",))),
        ({"icp": ""}, "30", Graded(None, ("raised_icp",))),
        ({}, "11", Graded(None, ("capd_grade",))),
        ({"capd": "12"}, "11", Graded(None, ("capd_grade",))),
        ({"seizure": "brief"}, "11", Graded(None, ("capd_grade",))),
        ({"seizure": "prolonged"}, "11", Graded(4)),
        (dict.fromkeys(ICE, "0"), "11", Graded(None, ("capd_grade",))),
        (dict.fromkeys(ICE, "0"), "12", Graded(3)),
        ({}, "", Graded(None, ("age",))),
    ],
)
def test_icans_with_a_missing_finding_is_not_graded(
    changes: Mapping[str, str], age: str, expected: Graded
) -> None:
    assert result("icans", seen(3, **changes), age=age).icans_astct == expected


MASK = {"o2_device": "mask"}


@pytest.mark.parametrize(
    ("assessments", "expected"),
    [
        ([seen(2, **FEVER), seen(6, **MASK)], Graded(3)),
        ([seen(2, **FEVER), seen(7, **MASK)], Graded(1)),  # after its end
        ([seen(1, **FEVER, **MASK), seen(3)], Graded(1)),  # the day before: fever counts, oxygen does not
        ([seen(0, **FEVER), seen(3)], Graded(0)),
        ([seen(3, **FEVER), seen(4, o2_device="")], Graded(None, ("oxygen_device",))),
        ([seen(3, **FEVER), seen(4, o2_device=""), seen(4)], Graded(1)),  # the day's other one says
        ([seen(3, **FEVER), seen(4, o2_device=""), seen(4, pressors="")], Graded(1)),
        ([seen(3, **FEVER), seen(4, o2_device="", done="0")], Graded(1)),
        ([seen(3, **FEVER), seen(4, temp="")], Graded(1)),
        ([seen(3, temp=""), seen(4)], Graded(None, ("temperature",))),
        ([seen(8, **FEVER)], Graded(None, ("assessment",))),
        ([], Graded(None, ("assessment",))),
    ],
)
def test_the_days_of_an_episode(assessments: list[Entries], expected: Graded) -> None:
    assert result("crs", *assessments).crs_astct == expected


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ((None, 6), Graded(None, ("onset",))),
        ((2, None), Graded(3)),  # without an end it is open
        ((2, 9), Graded(1)),
    ],
)
def test_dates_of_an_episode(dates: tuple[int | None, int | None], expected: Graded) -> None:
    found = result("crs", seen(3, **FEVER), seen(20, **MASK), episodes=[episode("crs", *dates)])
    assert found.crs_astct == expected


def test_the_worst_of_several_episodes() -> None:
    two = [episode("crs"), episode("crs", 10, 12)]
    assert result("crs", seen(3, **FEVER, **MASK), seen(11, **FEVER), episodes=two).crs_astct == Graded(3)
    assert result("crs", seen(3, **FEVER), episodes=two).crs_astct == Graded(None, ("assessment",))
    assert result("crs", seen(3, **FEVER, pressors="2"), episodes=two).crs_astct == Graded(4)
    both = result("crs", seen(3, **FEVER), seen(11, ice_att="0"), episodes=[two[0], episode("icans", 10, 12)])
    assert (both.crs_astct, both.icans_astct) == (Graded(1), Graded(1))
    assert (both.crs_grade, both.icans_grade) == (1, 1)  # the investigator's


@pytest.mark.parametrize(
    ("assessments", "crs", "icans"),
    [
        ([seen(3)], Graded(0), Graded(0)),
        ([seen(0), seen(30)], Graded(0), Graded(0)),
        ([seen(-1), seen(31)], Graded(None, ("assessment",)), Graded(None, ("assessment",))),
        ([seen(3, **FEVER)], Graded(None, ("episode",)), Graded(0)),  # fever of what cause?
        ([seen(3), seen(4, ice_att="0")], Graded(0), Graded(None, ("episode",))),
        ([seen(3, temp="", icp="")], Graded(None, ("temperature",)), Graded(None, ("raised_icp",))),
        ([], Graded(None, ("assessment",)), Graded(None, ("assessment",))),
    ],
)
def test_without_an_episode(assessments: list[Entries], crs: Graded, icans: Graded) -> None:
    found = result("crs", *assessments, episodes=[])
    assert (found.crs_astct, found.icans_astct) == (crs, icans)


def test_the_findings_of_an_episode_are_kept_one_by_one() -> None:
    one = seen(3, **FEVER, o2_device="cannula", o2_flow="2", sbp="80")
    observed = result("crs", seen(1, temp="39"), one, seen(4, pressors="1", antipyr="1")).episodes[0].observed
    limbs = [(limb.name, limb.grade, limb.place.instance, limb.value) for limb in observed.limbs]
    assert limbs == [
        ("oxygen", 2, 2, "cannula"),
        ("pressors", 1, 2, "0"),
        ("hypotension", 2, 2, "80"),
        ("oxygen", 1, 3, "none"),
        ("pressors", 3, 3, "1"),
    ]
    assert [one.place.instance for one in observed.assessments] == [2, 3]
    assert [one.place.instance for one in observed.around] == [1, 2, 3]
    assert (observed.highest_temperature, observed.fever_masked) == (39, True)


def test_the_findings_of_icans_are_kept_one_by_one() -> None:
    observed = result("icans", seen(3, ice_att="0", consc="voice", motor="1")).episodes[0].observed
    limbs = [(limb.name, limb.grade, limb.place.instance, limb.value) for limb in observed.limbs]
    assert limbs == [
        ("ice", 1, 1, "9"),
        ("consciousness", 2, 1, "voice"),
        ("seizure", 0, 1, "none"),
        ("raised_icp", 0, 1, "none"),
        ("motor", 4, 1, "1"),
    ]
    assert [one.place.instance for one in observed.assessments] == [1]
    (unarousable,) = [
        limb
        for limb in result("icans", seen(3, **dict.fromkeys(ICE, "0") | {"consc": "stim"}))
        .episodes[0]
        .observed.limbs
        if limb.name == "ice"
    ]
    assert unarousable.grade == 4


@pytest.mark.parametrize(
    ("changes", "treated", "masked"),
    [
        ({"antipyr": "1"}, {}, True),
        ({}, {"tcz": "1"}, True),
        ({}, {"gc": "1"}, True),
        ({}, {}, False),
        ({"antipyr": ""}, {}, None),
        ({}, {"gc": ""}, None),
        ({"antipyr": "1"}, {"gc": ""}, True),
    ],
)
def test_what_may_have_masked_fever(
    changes: Mapping[str, str], treated: Mapping[str, str], masked: bool | None
) -> None:
    found = result("crs", seen(3, **changes), episodes=[episode("crs", **treated)])
    assert found.episodes[0].observed.fever_masked is masked


def test_an_implausible_score_is_that_of_the_nearest_step() -> None:
    assert result("icans", seen(3, **dict.fromkeys(ICE, "-1"))).icans_astct == Graded(3)


def test_an_ongoing_episode_has_no_end() -> None:
    going = episode("crs", 2, 6, ongoing="1")
    assert result("crs", seen(3, **FEVER), seen(20, **MASK), episodes=[going]).crs_astct == Graded(3)


def test_what_is_missing_on_several_days_is_named_once() -> None:
    found = result("crs", seen(3, **FEVER, o2_device=""), seen(4, pressors=""), seen(5, o2_device=""))
    assert found.crs_astct == Graded(None, ("oxygen_device", "vasopressors"))
    assert found.trace["crs_astct"].remark == "missing: oxygen_device vasopressors"


def test_without_an_episode_the_infusion_counts_among_the_inputs() -> None:
    cells = {(one.field, one.value) for one in result("crs", seen(3), episodes=[]).trace["crs_astct"].inputs}
    assert {("inf_date", day(0)), ("enr_age", "30"), ("asm_date", day(3)), ("asm_done", "1")} <= cells
    cells = {(one.field, one.value) for one in result("crs", seen(3)).trace["crs_astct"].inputs}
    assert {("enr_age", "30"), ("tox_onset", day(2)), ("tox_kind", "crs")} <= cells
    assert "inf_date" not in {field for field, _ in cells}


def test_the_inputs_are_the_cells_of_the_days() -> None:
    trace = result("crs", seen(0), seen(1), seen(3, **FEVER), seen(9)).trace["crs_astct"]
    assert trace.rule == "astct_crs"
    used = {one.place.instance for one in trace.inputs if one.field == "asm_temp"}
    assert used == {2, 3}
    assert {"enr_age", "tox_tcz", "asm_sbp", "asm_o2_flow"} <= {one.field for one in trace.inputs}
    assert "asm_icp" not in {one.field for one in trace.inputs}
    assert not trace.remark
    assert result("crs").trace["crs_astct"].remark == "missing: assessment"
