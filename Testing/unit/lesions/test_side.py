import numpy as np
import pytest

from sgnet.geometry import Grid
from sgnet.lesions.side import find_midplane


def head(turn_deg=0.0, shift_mm=0.0):
    """A lopsided-proof head: symmetric folds in an ellipsoid, then turned about the head-foot axis and shifted."""
    shape, spacing = (60, 70, 50), 3.0
    grid = Grid(shape, np.array([[-spacing, 0, 0, 88], [0, -spacing, 0, 103], [0, 0, spacing, -73], [0, 0, 0, 1]]))
    points = grid.to_ras(np.indices(shape).reshape(3, -1).T)
    angle = np.radians(turn_deg)
    normal = np.array([np.cos(angle), np.sin(angle), 0.0])
    across = points @ normal - shift_mm
    along = points @ np.array([-np.sin(angle), np.cos(angle), 0.0])
    inside = (across / 65) ** 2 + (along / 85) ** 2 + (points[:, 2] / 65) ** 2 < 1
    folds = np.cos(np.abs(across) / 7) + np.cos(along / 9 + np.abs(across) / 15) + np.cos(points[:, 2] / 8)
    noise = np.random.default_rng(0).normal(0, 0.3, len(points))
    return np.where(inside, 4 + folds + noise, 0).reshape(shape), grid, normal


@pytest.mark.parametrize(("turn_deg", "shift_mm"), [(0, 0), (9, 6), (-14, -11)])
def test_the_plane_follows_the_head(turn_deg, shift_mm):
    image, grid, normal = head(turn_deg, shift_mm)
    plane = find_midplane(image, grid)

    assert np.degrees(np.arccos(min(1.0, float(np.dot(plane.normal_ras, normal))))) < 1.0
    assert abs(plane.offset_mm - shift_mm) < 1.0
    right = tuple((normal * (shift_mm + 20)).tolist())
    left = tuple((normal * (shift_mm - 20)).tolist())
    assert (plane.side(right), plane.side(left), plane.side(tuple(normal * shift_mm))) == ("right", "left", "midline")


def test_half_a_head_has_no_side():
    image, grid, _ = head()
    image[28:] = 0
    assert find_midplane(image, grid) is None


def test_nothing_has_no_side():
    assert find_midplane(np.zeros((20, 20, 20)), Grid((20, 20, 20), np.eye(4))) is None
