"""Rank and exact tests of a relation, each with an effect size; or why there is nothing to test.

A p value is exact where it can be counted out: without ties by the exact distribution for up to ``EXACT_UP_TO``
patients, with ties over all arrangements while there are at most ``ARRANGEMENTS``. Else it is the large-sample
approximation, corrected for ties. Which one it was stands in the name of the test. Nothing is drawn at random.

SciPy is imported where it is used: it takes longer to load than the rest of the program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from redcap_licats.protocol.base import Text

#: SciPy's own limits: patients without ties, arrangements with ties
EXACT_UP_TO = 50
ARRANGEMENTS = 9_999
#: below so many patients, or in a group, nothing is tested (study setting)
FEWEST = 5
FEWEST_IN_GROUP = 3

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Association:
    """A test of one relation: two-sided ``p`` over ``n`` patients, and the effect size with its name."""

    test: Text
    effect: Text
    size: float
    p: float
    n: int


@dataclass(frozen=True, slots=True)
class NotAssessable:
    """Why a relation of ``n`` patients is not tested."""

    reason: Text
    n: int = 0


Finding = Association | NotAssessable

CONSTANT = Text(en="no variation", ja="値にばらつきなし")
EXACT = Text(en="exact", ja="正確法")
PERMUTATION = Text(en="exact permutation", ja="正確並べ替え法")
NORMAL = Text(en="normal approximation", ja="正規近似")
STUDENT = Text(en="t approximation", ja="t近似")


def spearman(pairs: Pairs) -> Finding:
    """Correlate two values by rank."""
    n = len(pairs)
    if n < FEWEST:
        return _too_few(n)
    if any(len(set(side)) == 1 for side in zip(*pairs, strict=True)):
        return NotAssessable(CONSTANT, n)
    from scipy import stats

    x, y = (stats.rankdata(side) for side in zip(*pairs, strict=True))
    result = stats.spearmanr(x, y)
    how, p = STUDENT, float(result.pvalue)
    if math.factorial(n) <= ARRANGEMENTS:
        shuffled = stats.permutation_test(
            (x,),
            lambda one, axis: (one * y).sum(axis=axis),  # grows with ρ, the ranks being what they are
            permutation_type="pairings",
            vectorized=True,
            n_resamples=ARRANGEMENTS,
        )
        how, p = PERMUTATION, float(shuffled.pvalue)
    return Association(
        _test(Text(en="Spearman rank correlation", ja="Spearman順位相関"), how),
        Text(en="Spearman's ρ", ja="Spearmanのρ"),
        float(result.statistic),
        p,
        n,
    )


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> Finding:
    """Compare two groups by rank; the effect is positive where values of the first group are higher."""
    n = len(first) + len(second)
    smaller = min(len(first), len(second))
    if smaller < FEWEST_IN_GROUP:
        return NotAssessable(
            Text(
                en=f"too few patients: {smaller} in the smaller group, at least {FEWEST_IN_GROUP} needed",
                ja=f"症例数不足:少ない群で{smaller}例、{FEWEST_IN_GROUP}例以上必要",
            ),
            n,
        )
    values = {*first, *second}
    if len(values) == 1:
        return NotAssessable(CONSTANT, n)
    from scipy import stats

    if len(values) == n <= EXACT_UP_TO:
        how, result = EXACT, stats.mannwhitneyu(first, second, method="exact")
    elif math.comb(n, smaller) <= ARRANGEMENTS:
        counted = stats.PermutationMethod(n_resamples=ARRANGEMENTS)
        how, result = PERMUTATION, stats.mannwhitneyu(first, second, method=counted)
    else:
        how, result = NORMAL, stats.mannwhitneyu(first, second, method="asymptotic")
    return Association(
        _test(Text(en="Mann–Whitney U test", ja="Mann–WhitneyのU検定"), how),
        Text(en="rank-biserial correlation", ja="順位双列相関"),
        2 * float(result.statistic) / (len(first) * len(second)) - 1,
        float(result.pvalue),
        n,
    )


def wilcoxon(pairs: Pairs) -> Finding:
    """Compare two values of each patient by signed rank; the effect is positive where the second is higher.

    Patients without a difference are not ranked and not counted in ``n``.
    """
    differences = [second - first for first, second in pairs if first != second]
    n = len(differences)
    if n < FEWEST:
        return _too_few(n)
    from scipy import stats

    ranks = stats.rankdata([abs(one) for one in differences])
    above = float(sum(rank for rank, one in zip(ranks, differences, strict=True) if one > 0))
    if len(set(ranks)) == n <= EXACT_UP_TO:
        how, result = EXACT, stats.wilcoxon(differences, method="exact")
    elif 2**n <= ARRANGEMENTS:
        counted = stats.PermutationMethod(n_resamples=ARRANGEMENTS)
        how, result = PERMUTATION, stats.wilcoxon(differences, method=counted)
    else:
        # SciPy's own name of the method is missing from its stubs
        how, result = NORMAL, stats.wilcoxon(differences, method="asymptotic")  # type: ignore[call-overload]
    return Association(
        _test(Text(en="Wilcoxon signed-rank test", ja="Wilcoxon符号付順位検定"), how),
        Text(en="matched-pairs rank-biserial correlation", ja="対応のある順位双列相関"),
        4 * above / (n * (n + 1)) - 1,
        float(result.pvalue),
        n,
    )


def fisher(first: tuple[int, int], second: tuple[int, int]) -> Finding:
    """Compare how many of two groups do and do not; the effect is the odds of the first to the second's."""
    n = sum(first) + sum(second)
    if n < FEWEST:
        return _too_few(n)
    if not all((sum(first), sum(second), first[0] + second[0], first[1] + second[1])):
        return NotAssessable(CONSTANT, n)
    import numpy as np
    from scipy import stats

    result = stats.fisher_exact(np.array([first, second]))
    return Association(
        Text(en="Fisher's exact test", ja="Fisherの正確検定"),
        Text(en="odds ratio (sample)", ja="オッズ比(標本)"),
        float(result.statistic),
        float(result.pvalue),
        n,
    )


def _test(name: Text, how: Text) -> Text:
    return Text(en=f"{name.en} ({how.en})", ja=f"{name.ja}({how.ja})")


def _too_few(n: int) -> NotAssessable:
    return NotAssessable(
        Text(en=f"too few patients: {n}, at least {FEWEST} needed", ja=f"症例数不足:{n}例、{FEWEST}例以上必要"),
        n,
    )
