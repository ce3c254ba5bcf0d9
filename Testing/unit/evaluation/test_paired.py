import itertools

import numpy as np
import pytest
from scipy import stats

from sgnet.evaluation.paired import bootstrap_mean_interval, holm, rank_biserial, signs, wilcoxon


def test_exact_p_value_counted_by_hand():
    # W- = 2; of the 64 ways to give six ranks a sign, three have a rank sum of at most 2: none, {1}, {2}.
    result = wilcoxon([1.0, -2.0, 3.0, 4.0, 5.0, 6.0])
    assert (result.p_value, result.method) == (pytest.approx(2 * 3 / 64), "exact")


def test_normal_approximation_with_ties_computed_by_hand():
    # Sizes 1, 1, 1, 1, 2 have the ranks 2.5 and 5: W+ = 12.5 around 7.5, variance 13.75 - (4^3 - 4) / 48 = 12.5.
    result = wilcoxon([1.0, 1.0, 1.0, -1.0, 2.0])
    expected = 2 * stats.norm.sf((12.5 - 7.5 - 0.5) / np.sqrt(12.5))
    assert (result.p_value, result.method) == (pytest.approx(expected), "normal")


def test_zeros_are_dropped():
    assert wilcoxon([0.0, 1.0, -2.0, 3.0, 0.0, 4.0, 5.0, 6.0]) == wilcoxon([1.0, -2.0, 3.0, 4.0, 5.0, 6.0])


def test_where_nothing_differs_there_is_nothing_to_find():
    assert (wilcoxon([0.0, 0.0]).p_value, wilcoxon([0.0, 0.0]).method) == (1.0, "none")
    assert (wilcoxon([]).p_value, rank_biserial([]), rank_biserial([0.0])) == (1.0, 0.0, 0.0)


def test_rounding_in_the_last_digit_makes_neither_a_difference_nor_breaks_a_tie():
    thirds = [1 - 2 / 3, 2 / 3 - 1 / 3, 1 / 3, -(1 - 2 / 3), 0.1 + 0.2 - 0.3]
    assert wilcoxon(thirds).method == "normal"
    assert signs(thirds) == (3, 1, 1)


def test_many_differences_take_the_normal_approximation_which_is_close():
    values = np.random.default_rng(1).normal(0.3, 1, 50)
    exact, approximate = wilcoxon(values), wilcoxon([*values, 1e-9])
    assert (exact.method, approximate.method) == ("exact", "normal")
    assert approximate.p_value == pytest.approx(exact.p_value, rel=0.1)


def test_p_value_is_right_by_brute_force_over_all_signs():
    sizes = np.array([0.3, 1.1, 1.9, 2.2, 3.7, 4.1, 5.8])
    observed = np.array([1, -1, 1, 1, -1, 1, 1])
    ranks = stats.rankdata(sizes)
    sums = np.array([ranks @ (np.array(one) > 0) for one in itertools.product([1, -1], repeat=7)])
    plus = ranks @ (observed > 0)
    expected = 2 * min((sums >= plus).mean(), (sums <= plus).mean())
    assert wilcoxon(sizes * observed).p_value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("differences", "effect"),
    [([1.0, 2.0], 1.0), ([-1.0, -2.0], -1.0), ([1.0, -2.0, 3.0], 2 / 6), ([1.0, 1.0, -1.0], 1 / 3), ([1, -1], 0.0)],
)
def test_rank_biserial_counted_by_hand(differences, effect):
    assert rank_biserial(differences) == pytest.approx(effect)


@pytest.mark.parametrize(
    ("p_values", "corrected"),
    [
        ([], []),
        ([0.02], [0.02]),
        ([0.04, 0.01, 0.03], [0.06, 0.03, 0.06]),
        ([0.5, 0.6, 0.001], [1.0, 1.0, 0.003]),
        # Never below one that was smaller: 0.011 x 1 would be less than 0.01 x 2.
        ([0.01, 0.011], [0.02, 0.02]),
    ],
)
def test_holm_by_hand(p_values, corrected):
    assert holm(p_values) == pytest.approx(corrected)


def test_interval_covers_the_true_mean_about_as_often_as_it_says():
    samples = np.random.default_rng(7).normal(0.3, 1.0, (400, 10))
    intervals = [bootstrap_mean_interval(sample, seed) for seed, sample in enumerate(samples)]
    covered = np.mean([low <= 0.3 <= high for low, high in intervals])
    # Of 1,500 simulated samples 93 %; the plain percentile interval 88 %.
    assert 0.905 <= covered <= 0.975


def test_interval_of_many_values_is_that_of_the_normal_approximation():
    values = np.random.default_rng(3).normal(5, 2, 400)
    half = 1.96 * values.std(ddof=1) / 20
    assert bootstrap_mean_interval(values) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_interval_is_the_same_for_the_same_seed_and_none_for_one_value():
    assert bootstrap_mean_interval([1.0, 2.0, 4.0], 5) == bootstrap_mean_interval([1.0, 2.0, 4.0], 5)
    assert bootstrap_mean_interval([1.0]) is None
    assert bootstrap_mean_interval([2.0, 2.0, 2.0]) == (2.0, 2.0)
