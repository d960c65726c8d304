from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from redcap_licats.cohort.incidence import Fate, Observed, cumulative_incidence

OBSERVED = st.builds(Observed, st.integers(0, 60), st.sampled_from(Fate))


def test_by_hand() -> None:
    """Five subjects: event on day 3, death on day 5, event and censoring on day 7, event on day 9."""
    curve = cumulative_incidence(
        [
            Observed(3, Fate.EVENT),
            Observed(5, Fate.DEATH),
            Observed(7, Fate.EVENT),
            Observed(7, Fate.CENSORED),
            Observed(9, Fate.EVENT),
        ]
    )
    assert curve.days == (3, 5, 7, 9)
    # 1/5; no event; + (4/5)(3/4)(1/3) = 2/5; + (2/5)(1/1) = 4/5
    assert curve.incidence == pytest.approx((0.2, 0.2, 0.4, 0.8))
    assert [curve.at(day) for day in (2, 3, 8, 9, 30)] == pytest.approx([0, 0.2, 0.4, 0.8, 0.8])
    assert [curve.at_risk(day) for day in (0, 3, 4, 7, 8, 10)] == [5, 5, 4, 3, 1, 0]
    assert curve.events == 3


def test_nothing_is_said_of_days_that_nobody_was_watched() -> None:
    curve = cumulative_incidence([Observed(3, Fate.EVENT), Observed(10, Fate.CENSORED)])
    assert curve.at(10) == 0.5
    assert curve.at(11) is None
    assert cumulative_incidence([]).at(0) is None


@given(st.lists(OBSERVED.filter(lambda one: one.fate is not Fate.DEATH), min_size=1))
def test_without_deaths_it_is_kaplan_and_meiers(observed: list[Observed]) -> None:
    data = stats.CensoredData(
        uncensored=[one.day for one in observed if one.fate is Fate.EVENT],
        right=[one.day for one in observed if one.fate is Fate.CENSORED],
    )
    expected = stats.ecdf(data).cdf
    curve = cumulative_incidence(observed)
    for day in range(max(one.day for one in observed) + 1):
        assert curve.at(day) == pytest.approx(float(expected.evaluate(day)))


@given(st.lists(OBSERVED, min_size=1), st.randoms())
def test_shares_add_up_whatever_the_order(observed: list[Observed], random: object) -> None:
    """What becomes of all is the sum of what becomes of each; the order of subjects does not matter."""
    swapped = {Fate.EVENT: Fate.DEATH, Fate.DEATH: Fate.EVENT, Fate.CENSORED: Fate.CENSORED}
    curve = cumulative_incidence(observed)
    other = cumulative_incidence(Observed(one.day, swapped[one.fate]) for one in observed)
    either = cumulative_incidence(
        Observed(one.day, Fate.CENSORED if one.fate is Fate.CENSORED else Fate.EVENT) for one in observed
    )
    for one, two, both in zip(curve.incidence, other.incidence, either.incidence, strict=True):
        assert 0 <= one <= 1
        assert one + two == pytest.approx(both)
    assert cumulative_incidence(reversed(observed)) == curve


def test_when_all_had_the_event_the_share_is_one_and_no_more() -> None:
    curve = cumulative_incidence(Observed(day, Fate.EVENT) for day in (0, 1, 2, 3, 3))
    assert curve.incidence == (0.2, 0.4, 0.6, 1.0)
