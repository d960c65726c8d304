"""The classification: one row per line of the table in RULES.md, their order, and adjudication."""

from __future__ import annotations

import pytest
from records import ENROLMENT, Cell, Entries, day, derived, event_of, finished, rash

from redcap_licats.derive.model import CLASS_OF_REASON, Class

CREA = [{"date": day(-7), "lab": "conv", "crea_val": "0.8"}, {"date": day(10), "lab": "conv", "crea_val": "1.2"}]
B_CELLS_BACK = [
    {"date": day(number), "lab": "conv", "bcell_val": value} for number, value in ((2, "0"), (8, "0"), (10, "7"))
]
LONG = {"drug": "pred", "dose": "5", "unit": "mg", "freq": "od", "route": "po", "ind": {"skin"}}
SEROLOGY = [
    {"date": day(-7), "lab": "conv", "c3_val": "100", "c4_val": "20", "dsdna_val": "100"},
    {"date": day(10), "lab": "conv", "c3_val": "70", "c4_val": "20", "dsdna_val": "130"},
]


@pytest.mark.parametrize(
    ("event", "forms", "reasons", "cls"),
    [
        ({}, {}, (), "confirmed"),
        ({}, {"infusion": {"ld_start": day(-5)}}, ("NO_INFUSION_DATE",), "undetermined"),
        ({"onset": ""}, {}, ("NO_ONSET_DATE",), "undetermined"),
        ({"onset": "", "onset_prec": "month", "onset_ym": "2026-01"}, {}, ("NO_ONSET_DATE",), "undetermined"),
        ({"onset": day(-1)}, {}, ("ONSET_BEFORE_INFUSION",), "not_licats"),
        ({"onset": day(0)}, {}, (), "confirmed"),
        ({"crit": ""}, {}, ("NO_CRITERION",), "not_licats"),
        ({"ac_drug": "2"}, {}, ("OTHER_CAUSE",), "not_licats"),
        ({"end": "", "ongoing": "1"}, {}, ("ONGOING",), "pending"),
        ({"end": ""}, {}, ("ONGOING",), "pending"),
        ({"end": "", "outcome": "fatal"}, {}, (), "confirmed"),
        ({"ac_drug": "1"}, {}, ("CAUSES_OPEN",), "probable"),
        ({"ac_drug": "9"}, {}, ("CAUSES_OPEN",), "probable"),
        ({"ac_drug": ""}, {}, ("CAUSES_OPEN",), "probable"),
        ({}, {"enrolment": {**ENROLMENT, "skin_aff": "0"}}, ("ORGAN_NOT_AFFECTED_BEFORE",), "probable"),
        ({}, {"enrolment": {**ENROLMENT, "skin_aff": "9"}}, (), "confirmed"),
        ({}, {"enrolment": {**ENROLMENT, "skin_aff": ""}}, (), "confirmed"),
        ({}, {"labs": B_CELLS_BACK}, ("OUTSIDE_APLASIA",), "probable"),
        ({"onset": day(9)}, {"labs": B_CELLS_BACK}, (), "confirmed"),
        # 28 and 29 days of glucocorticoid for it
        ({"gc": "1"}, {"glucocorticoid": {**LONG, "start": day(18), "stop": day(45)}}, (), "confirmed"),
        ({"gc": "1"}, {"glucocorticoid": {**LONG, "start": day(18), "stop": day(46)}}, ("LONG_GC",), "probable"),
        ({}, {"labs": SEROLOGY}, ("FLARE_PATTERN",), "probable"),
        ({}, {"labs": SEROLOGY, "enrolment": {**ENROLMENT, "dx": "ssc"}}, (), "confirmed"),
        # all reasons are collected, the first in the order of the table decides
        (
            {"onset": day(-1), "end": "", "ac_drug": "1", "ac_flare": "2"},
            {},
            ("ONSET_BEFORE_INFUSION", "OTHER_CAUSE", "ONGOING", "CAUSES_OPEN"),
            "not_licats",
        ),
    ],
)
def test_rows_of_the_classification_table(
    event: dict[str, Cell], forms: dict[str, Entries | list[Entries]], reasons: tuple[str, ...], cls: str
) -> None:
    result = event_of(skin=rash(**event), **forms)
    assert (result.reasons, result.classification) == (reasons, cls)


@pytest.mark.parametrize(
    ("claimed", "labs", "reasons", "cls"),
    [
        ({"crea"}, CREA, (), "confirmed"),
        ({"upcr"}, [], ("NOT_ASSESSABLE",), "undetermined"),
        ({"upcr"}, CREA, (), "confirmed"),  # creatinine is met by the data, ticked or not
        ({"crea", "upcr"}, CREA, (), "confirmed"),
        (set(), CREA, (), "confirmed"),
        (set(), CREA[:1], ("NOT_ASSESSABLE", "NO_CRITERION"), "undetermined"),
        (set(), [CREA[0], CREA[1] | {"crea_val": "1.19"}], ("NO_CRITERION",), "not_licats"),
        ({"crea"}, CREA[:1], ("NOT_ASSESSABLE",), "undetermined"),
        ({"crea"}, [], ("NOT_ASSESSABLE",), "undetermined"),
        ({"crea"}, [CREA[0], CREA[1] | {"crea_val": "1.19"}], ("CRITERION_NOT_MET",), "not_licats"),
        ({"crea", "upcr"}, [CREA[0], CREA[1] | {"crea_val": "1.19"}], ("CONTRADICTED",), "probable"),
        (
            {"crea", "upcr"},
            [CREA[0] | {"upcr_val": "0.2"}, CREA[1] | {"upcr_val": "0.2"}],
            ("CONTRADICTED",),
            "probable",
        ),
        # what is claimed is contradicted, but another criterion is met by the data
        (
            {"upcr"},
            [CREA[0] | {"upcr_val": "0.2"}, CREA[1] | {"upcr_val": "0.2"}],
            ("CONTRADICTED",),
            "probable",
        ),
    ],
)
def test_claims_against_data(claimed: set[str], labs: list[Entries], reasons: tuple[str, ...], cls: str) -> None:
    result = event_of(labs=labs, kidney=finished("kidney", crit=claimed))
    assert (result.reasons, result.classification) == (reasons, cls)


def test_every_reason_is_reachable_and_leads_to_its_class() -> None:
    assert list(CLASS_OF_REASON.values()) == sorted(CLASS_OF_REASON.values(), key=list(Class).index)


def ruled(*rows: Entries) -> list[Entries]:
    return [{"organ": "skin", "instance": "1", **row} for row in rows]


ONE = {"reviewer": "1", "class": "not", "grade": "2", "date": day(60)}
TWO = {"reviewer": "2", "class": "probable", "grade": "1", "date": day(61)}
CONSENSUS = {"reviewer": "c", "class": "undet", "grade": "3", "date": day(62)}


@pytest.mark.parametrize(
    ("rows", "final", "grade", "adjudicated"),
    [
        ([], "confirmed", 1, False),
        ([ONE], "not_licats", 2, True),
        ([ONE, TWO], "confirmed", 1, False),
        ([ONE, ONE | {"reviewer": "2"}], "not_licats", 2, True),
        ([TWO, CONSENSUS, ONE], "undetermined", 3, True),
        ([ONE, ONE | {"class": "pending", "date": day(70)}], "pending", 2, True),  # the reviewer's last word
        ([{"reviewer": "1", "class": "probable"}], "probable", 1, True),
        ([ONE | {"instance": "2"}], "confirmed", 1, False),
        ([ONE | {"organ": "kidney"}], "confirmed", 1, False),
        ([ONE | {"reviewer": ""}], "confirmed", 1, False),
    ],
)
def test_adjudication_sets_the_final_values(
    rows: list[Entries], final: str, grade: int, adjudicated: bool
) -> None:
    result = event_of(skin=rash(), licats_adjudication=ruled(*rows))
    assert (result.final_classification, result.final_grade, result.adjudicated) == (final, grade, adjudicated)
    assert (result.classification, result.grade) == ("confirmed", 1)
    assert ("ADJUDICATION_OPEN" in result.flags) is (rows == [ONE, TWO])


def test_what_counts_as_licats() -> None:
    results = derived(
        skin=[rash(), rash(crit=""), rash(onset=""), rash(end="")],
        licats_adjudication=[{"organ": "skin", "instance": "2", "reviewer": "1", "class": "probable"}],
    )
    assert sorted(one.event.key for one in results.counted) == ["skin-1", "skin-2", "skin-4"]
