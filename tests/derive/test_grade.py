"""The derived grade: one row per line of facts 1.5, then what is missing and what belongs to another event."""

from __future__ import annotations

import pytest
from records import Cell, Entries, day, derived, event_of, finished, rash

COURSE = {
    "drug": "pred",
    "dose": "20",
    "unit": "mg",
    "freq": "od",
    "route": "po",
    "start": day(18),
    "stop": day(22),
}
STAY = {"adm": day(11), "dis": day(16)}


def course(**changes: Cell) -> Entries:
    return {**COURSE, "ind": {"skin"}, **changes}


@pytest.mark.parametrize(
    ("event", "forms", "grade", "reasons", "flags"),
    [
        # no glucocorticoid, resolved, no admission
        ({}, {}, 1, ("RESOLVED",), ()),
        # symptoms for more than 7 days before it, exactly 7, and earlier
        ({"gc": "1"}, {"glucocorticoid": course(start=day(18))}, 2, ("GC_DURATION",), ()),
        (
            {"gc": "1"},
            {"glucocorticoid": course(start=day(17))},
            2,
            ("G2_REASON_NOT_MET",),
            ("G2_REASON_NOT_MET",),
        ),
        (
            {"gc": "1"},
            {"glucocorticoid": course(start=day(15))},
            2,
            ("G2_REASON_NOT_MET",),
            ("G2_REASON_NOT_MET",),
        ),
        # symptoms count from their start, which may be before onset
        ({"gc": "1", "sx_start": day(9)}, {"glucocorticoid": course(start=day(17))}, 2, ("GC_DURATION",), ()),
        ({"gc": "1", "sx_start": ""}, {"glucocorticoid": course(start=day(18))}, 2, ("GC_DURATION",), ()),
        # an inner organ involved beside the skin
        ({"gc": "1", "inner": "1"}, {"glucocorticoid": course(start=day(15))}, 2, ("GC_INNER_ORGAN",), ()),
        # only the form says so: no start to count from
        ({"gc": "1"}, {}, 2, ("G2_REASON_UNKNOWN",), ("G2_REASON_UNKNOWN",)),
        # symptoms for more than 7 days, resolved alone: duration is no treatment
        ({"sx_start": day(0)}, {}, 1, ("RESOLVED",), ()),
        # glucocorticoid for CRS still running at onset
        (
            {},
            {"glucocorticoid": course(ind={"crs"}, start=day(5), stop=day(12))},
            1,
            ("RESOLVED",),
            ("GC_FOR_CRS_ICANS",),
        ),
        (
            {},
            {"glucocorticoid": course(ind={"icans"}, start=day(5), stop=day(12))},
            1,
            ("RESOLVED",),
            ("GC_FOR_CRS_ICANS",),
        ),
        # ended before onset, or begun after it
        ({}, {"glucocorticoid": course(ind={"crs"}, start=day(1), stop=day(9))}, 1, ("RESOLVED",), ()),
        ({}, {"glucocorticoid": course(ind={"crs"}, start=day(11), stop=day(15))}, 1, ("RESOLVED",), ()),
        # topical or NSAID only
        ({"tx_other": {"topical"}}, {}, 1, ("RESOLVED",), ("TOPICAL_ONLY",)),
        ({"tx_other": {"nsaid"}}, {}, 1, ("RESOLVED",), ("TOPICAL_ONLY",)),
        ({}, {"glucocorticoid": course(route="top")}, 1, ("RESOLVED",), ("TOPICAL_ONLY",)),
        ({}, {"glucocorticoid": course(route="top", ind={"kidney"})}, 1, ("RESOLVED",), ()),
        ({}, {"glucocorticoid": course(route="top", ind={"crs"}, start=day(9))}, 1, ("RESOLVED",), ()),
        ({}, {"glucocorticoid": course(ind={"premed"}, start=day(9))}, 1, ("RESOLVED",), ()),
        # other treatment
        ({"tx_other": {"tcz"}}, {}, 1, ("RESOLVED",), ("OTHER_IMMUNOSUPP",)),
        ({"tx_other": {"dialysis"}}, {}, 1, ("RESOLVED",), ("OTHER_IMMUNOSUPP",)),
        # in hospital anyway, not prolonged
        ({}, {"hospital_stay": STAY | {"reason": {"infusion"}, "prolonged": "0"}}, 1, ("RESOLVED",), ()),
        ({}, {"hospital_stay": STAY | {"reason": {"infusion", "skin"}, "prolonged": "0"}}, 1, ("RESOLVED",), ()),
        # prolonged because of it, newly admitted, only the form says so
        (
            {"hosp": "1"},
            {"hospital_stay": STAY | {"reason": {"infusion"}, "prolonged": "1", "prol_reason": {"skin"}}},
            3,
            ("STAY_PROLONGED",),
            (),
        ),
        ({"hosp": "1"}, {"hospital_stay": STAY | {"reason": {"skin"}}}, 3, ("STAY_NEW",), ()),
        ({"hosp": "1"}, {}, 3, ("STAY",), ()),
        # intensive care, whatever else
        ({"icu": "1", "hosp": "1", "gc": "1"}, {}, 4, ("ICU",), ()),
        (
            {"hosp": "1"},
            {"hospital_stay": STAY | {"reason": {"skin"}, "icu": "1", "icu_reason": {"skin"}}},
            4,
            ("ICU",),
            (),
        ),
        # intensive care for CRS, then the rash
        (
            {},
            {"hospital_stay": STAY | {"reason": {"crs"}, "icu": "1", "icu_reason": {"crs"}}},
            1,
            ("RESOLVED",),
            (),
        ),
        # fatal
        ({"outcome": "fatal", "end": ""}, {}, None, ("FATAL",), ("FATAL",)),
        ({"outcome": "fatal", "icu": "1"}, {}, None, ("FATAL",), ("FATAL",)),
        # still ongoing
        ({"end": "", "ongoing": "1"}, {}, 1, ("ONGOING",), ()),
    ],
)
def test_rows_of_the_grading_table(
    event: dict[str, str],
    forms: dict[str, Entries],
    grade: int | None,
    reasons: tuple[str, ...],
    flags: tuple[str, ...],
) -> None:
    result = event_of(skin=rash(**event), **forms)
    assert (result.grade, result.grade_reasons, result.flags) == (grade, reasons, flags)
    assert result.grade_missing == ()


@pytest.mark.parametrize("organ", ["kidney", "heart", "lung", "gi"])
def test_an_inner_organ_is_a_reason_by_itself(organ: str) -> None:
    treated = course(ind={organ}, start=day(15))
    result = event_of(glucocorticoid=treated, **{organ: finished(organ, gc="1")})
    assert (result.grade, result.grade_reasons) == (2, ("GC_INNER_ORGAN",))
    untreated = event_of(**{organ: finished(organ)})
    assert (untreated.grade, untreated.flags) == (1, ("INNER_ORGAN_WITHOUT_GC",))


@pytest.mark.parametrize(
    ("event", "missing"),
    [
        ({"gc": ""}, ("glucocorticoid",)),
        ({"hosp": ""}, ("hospital",)),
        ({"icu": ""}, ("icu",)),
        ({"icu": "", "hosp": "1"}, ("icu",)),
        ({"hosp": "", "gc": "1"}, ("hospital",)),
        ({"icu": "", "hosp": "", "gc": ""}, ("icu", "hospital", "glucocorticoid")),
        ({"end": ""}, ("end",)),
        ({"end": "", "gc": ""}, ("glucocorticoid", "end")),
    ],
)
def test_missing_answers_leave_the_grade_undetermined(event: dict[str, str], missing: tuple[str, ...]) -> None:
    result = event_of(skin=rash(**event))
    assert (result.grade, result.grade_missing, result.grade_reasons) == (None, missing, ())


@pytest.mark.parametrize(
    ("event", "grade"),
    [({"icu": "1", "hosp": "", "gc": ""}, 4), ({"hosp": "1", "gc": ""}, 3), ({"gc": "1", "end": ""}, 2)],
)
def test_what_could_not_raise_the_grade_may_be_missing(event: dict[str, str], grade: int) -> None:
    assert event_of(skin=rash(**event)).grade == grade


@pytest.mark.parametrize(
    ("blank", "forms", "grade"),
    [
        ("gc", {"glucocorticoid": course()}, 2),
        ("hosp", {"hospital_stay": STAY | {"reason": {"skin"}}}, 3),
        ("icu", {"hospital_stay": STAY | {"reason": {"skin"}, "icu": "1", "icu_reason": {"skin"}}}, 4),
    ],
)
def test_a_matching_course_or_stay_answers_a_blank(blank: str, forms: dict[str, Entries], grade: int) -> None:
    assert event_of(skin=rash(**{blank: ""}), **forms).grade == grade
    assert event_of(skin=rash(**{blank: "0"}), **forms).grade == grade


def test_ongoing_grades_are_provisional() -> None:
    for changes in ({}, {"hosp": "1"}, {"icu": "1"}):
        assert event_of(skin=rash(end="", ongoing="1", **changes)).provisional


def test_each_of_two_events_has_its_own_grade() -> None:
    results = derived(
        skin=[rash(), rash(onset=day(40), sx_start=day(40), end=day(50), gc="1")],
        kidney=finished("kidney"),
        glucocorticoid=course(start=day(49), stop=day(52)),
    ).events
    assert {one.event.key: one.grade for one in results} == {"skin-1": 1, "kidney-1": 1, "skin-2": 2}
