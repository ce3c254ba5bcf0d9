import numpy as np
import pytest

from sgnet.config import LesionSettings
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.lesions.find import find_lesions
from sgnet.lesions.split import split_touching


def balls(*spec, shape=(40, 30, 30), spacing=(1.0, 1.0, 1.0)):
    """A union of (centre mm, radius mm) and the grid it lies on."""
    grid = Grid(shape, np.diag([*spacing, 1.0]))
    place = np.indices(shape) * np.array(spacing)[:, None, None, None]
    mask = np.zeros(shape, bool)
    for centre, radius in spec:
        mask |= ((place - np.array(centre, float)[:, None, None, None]) ** 2).sum(axis=0) <= radius**2
    return mask, grid


def divided(mask, grid, smallest=10.0):
    return split_touching(*label_components(mask), grid, smallest)


def test_two_balls_with_a_neck_are_two_lesions_divided_in_the_neck():
    mask, grid = balls(((10, 15, 15), 6), ((20, 15, 15), 6))
    labels, count = divided(mask, grid)

    assert count == 2
    np.testing.assert_array_equal(labels > 0, mask)
    i = np.indices(mask.shape)[0]
    wrong = np.minimum(((labels == 1) & (i > 15)).sum(), ((labels == 1) & (i < 15)).sum())
    assert wrong == 0


def test_thick_slices_change_nothing():
    mask, grid = balls(((10, 15, 30), 6), ((20, 15, 30), 6), spacing=(1, 1, 2.5))
    assert divided(mask, grid)[1] == 2


def test_three_in_a_row_are_three():
    mask, grid = balls(((8, 15, 15), 5), ((17, 15, 15), 5), ((26, 15, 15), 5))
    assert divided(mask, grid)[1] == 3


@pytest.mark.parametrize(
    "spec",
    [
        [((15, 15, 15), 9)],
        [((13, 15, 15), 6), ((18, 15, 15), 6)],  # deeply merged: no neck
        [((15, 15, 15), 8), ((24, 15, 15), 1.2)],  # a bump
    ],
)
def test_what_has_no_clear_neck_stays_whole(spec):
    assert divided(*balls(*spec))[1] == 1


def test_no_part_falls_below_the_smallest_volume():
    mask, grid = balls(((10, 15, 15), 6), ((19.5, 15, 15), 4))
    assert divided(mask, grid, 10.0)[1] == 2
    assert divided(mask, grid, 500.0)[1] == 1


def test_it_is_off_by_default_and_numbers_follow_the_volume_when_on():
    mask, grid = balls(((10, 15, 15), 5), ((20, 15, 15), 6))
    core = mask.astype(np.float32)

    assert len(find_lesions(core, core, grid, LesionSettings())[2]) == 1
    labels, _, lesions = find_lesions(core, core, grid, LesionSettings(split_touching=True))
    assert [lesion.number for lesion in lesions] == [1, 2]
    assert lesions[0].volume_ml > lesions[1].volume_ml
    assert [lesion.nearest_lesion_mm for lesion in lesions] == [0.0, 0.0]
    assert labels[20, 15, 15] == 1
