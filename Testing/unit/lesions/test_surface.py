import math

import numpy as np
import pytest

from sgnet.lesions.surface import sphericity, surface_mm2


def ball(diameter_mm, spacing):
    shape = [int(diameter_mm / s) + 5 for s in spacing]
    place = np.indices(shape)
    return sum(((place[a] - (shape[a] - 1) / 2 - 0.2) * spacing[a]) ** 2 for a in range(3)) <= diameter_mm**2 / 4


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.5, 0.5, 3.0), (1.0, 1.0, 2.0)])
@pytest.mark.parametrize("diameter", [10, 15, 25])
def test_the_surface_of_a_ball_is_right_whatever_the_voxels(diameter, spacing):
    assert surface_mm2(ball(diameter, spacing), spacing) == pytest.approx(math.pi * diameter**2, rel=0.06)


def test_a_plate_has_two_faces():
    plate = np.zeros((60, 60, 3), bool)
    plate[:, :, 1] = True
    assert surface_mm2(plate, (1.0, 1.0, 1.0)) == pytest.approx(2 * 60 * 60, rel=0.15)


def test_a_hole_has_a_surface_too():
    solid = ball(20, (1.0, 1.0, 1.0))
    middle = np.array(solid.shape) // 2
    hollow = solid.copy()
    hollow[tuple(slice(m - 4, m + 5) for m in middle)] = False
    assert surface_mm2(hollow, (1.0, 1.0, 1.0)) > surface_mm2(solid, (1.0, 1.0, 1.0)) + 300


def test_the_order_of_the_axes_does_not_matter():
    mask = np.random.default_rng(0).random((6, 7, 8)) > 0.4
    turned = surface_mm2(mask.transpose(2, 0, 1)[::-1], (3.0, 0.5, 1.0))
    assert turned == pytest.approx(surface_mm2(mask, (0.5, 1.0, 3.0)), rel=0.02)


def test_a_rod_is_less_spherical_than_a_ball_and_nothing_is_more():
    rod = np.zeros((40, 8, 8), bool)
    rod[1:39, 2:6, 2:6] = True
    of_rod = sphericity(float(rod.sum()), surface_mm2(rod, (1.0, 1.0, 1.0)))
    assert of_rod < 0.8
    assert sphericity(1.0, 1.0) == 1.0
