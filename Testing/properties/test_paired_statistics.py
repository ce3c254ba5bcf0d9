"""What must hold of the paired statistics whatever the differences are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgnet.evaluation.paired import bootstrap_mean_interval, holm, rank_biserial, signs, wilcoxon

# Eighths are exact in binary: scaling and negating them makes no new ties and breaks none.
differences = st.lists(st.integers(-80, 80).map(lambda n: n / 8), min_size=1, max_size=40)
p_values = st.lists(st.floats(0, 1), max_size=12)


@given(differences, st.randoms(use_true_random=False))
def test_order_does_not_matter(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    assert wilcoxon(shuffled) == wilcoxon(values)
    assert rank_biserial(shuffled) == pytest.approx(rank_biserial(values))
    assert signs(shuffled) == signs(values)


@given(differences)
def test_exchanging_the_two_sides_mirrors_the_effect_and_keeps_the_p_value(values):
    swapped = [-value for value in values]
    assert wilcoxon(swapped).p_value == pytest.approx(wilcoxon(values).p_value)
    assert rank_biserial(swapped) == pytest.approx(-rank_biserial(values))
    assert signs(swapped) == (signs(values)[1], signs(values)[0], signs(values)[2])


@given(differences, st.sampled_from([0.5, 4.0, 1024.0]))
def test_the_unit_does_not_matter(values, factor):
    scaled = [factor * value for value in values]
    assert wilcoxon(scaled) == wilcoxon(values)
    assert rank_biserial(scaled) == rank_biserial(values)


@given(differences)
def test_everything_lies_in_its_range(values):
    assert 0 < wilcoxon(values).p_value <= 1
    assert -1 <= rank_biserial(values) <= 1
    assert sum(signs(values)) == len(values)


@settings(max_examples=15)
@given(differences.filter(lambda values: len(values) > 1))
def test_the_interval_holds_the_mean_and_moves_with_it(values):
    low, high = bootstrap_mean_interval(values)
    assert low - 1e-9 <= np.mean(values) <= high + 1e-9
    moved = bootstrap_mean_interval([value + 16 for value in values])
    assert moved == pytest.approx((low + 16, high + 16))


@given(p_values, st.randoms(use_true_random=False))
def test_holm_never_lowers_a_p_value_keeps_their_order_and_is_bounded_by_bonferroni(values, random):
    corrected = holm(values)
    for one, more in zip(values, corrected, strict=True):
        assert one <= more <= min(1.0, len(values) * one)
    order = list(range(len(values)))
    random.shuffle(order)
    assert holm([values[index] for index in order]) == [corrected[index] for index in order]
    ranked = [corrected[index] for index in np.argsort(values, kind="stable")]
    assert ranked == sorted(ranked)
