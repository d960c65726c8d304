"""Every test against values documented elsewhere or counted by hand, and what is not tested at all."""

from __future__ import annotations

import statistics
import subprocess
import sys

import pytest

from redcap_licats.cohort.association import (
    Association,
    Finding,
    NotAssessable,
    fisher,
    mann_whitney,
    spearman,
    wilcoxon,
)


def seen(found: Finding) -> tuple[str, float, float, int]:
    assert isinstance(found, Association)
    return found.test.en, found.size, found.p, found.n


def why(found: Finding) -> str:
    assert isinstance(found, NotAssessable)
    return found.reason.en


def test_spearman_counted_by_hand() -> None:
    """Σd² = 4, so ρ = 1 - 6·4/(5·24); 8 of 120 orders have ρ ≥ 0.8, as many ρ ≤ -0.8."""
    test, rho, p, n = seen(spearman(list(zip([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], strict=True))))
    assert test == "Spearman rank correlation (exact permutation)"
    assert (rho, p, n) == (pytest.approx(0.8), pytest.approx(16 / 120), 5)


def test_spearman_of_the_documentation_of_scipy() -> None:
    x = [1.76405235, 0.40015721, 0.97873798, 2.2408932, 1.86755799, -0.97727788]
    y = [2.71414076, 0.2488, 0.87551913, 2.6514917, 2.01160156, 0.47699563]
    assert seen(spearman(list(zip(x, y, strict=True))))[2] == pytest.approx(0.10277777777777777)


def test_spearman_with_ties_of_the_documentation_of_scipy() -> None:
    assert seen(spearman([(1, 5), (2, 6), (3, 7), (4, 8), (5, 7)]))[1] == pytest.approx(0.8207826816681233)


def test_spearman_of_ten_is_approximated() -> None:
    """The worked example of the encyclopaedia: ρ = -29/165, p = 0.627188 by the t distribution."""
    first = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    second = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    test, rho, p, n = seen(spearman(list(zip(first, second, strict=True))))
    assert test == "Spearman rank correlation (t approximation)"
    assert (rho, p, n) == (pytest.approx(-29 / 165), pytest.approx(0.627188, abs=1e-6), 10)


def test_mann_whitney_of_the_documentation_of_scipy() -> None:
    """U = 17 of 20 pairs."""
    test, r, p, n = seen(mann_whitney([19, 22, 16, 29, 24], [20, 11, 17, 12]))
    assert test == "Mann–Whitney U test (exact)"
    assert (r, p, n) == (pytest.approx(0.7), pytest.approx(0.1111111111111111), 9)


@pytest.mark.parametrize(
    ("first", "second", "test"), [([1, 2, 3], [4, 5, 6], "exact"), ([1, 1, 1], [2, 2, 2], "exact permutation")]
)
def test_mann_whitney_counted_by_hand(first: list[float], second: list[float], test: str) -> None:
    """Of 20 ways to part six in two threes, two are as far apart."""
    assert seen(mann_whitney(first, second)) == (f"Mann–Whitney U test ({test})", -1, pytest.approx(0.1), 6)
    assert seen(mann_whitney(second, first))[1:3] == (1, pytest.approx(0.1))


def test_many_with_ties_are_approximated() -> None:
    """U = 0, mean 50, variance 10·10/12·(21 - 2·990/(20·19)); half a point of continuity."""
    test, r, p, _ = seen(mann_whitney([1] * 10, [2] * 10))
    assert test == "Mann–Whitney U test (normal approximation)"
    z = 49.5 / (100 / 12 * (21 - 2 * 990 / 380)) ** 0.5
    assert (r, p) == (-1, pytest.approx(_two_sided(z)))


def test_wilcoxon_of_the_documentation_of_scipy() -> None:
    """W- = 10 + 14, of 120 in all."""
    differences = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
    test, r, p, n = seen(wilcoxon([(0, one) for one in differences]))
    assert test == "Wilcoxon signed-rank test (exact)"
    assert (r, p, n) == (pytest.approx((96 - 24) / 120), pytest.approx(0.041259765625), 15)


@pytest.mark.parametrize(
    ("differences", "test"), [([1, 2, 3, 4, 5], "exact"), ([2, 2, 2, 2, 2, 0, 0], "exact permutation")]
)
def test_wilcoxon_counted_by_hand(differences: list[float], test: str) -> None:
    """Two of 32 signs are as one-sided; pairs without a difference are not ranked."""
    found = wilcoxon([(10, 10 + one) for one in differences])
    assert seen(found) == (f"Wilcoxon signed-rank test ({test})", 1, pytest.approx(2 / 32), 5)


def test_wilcoxon_of_many_with_ties_is_approximated() -> None:
    """All 20 differences are 1 with rank 10.5, 15 of them positive: mean 105, variance 20·10.5²/4."""
    test, r, p, n = seen(wilcoxon([(0, 1)] * 15 + [(1, 0)] * 5))
    assert test == "Wilcoxon signed-rank test (normal approximation)"
    z = (15 * 10.5 - 105) / (20 * 10.5**2 / 4) ** 0.5
    assert (r, p, n) == (pytest.approx(0.5), pytest.approx(_two_sided(z)), 20)


@pytest.mark.parametrize(
    ("first", "second", "odds_ratio", "p"),
    [
        ((8, 2), (1, 5), 20.0, 0.034965034965034975),  # the documentation of SciPy
        ((3, 1), (1, 3), 9.0, 34 / 70),  # the lady tasting tea
        ((3, 0), (1, 4), float("inf"), 8 / 56),
        ((0, 3), (4, 1), 0.0, 8 / 56),
    ],
)
def test_fisher(first: tuple[int, int], second: tuple[int, int], odds_ratio: float, p: float) -> None:
    found = seen(fisher(first, second))
    assert found == ("Fisher's exact test", pytest.approx(odds_ratio), pytest.approx(p), sum(first + second))


@pytest.mark.parametrize(
    "found",
    [
        spearman([(1, 2), (2, 3), (3, 1), (4, 4)]),
        spearman([]),
        wilcoxon([(1, 2)] * 4 + [(3, 3)] * 9),
        wilcoxon([]),
        mann_whitney([1, 2], [3, 4, 5, 6, 7]),
        mann_whitney([], []),
        fisher((1, 1), (1, 1)),
        fisher((0, 0), (0, 0)),
    ],
)
def test_too_few_patients_give_no_number(found: Finding) -> None:
    assert why(found).startswith("too few patients")


@pytest.mark.parametrize(
    "found",
    [
        spearman([(1, one) for one in range(9)]),
        spearman([(one, 1) for one in range(9)]),
        mann_whitney([5, 5, 5], [5, 5, 5, 5]),
        fisher((0, 6), (0, 9)),
        fisher((3, 6), (0, 0)),
    ],
)
def test_no_variation_gives_no_number(found: Finding) -> None:
    assert why(found) == "no variation"


def test_starting_the_program_does_not_load_scipy() -> None:
    code = "import sys; from redcap_licats.cli.app import program; program(); sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def _two_sided(z: float) -> float:
    return 2 * (1 - statistics.NormalDist().cdf(abs(z)))
