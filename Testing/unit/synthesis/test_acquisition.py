from dataclasses import replace

import numpy as np
import pytest

from sgnet.synthesis.acquisition import Acquisition

CLEAN = Acquisition(0.0, 1.0, 2, (0.0, 0.0, 0.0), 0.0, 0.0, 1.0, seed=0)


def point():
    image = np.zeros((21, 21, 21), np.float32)
    image[10, 10, 10] = 1
    return image


def test_perfect_acquisition_changes_nothing():
    np.testing.assert_allclose(CLEAN.apply(point()), point(), atol=1e-6)


def test_shift_moves_the_image_by_that_many_millimetres():
    moved = replace(CLEAN, shift_mm=(2.0, 0.0, -1.0)).apply(point())
    assert np.unravel_index(moved.argmax(), moved.shape) == (12, 10, 9)


def test_thick_slices_blur_along_their_axis_only():
    image = np.zeros((21, 21, 21), np.float32)
    image[:, :, 10] = 1
    thick = replace(CLEAN, slice_mm=4.0).apply(image)
    profile = thick[10, 10]
    assert (profile > 0.05).sum() > 2
    np.testing.assert_allclose(thick, np.broadcast_to(profile, thick.shape), atol=1e-5)


def test_noise_has_the_asked_spread():
    flat = np.full((40, 40, 40), 5, np.float32)
    assert replace(CLEAN, noise=0.1).apply(flat).std() == pytest.approx(0.1, rel=0.05)
