"""The fitted weights are those under which the outlines are right."""

import numpy as np
import pytest

from sgnet.evaluation.fit_tightening import DrawnBody, fit_tightening
from sgnet.geometry import Grid
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening


def ball(radius_mm, peak_log_odds, true_threshold, size=24):
    """A body whose probability falls from its peak outwards, and the true lesion: what reaches ``true_threshold``."""
    grid = Grid((size,) * 3, np.eye(4))
    away = np.sqrt(((np.indices(grid.shape) - size / 2 + 0.5) ** 2).sum(axis=0))
    log_odds = peak_log_odds - (peak_log_odds + 2) * away / radius_mm
    probability = (1 / (1 + np.exp(-log_odds))).astype(np.float32)
    mask = probability >= 0.3
    true = probability >= np.float32(true_threshold(mask, probability, grid))
    return DrawnBody.of(mask, probability, true, int(true.sum()), grid)


def test_weights_that_made_the_true_outlines_are_found_again():
    made_with = Tightening(0.12, 0.8)
    bodies = [
        ball(radius, peak, lambda *body: made_with.threshold_of(*body, 0.3))
        for radius in (3, 4, 5, 7, 9)
        for peak in (1.0, 2.0, 3.0, 4.5, 6.0)
    ]
    assert np.mean([body.dice(0.3) for body in bodies]) < 0.9
    found = fit_tightening(bodies, 0.3)
    assert np.mean([body.tightened_dice(found, 0.3) for body in bodies]) > 0.995
    assert found.rate == pytest.approx(made_with.rate, abs=0.02)
    assert found.from_peak == pytest.approx(made_with.from_peak, abs=0.04)


def test_outlines_that_are_right_are_left_alone():
    bodies = [ball(radius, 4.0, lambda *_: 0.3) for radius in (4, 6, 8)]
    assert [body.dice(0.3) for body in bodies] == [1, 1, 1]
    assert fit_tightening(bodies, 0.3).raised(0.3, 0.1, 0.99) == AT_THRESHOLD.raised(0.3, 0.1, 0.99)


def test_dice_is_that_of_the_voxels_left_and_all_voxels_of_the_lesions_touched():
    probability = np.array([0.3, 0.35, 0.7, 0.9], np.float32).reshape(4, 1, 1)
    true = np.array([False, True, False, True]).reshape(4, 1, 1)
    body = DrawnBody.of(probability > 0, probability, true, 5, Grid((4, 1, 1), np.diag([2.0, 1, 1, 1])))
    assert body.volume_ml == 0.008 and body.peak == 0.9
    # Exactly the probability of a voxel keeps it, in float32 too.
    dices = [body.dice(threshold) for threshold in (0.3, 0.35, 0.36, 0.7, 0.9, 0.95)]
    assert dices == pytest.approx([4 / 9, 4 / 8, 2 / 7, 2 / 7, 2 / 6, 0])


def test_nothing_cannot_be_fitted():
    with pytest.raises(ValueError, match="at least one body"):
        fit_tightening([], 0.3)
