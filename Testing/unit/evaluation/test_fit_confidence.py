"""The fitted weights are those that made the outcomes."""

import numpy as np
import pytest

from sgnet.evaluation.fit_confidence import fit_confidence


def bodies(count, weights, seed=0):
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(count), rng.normal(0, 1.5, count), rng.normal(0, 2, count), -rng.random(count)])
    return features, rng.random(count) < 1 / (1 + np.exp(-features @ weights))


def test_the_weights_are_found():
    weights = np.array([-0.5, 1.2, 0.4, 2.0])
    found = fit_confidence(*bodies(20_000, weights))
    np.testing.assert_allclose([found.intercept, found.peak, found.volume, found.flatness], weights, atol=0.2)


def test_said_odds_are_right_on_other_bodies():
    weights = np.array([-0.5, 1.2, 0.4, 2.0])
    fitted = fit_confidence(*bodies(2_000, weights))
    features, true = bodies(20_000, weights, seed=1)
    said = np.array([fitted.of_features(one) for one in features])
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        band = (said >= low) & (said < low + 0.2)
        assert true[band].mean() == pytest.approx(said[band].mean(), abs=0.06)


def test_bodies_that_can_be_told_apart_without_a_fault_give_finite_weights():
    features = np.column_stack([np.ones(6), [-2, -1, -0.5, 0.5, 1, 2], np.zeros(6), np.zeros(6)])
    fitted = fit_confidence(features, features[:, 1] > 0)
    assert 1 < fitted.peak < 100 and fitted.volume == pytest.approx(0)


@pytest.mark.parametrize(
    ("features", "outcome", "said"),
    [(np.ones((3, 4)), [True] * 3, "both outcomes"), (np.ones((3, 3)), [True, False, True], "do not fit"),
     (np.ones((3, 4)), [True, False], "do not fit")],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused(features, outcome, said):
    with pytest.raises(ValueError, match=said):
        fit_confidence(features, outcome)
