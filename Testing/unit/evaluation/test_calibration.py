import numpy as np
import pytest

from sgnet.evaluation.calibration import (
    CalibrationCounts,
    brier_score,
    fit_isotonic,
    fit_temperature,
    reliability,
    scale_temperature,
)


def simulated(temperature=1.0, n=200_000, seed=0):
    """Logits and outcomes for which ``sigmoid(logit / temperature)`` is the truth."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, n)
    return logits * temperature, rng.random(n) < 1 / (1 + np.exp(-logits))


def test_curve_by_hand():
    curve = reliability([0.0, 0.1, 0.3, 0.6, 0.7, 0.7, 1.0], [0, 1, 0, 1, 1, 0, 1], bins=4)
    assert curve.counts.tolist() == [2, 1, 3, 1]
    assert curve.predicted == pytest.approx([0.05, 0.3, 2 / 3, 1.0])
    assert curve.observed == pytest.approx([0.5, 0.0, 2 / 3, 1.0])
    assert curve.expected_calibration_error == pytest.approx((2 * 0.45 + 1 * 0.3) / 7)


def test_bins_hold_their_lower_edge_and_empty_bins_are_nan():
    curve = reliability([0.5, 1.0], [0, 1], bins=4)
    assert curve.counts.tolist() == [0, 0, 1, 1]
    assert np.isnan(curve.observed[:2]).all()
    assert curve.expected_calibration_error == 0.25


def test_bins_of_equal_mass_hold_as_many_values_each():
    probability = np.random.default_rng(0).beta(0.3, 3, 1000)
    curve = reliability(probability, probability > 0.5, bins=10, binning="equal_mass")
    assert curve.counts.tolist() == [100] * 10
    assert (np.diff(curve.predicted) > 0).all()


@pytest.mark.parametrize("binning", ["equal_width", "equal_mass"])
def test_values_that_are_all_the_same_are_one_bin(binning):
    curve = reliability([0.3] * 8, [1] * 4 + [0] * 4, bins=5, binning=binning)
    assert curve.counts.sum() == 8 and (curve.counts > 0).sum() == 1
    assert curve.expected_calibration_error == pytest.approx(0.2)


@pytest.mark.parametrize("binning", ["equal_width", "equal_mass"])
def test_nothing_at_all_has_no_error(binning):
    curve = reliability([], [], binning=binning)
    assert (curve.counts.sum(), curve.expected_calibration_error, brier_score([], [])) == (0, 0.0, 0.0)


@pytest.mark.parametrize("binning", ["equal_width", "equal_mass"])
def test_true_probabilities_are_calibrated_and_sharper_ones_are_not(binning):
    logits, outcome = simulated()
    truth, sharp = 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(-2 * logits))
    assert reliability(truth, outcome, binning=binning).expected_calibration_error < 0.005
    assert reliability(sharp, outcome, binning=binning).expected_calibration_error > 0.05
    assert brier_score(truth, outcome) < brier_score(sharp, outcome)


def test_brier_score_by_hand():
    assert brier_score([0.2, 0.9, 0.5], [0, 1, 0]) == pytest.approx((0.04 + 0.01 + 0.25) / 3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_temperature_is_recovered(temperature):
    logits, outcome = simulated(temperature)
    assert fit_temperature(logits, outcome) == pytest.approx(temperature, rel=0.02)


def test_temperature_is_where_the_cross_entropy_has_its_minimum():
    logits, outcome = simulated(1.7, n=500)

    def loss(temperature):
        p = 1 / (1 + np.exp(-logits / temperature))
        return -np.mean(np.where(outcome, np.log(p), np.log(1 - p)))

    best = fit_temperature(logits, outcome)
    assert loss(best) < min(loss(best * 0.98), loss(best * 1.02))


def test_a_temperature_takes_both_outcomes():
    with pytest.raises(ValueError, match="both outcomes"):
        fit_temperature([1.0, 2.0], [True, True])


def test_scaling_keeps_ranks_halves_and_ends():
    p = np.array([0.0, 0.2, 0.5, 0.8, 1.0])
    for temperature in (0.5, 3.0):
        scaled = scale_temperature(p, temperature)
        assert (np.diff(scaled) > 0).all()
        assert scaled[[0, 2, 4]].tolist() == [0.0, 0.5, 1.0]
    assert scale_temperature(p, 1.0) == pytest.approx(p)


def test_scaling_a_two_and_a_half_times_too_sure_network_calibrates_it():
    logits, outcome = simulated(2.5)
    before = 1 / (1 + np.exp(-logits))
    after = scale_temperature(before, fit_temperature(logits, outcome))
    assert reliability(before, outcome).expected_calibration_error > 0.05
    assert reliability(after, outcome).expected_calibration_error < 0.005


def test_isotonic_by_hand():
    fitted = fit_isotonic([0, 1, 1, 2, 3, 4], [0, 1, 1, 0, 1, 1])
    # The two at 1 and the one at 2 pool to 2/3.
    assert fitted.probabilities == pytest.approx([0, 2 / 3, 2 / 3, 1, 1])
    assert fitted([-5, 0.5, 2, 9]) == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_isotonic_is_monotone_and_no_monotone_map_of_the_scores_is_closer():
    rng = np.random.default_rng(5)
    scores = rng.normal(size=400)
    outcome = rng.random(400) < 1 / (1 + np.exp(-3 * scores))
    fitted = fit_isotonic(scores, outcome)
    assert (np.diff(fitted.probabilities) >= 0).all()
    best = brier_score(fitted(scores), outcome)
    for slope in (0.5, 1, 2, 3, 5):
        assert best <= brier_score(1 / (1 + np.exp(-slope * scores)), outcome)


def test_counts_of_scans_add_up_to_those_of_all_voxels():
    rng = np.random.default_rng(2)
    maps = [rng.beta(0.2, 2, (12, 10, 8)).astype(np.float32) for _ in range(2)]
    masks = [rng.random(one.shape) < one for one in maps]
    total = CalibrationCounts.of(maps[0], masks[0]) + CalibrationCounts.of(maps[1], masks[1])
    every, truth = np.concatenate([one.ravel() for one in maps]), np.concatenate([one.ravel() for one in masks])
    kept = every >= 0.01
    pooled, direct = total.reliability(10), reliability(every[kept], truth[kept], 10)
    assert pooled.counts.tolist() == direct.counts.tolist()
    assert pooled.observed == pytest.approx(direct.observed)
    assert pooled.predicted == pytest.approx(direct.predicted, abs=1e-6)
    assert total.brier_score == pytest.approx(brier_score(every[kept], truth[kept]))
    assert (total.left_out, total.left_out_hits) == ((~kept).sum(), truth[~kept].sum())


def test_a_probability_of_one_is_in_the_last_bin():
    counts = CalibrationCounts.of(np.ones((1, 1, 2), np.float32), np.array([[[True, False]]]))
    assert counts.reliability(2).counts.tolist() == [0, 2]
    assert counts.brier_score == 0.5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: reliability([0.1], [1, 0]), "differ in shape"),
        (lambda: reliability([0.1], [1], binning="other"), "binning must be"),
        (lambda: CalibrationCounts.of(np.zeros(1), np.zeros(1, bool)).reliability(7), "must divide"),
        (lambda: fit_isotonic([], []), "at least one"),
    ],
)
def test_what_cannot_be_used_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
