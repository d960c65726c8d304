"""The five discriminators between LICATS and a flare, on both sides of each number."""

from __future__ import annotations

import pytest
from records import ENROLMENT, INFUSION, Cell, Entries, day, event_of, rash

from redcap_licats.derive.model import EventResult


def supports(result: EventResult, name: str) -> str:
    return next(one.supports for one in result.flare if one.name == name)


def sample(number: int, **values: str) -> Entries:
    return {"date": day(number), "lab": "conv", **{f"{name}_val": value for name, value in values.items()}}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "licats"),
        ({"tx_other": {"nsaid", "topical"}}, "licats"),
        ({"gc": "1"}, "flare"),
        ({"tx_other": {"anakinra"}}, "flare"),
        ({"tx_other": {"oth"}}, "unknown"),
        ({"gc": ""}, "unknown"),
        ({"end": "", "ongoing": "1"}, "unknown"),
        ({"end": "", "ongoing": "1", "gc": "1"}, "flare"),
    ],
)
def test_resolves_without_treatment(changes: dict[str, Cell], verdict: str) -> None:
    assert supports(event_of(skin=rash(**changes)), "untreated") == verdict


@pytest.mark.parametrize(
    ("peak", "verdict"),
    [(2, "flare"), (3, "licats"), (10, "licats"), (17, "licats"), (18, "flare"), (None, "unknown")],
)
def test_near_the_peak(peak: int | None, verdict: str) -> None:
    labs = [] if peak is None else [sample(peak, cart="50"), sample(30, cart="5")]
    assert supports(event_of(skin=rash(), labs=labs), "near_peak") == verdict


@pytest.mark.parametrize(
    ("onset", "labs", "verdict"),
    [
        (27, [], "licats"),  # lymphodepletion ended on day -3: 30 days
        (28, [], "unknown"),
        (28, [sample(30, anc="1.7")], "licats"),
        (28, [sample(30, lym="0.9")], "licats"),
        (28, [sample(30, anc="1.8", lym="1.0")], "flare"),
        (28, [sample(30, anc="1.8")], "unknown"),
        (28, [sample(36, anc="1.7", lym="0.9")], "unknown"),  # more than 7 days away
        (28, [sample(25, anc="1.0", lym="0.5"), sample(29, anc="3", lym="2")], "flare"),  # the nearest counts
    ],
)
def test_conditioning_still_at_work(onset: int, labs: list[Entries], verdict: str) -> None:
    event = rash(onset=day(onset), sx_start="", end=day(onset + 5))
    assert supports(event_of(skin=event, labs=labs), "conditioning") == verdict


def test_conditioning_without_an_end_of_lymphodepletion() -> None:
    infusion = {**INFUSION, "ld_end": ""}
    assert supports(event_of(skin=rash(), infusion=infusion), "conditioning") == "unknown"


BASE = sample(-7, c3="100", c4="20", dsdna="200")


@pytest.mark.parametrize(
    ("labs", "verdict"),
    [
        ([BASE, sample(10, c3="75", c4="15")], "licats"),
        ([BASE, sample(10, c3="74.9", c4="15")], "flare"),
        ([BASE, sample(10, c3="75", c4="14.9")], "flare"),
        ([BASE, sample(10, c3="100")], "unknown"),
        ([BASE, sample(10, c3="50")], "flare"),
        ([BASE, sample(17, c3="75", c4="15")], "licats"),
        ([BASE, sample(18, c3="75", c4="15")], "unknown"),
        ([BASE, sample(8, c3="50", c4="15"), sample(12, c3="100", c4="20")], "flare"),  # any fall
        ([sample(10, c3="75", c4="15")], "unknown"),
        ([sample(-7, c3="<100", c4="20"), sample(10, c3="50", c4="15")], "unknown"),  # fallen from what?
        ([sample(-7, c3="0", c4="20"), sample(10, c3="0", c4="15")], "unknown"),
        ([sample(-7, c4="20"), sample(10, c3="75", c4="10")], "flare"),  # C4 speaks where C3 cannot
        ([BASE, sample(10, c3="<90", c4="20")], "unknown"),  # may have fallen below 75
        ([BASE, {"date": day(10), "lab": "si", "c3_val": "0.75", "c4_val": "0.15"}], "licats"),
    ],
)
def test_complement(labs: list[Entries], verdict: str) -> None:
    assert supports(event_of(skin=rash(), labs=labs), "complement") == verdict


@pytest.mark.parametrize(
    ("labs", "verdict"),
    [
        ([BASE, sample(10, dsdna="250")], "licats"),
        ([BASE, sample(10, dsdna="250.1")], "flare"),
        ([BASE, sample(10, dsdna="<10")], "licats"),
        ([sample(-7, dsdna="20"), sample(10, dsdna="99")], "licats"),  # risen, but below the limit of 100
        ([sample(-7, dsdna="20"), sample(10, dsdna="100")], "flare"),
        ([sample(10, dsdna="99")], "licats"),
        ([sample(10, dsdna="400")], "unknown"),
        ([BASE, sample(10, dsdna=">240")], "unknown"),  # may have risen above 250
        ([BASE, {"date": day(10), "lab": "si", "dsdna_val": "400"}], "unknown"),  # another laboratory's assay
        ([BASE, sample(10, dsdna="150", dsdna_x="1") | {"dsdna_unit": "uml"}], "unknown"),
        ([BASE], "unknown"),
    ],
)
def test_anti_dsdna(labs: list[Entries], verdict: str) -> None:
    assert supports(event_of(skin=rash(), labs=labs), "dsdna") == verdict


def test_serology_speaks_in_lupus_only() -> None:
    labs = [BASE, sample(10, c3="50", c4="10", dsdna="900")]
    for diagnosis, verdict in (("sle", "flare"), ("ssc", "unknown"), ("", "unknown")):
        result = event_of(skin=rash(), labs=labs, enrolment={**ENROLMENT, "dx": diagnosis})
        assert {supports(result, name) for name in ("complement", "dsdna")} == {verdict}
        assert ("FLARE_PATTERN" in result.reasons) is (verdict == "flare")


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ({"c3": "50", "c4": "10", "dsdna": "900"}, True),
        ({"c3": "100", "c4": "20", "dsdna": "900"}, False),  # one of the two is not enough
        ({"c3": "50", "c4": "10", "dsdna": "200"}, False),
        ({"c3": "50", "c4": "10"}, False),
        ({"dsdna": "900"}, False),
    ],
)
def test_the_pattern_of_a_flare_takes_both(values: dict[str, str], pattern: bool) -> None:
    result = event_of(skin=rash(), labs=[BASE, sample(10, **values)])
    assert ("FLARE_PATTERN" in result.reasons) is pattern


def test_nothing_is_near_an_onset_that_is_not_known() -> None:
    labs = [BASE, sample(10, c3="50", c4="10", anc="1.0", cart="50")]
    result = event_of(skin=rash(onset="", sx_start=""), labs=labs)
    assert {one.supports for one in result.flare if one.name != "untreated"} == {"unknown"}
