"""The head is what is not background, whether the background is one value or noisy air."""

from __future__ import annotations

import numpy as np
import pytest

from sgnet.preprocessing.head import background_value, head_mask


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def test_everything_but_the_constant_background_is_brain():
    array = np.zeros((20, 20, 20))
    array[5:15, 5:15, 5:15] = np.random.default_rng(0).normal(100, 20, (10, 10, 10))
    expected = np.zeros(array.shape, bool)
    expected[5:15, 5:15, 5:15] = True
    np.testing.assert_array_equal(head_mask(array), expected)
    assert background_value(array) == 0.0


@pytest.mark.parametrize("background", [0.0, -3.16, 500.0])
def test_a_z_scored_brain_keeps_its_values_below_and_at_the_background(head, background):
    array = head().t1ce.array.astype(np.float64)
    brain = array > 0
    scored = np.where(brain, (array - array[brain].mean()) / array[brain].std(), background)
    assert background_value(scored) == background
    np.testing.assert_array_equal(head_mask(scored), brain)


def test_enclosed_holes_are_filled_and_open_ones_are_not():
    array = np.zeros((20, 20, 20))
    array[4:16, 4:16, 4:16] = np.random.default_rng(0).normal(100, 20, (12, 12, 12))
    array[8:11, 8:11, 8:11] = 0
    array[4:8, 5, 5] = 0
    mask = head_mask(array)
    assert mask[8:11, 8:11, 8:11].all()
    assert not mask[4:8, 5, 5].any()


def test_a_brain_cut_by_the_volume_is_still_found(head):
    array = head().t1ce.array[:, :, 14:30]
    np.testing.assert_array_equal(head_mask(array), array > 0)


def test_noisy_air_is_not_head(head):
    study = head(skull=True)
    assert background_value(study.t1ce.array) is None
    mask = head_mask(study.t1ce.array)
    brain = head().t1ce.array > 0
    assert mask[brain].all(), "the skull is dark, yet what it encloses is head"
    assert not mask[:8, :8].any(), "a corner of air"
    # Scalp reaches to 1.18 of the brain's radius: 1.64 of its volume, and a voxel more by the smoothing.
    assert mask.sum() / brain.sum() == pytest.approx(1.64, rel=0.15)


def test_zeros_beyond_the_field_of_view_do_not_make_noisy_air_head(head):
    array = head(skull=True).t1ce.array.copy()
    x, y, _ = np.indices(array.shape)
    array[np.hypot(x - 24.5, y - 29.5) > 29] = 0
    mask = head_mask(array)
    assert dice(mask, head_mask(head(skull=True).t1ce.array)) > 0.95


def test_air_that_is_mostly_but_not_all_zero_is_not_a_constant_background(head):
    array = head(skull=True).t1ce.array.astype(np.int32)
    array[array < 15] = 0  # about four of five voxels of air
    assert dice(head_mask(array), head_mask(head(skull=True).t1ce.array)) > 0.95


def test_a_constant_volume_has_no_head():
    assert not head_mask(np.full((8, 8, 8), 3)).any()


def test_a_large_volume_is_decided_on_a_coarser_one_but_masked_in_full():
    array = np.zeros((160, 160, 160), np.int16)
    array[41:120, 41:120, 41:120] = np.random.default_rng(0).integers(50, 150, (79, 79, 79))
    mask = head_mask(array)
    np.testing.assert_array_equal(mask, array > 0)
