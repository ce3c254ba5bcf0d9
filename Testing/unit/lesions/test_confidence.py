"""Lesion confidence: the peak, corrected for size and shape."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from sgnet.errors import ModelError
from sgnet.geometry import Grid
from sgnet.lesions.confidence import AS_PEAK, Confidence, features, flatness
from sgnet.lesions.steps import STEPS, steps_of, steps_reached

WEIGHTS = Confidence(0.3, 0.9, 0.5, 2.0)


def ellipsoid(radii, shape=(41, 41, 41), turn=None, spacing=1.0):
    points = (np.stack(np.indices(shape), -1) - (np.array(shape) - 1) / 2) * spacing
    if turn is not None:
        points = points @ turn
    return ((points / radii) ** 2).sum(-1) <= 1


def grid_of(mask, spacing=1.0):
    return Grid(mask.shape, np.diag([spacing, spacing, spacing, 1.0]))


def turned(degrees, axes=(0, 1)):
    a = math.radians(degrees)
    turn = np.eye(3)
    i, j = axes
    turn[i, i] = turn[j, j] = math.cos(a)
    turn[i, j], turn[j, i] = -math.sin(a), math.sin(a)
    return turn


def test_steps_are_the_same_on_floats_and_on_what_is_kept_of_them():
    steps = np.arange(STEPS + 1, dtype=np.uint16)
    np.testing.assert_array_equal(steps_reached(steps / np.float32(STEPS)), steps)
    np.testing.assert_array_equal(steps_reached(steps / np.float64(STEPS)), steps)
    for threshold in (0.3, 0.35, 0.8, 0.77):
        values = np.random.default_rng(0).random(10_000).astype(np.float32)
        np.testing.assert_array_equal(steps_reached(values) >= steps_of(threshold), values >= np.float32(threshold))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_weights_the_confidence_is_the_peak_to_the_last_digit(dtype):
    mask = np.ones((2, 2, 2), bool)
    for peak in (0.3, 0.5, 0.7, 0.8, 0.85, 0.99):
        values = np.full(mask.shape, 0.1, dtype)
        values[1, 0, 1] = peak
        assert AS_PEAK.of(mask, values, grid_of(mask)) == peak


def test_only_the_body_itself_counts():
    mask = np.zeros((3, 3, 3), bool)
    mask[0] = True
    values = np.full(mask.shape, 0.6)
    values[2] = 1.0
    assert AS_PEAK.of(mask, values, grid_of(mask)) == 0.6


def test_the_formula_is_the_documented_one():
    mask = np.ones((2, 4, 8), bool)
    volume_ml, shape = 64 / 1000, math.sqrt((2**2) / (8**2))
    log_odds = 0.3 + 0.9 * math.log(0.7 / 0.3) + 0.5 * math.log(volume_ml / 0.1) + 2.0 * math.log(shape)
    found = WEIGHTS.of(mask, np.full(mask.shape, 0.7), grid_of(mask))
    assert found == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=1e-6)


@pytest.mark.parametrize("values", [0.0, 1.0])
def test_no_peak_and_a_certain_one_have_finite_odds(values):
    mask = np.ones((2, 2, 2), bool)
    assert np.isfinite(features(mask, np.full(mask.shape, values), grid_of(mask))).all()


def test_any_weights_give_a_probability():
    mask = np.ones((2, 2, 2), bool)
    for weight in (-1e6, 1e6):
        said = Confidence(weight, 1.0, 0.0, 0.0).of(mask, np.full(mask.shape, 0.5), grid_of(mask))
        assert said == (0 if weight < 0 else 1)


def test_flatness_is_that_of_the_axes_whatever_way_the_body_lies():
    ball, tube, sheet = ((10, 10, 10), 1), ((15, 5, 5), 1 / 3), ((15, 15, 3.75), 1 / 4)
    for radii, expected in (ball, tube, sheet):
        for turn in (None, turned(30), turned(40, (0, 2)) @ turned(25, (1, 2))):
            mask = ellipsoid(radii, turn=turn)
            assert flatness(mask, grid_of(mask)) == pytest.approx(expected, rel=0.05)


def test_confidence_hardly_depends_on_how_finely_the_body_is_sampled():
    fine = ellipsoid((6, 4, 3), (65, 65, 65), spacing=0.25)
    coarse = ellipsoid((6, 4, 3), (17, 17, 17), spacing=1.0)
    slices = fine[1::4, 1::4, 5::12]
    thick = Grid(slices.shape, np.diag([1.0, 1.0, 3.0, 1.0]))
    exact, usual, thin = (
        WEIGHTS.of(mask, np.full(mask.shape, 0.8), grid)
        for mask, grid in ((fine, grid_of(fine, 0.25)), (coarse, grid_of(coarse)), (slices, thick))
    )
    assert usual == pytest.approx(exact, abs=0.03)
    # Two slices of 3 mm tell little of a body 6 mm thick.
    assert thin == pytest.approx(exact, abs=0.12)


def test_a_flipped_or_turned_grid_changes_nothing():
    mask = ellipsoid((9, 5, 4), turn=turned(20))
    probability = ndimage.gaussian_filter(mask.astype(float), 2)
    plain = WEIGHTS.of(mask, probability, grid_of(mask))
    affine = np.diag([-1.0, 1, 1, 1])
    assert WEIGHTS.of(mask[::-1], probability[::-1], Grid(mask.shape, affine)) == plain
    affine = np.eye(4)
    affine[:3, :3] = turned(33, (1, 2))
    assert WEIGHTS.of(mask, probability, Grid(mask.shape, affine)) == plain


def test_one_voxel_is_a_body():
    mask = np.ones((1, 1, 1), bool)
    assert flatness(mask, grid_of(mask)) == pytest.approx(1)


def test_it_survives_the_models_file():
    assert Confidence.from_dict(WEIGHTS.to_dict()) == WEIGHTS
    assert Confidence.from_dict(None) == AS_PEAK


@pytest.mark.parametrize(
    "wrong",
    [{"peak": 1.0}, {**WEIGHTS.to_dict(), "shape": 1}, {**WEIGHTS.to_dict(), "peak": "much"},
     replace(WEIGHTS, volume=math.nan).to_dict(), [1, 2, 3, 4], 3],
)  # fmt: skip
def test_anything_else_in_a_model_is_refused_in_one_sentence(wrong):
    with pytest.raises(ModelError, match="confidence of a model cannot be read"):
        Confidence.from_dict(wrong)
