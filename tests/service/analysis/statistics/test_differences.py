"""Differences of arms: the tests agree with scipy's where those are exact, and interval and p never disagree."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from service.analysis.statistics.differences import Difference, over_folds, paired, rank_sum, signed_rank, unpaired

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("n", [6, 9, 20])
def test_pairs_are_judged_by_the_exact_signed_rank_test(n: int) -> None:
    values = RANDOM.normal(0.4, 1.0, n)
    found = paired(values)
    assert found.test == "signed-rank"
    assert found.p == pytest.approx(stats.wilcoxon(values, method="exact").pvalue)
    walsh = [(a + b) / 2 for i, a in enumerate(values) for b in values[i:]]
    assert found.effect == pytest.approx(np.median(walsh))


def test_arms_without_pairs_are_judged_by_the_exact_rank_sum_test() -> None:
    a, b = RANDOM.normal(0.5, 1.0, 8), RANDOM.normal(0.0, 1.0, 11)
    found = unpaired(a, b)
    assert (found.test, found.n) == ("Mann-Whitney", 8)
    assert found.p == pytest.approx(stats.mannwhitneyu(a, b, method="exact").pvalue)


def test_few_pairs_are_judged_by_t_because_ranks_cannot_decide_there() -> None:
    values = RANDOM.normal(0.5, 1.0, 5)
    found, known = paired(values), stats.ttest_1samp(values, 0.0)
    assert (found.test, found.p) == ("paired t", pytest.approx(known.pvalue))
    assert found.interval(0.05) == pytest.approx(tuple(known.confidence_interval(0.95)))
    assert "normally distributed" in found.assumption
    assert 2 * signed_rank(5)[0] == 0.0625


def test_few_units_of_two_arms_are_judged_by_welch() -> None:
    a, b = RANDOM.normal(0.5, 1.0, 4), RANDOM.normal(0.0, 3.0, 9)
    found, known = unpaired(a, b), stats.ttest_ind(a, b, equal_var=False)
    assert (found.test, found.p) == ("Welch", pytest.approx(known.pvalue))
    assert found.interval(0.05) == pytest.approx(tuple(known.confidence_interval(0.95)))


def test_folds_are_less_certain_than_as_many_independent_runs() -> None:
    values = [0.02, 0.01, 0.03, 0.02, 0.01]
    assert over_folds(values).p > paired(values).p
    low, high = over_folds(values).interval(0.05)
    wider = np.sqrt((1 / 5 + 1 / 4) / (1 / 5))
    plain = paired(values).interval(0.05)
    assert high - low == pytest.approx(wider * (plain[1] - plain[0]))


@pytest.mark.parametrize("arms", [2, 1])
def test_an_interval_excludes_nothing_exactly_where_the_test_finds_a_difference(arms: int) -> None:
    for _ in range(200):
        values = np.round(RANDOM.normal(0.3, 0.6, 10), 1)  # with many ties, and zeros
        found = paired(values) if arms == 1 else unpaired(values, np.round(RANDOM.normal(0.0, 0.6, 9), 1))
        for alpha in (0.05, 0.01):
            low, high = found.interval(alpha)
            assert (low > 0 or high < 0) == (found.p <= alpha)


@pytest.mark.parametrize("found", [paired([0.1] * 5), paired([0.1]), paired([]), unpaired([1.0], [2.0, 3.0])])
def test_nothing_is_claimed_of_what_does_not_scatter(found: Difference) -> None:
    assert found.p == 1.0
    assert found.interval(0.05) == (-np.inf, np.inf)


def test_pairs_that_are_equal_but_for_rounding_do_not_scatter() -> None:
    found = paired([(n + 1) / 270 - n / 270 for n in (240, 250, 231)])
    assert (found.spread, found.p) == (0.0, 1.0)


def test_ranks_of_too_few_pairs_for_a_level_exclude_nothing() -> None:
    found = paired([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert found.interval(0.05)[0] == 1.0
    assert found.interval(0.03) == (-np.inf, np.inf)


def test_null_distributions_are_distributions() -> None:
    assert signed_rank(40).sum() == pytest.approx(1.0)
    assert rank_sum(30, 50).sum() == pytest.approx(1.0)


def test_what_rounding_leaves_of_opposite_differences_is_none() -> None:
    step = 1 / 270
    above = [0.9 + n * step - 0.9 for n in (1, 2, 3)]
    below = [0.1 - (0.1 + n * step) for n in (1, 2, 3)]
    assert sum(above) != -sum(below), "equal on paper, and not in the machine"
    found = paired([*above, *below])
    assert (found.effect, found.p) == (0.0, 1.0)


def test_the_mean_is_told_beside_what_most_pairs_tell() -> None:
    """Nine seeds gain a little; the tenth collapses."""
    gains = [0.01 + 0.0001 * place for place in range(9)] + [-0.8]
    found = paired(gains)
    assert found.effect == pytest.approx(0.01, abs=0.001)
    assert found.mean == pytest.approx(-0.0707, abs=0.001)
    apart = unpaired(gains, [0.0] * 10)
    assert (apart.mean, paired(gains[:4]).mean) == (pytest.approx(found.mean), paired(gains[:4]).effect)
