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
    left, right = labels[10, 15, 15], labels[20, 15, 15]
    assert left != right
    assert (labels[:15][mask[:15]] == left).all() and (labels[16:][mask[16:]] == right).all()


@pytest.mark.parametrize(
    "spec",
    [
        [((9, 15, 15), 6), ((19, 15, 15), 5.5)],
        [((9, 15, 15), 8), ((22, 15, 15), 8)],  # a wide neck
        [((8, 15, 15), 6), ((18, 15, 15), 6), ((27, 15, 15), 4)],
        [((9, 9, 15), 6), ((18, 13, 15), 6), ((18, 23, 15), 6)],
    ],
)
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.5, 0.5, 1.0)])
def test_each_part_has_the_volume_of_its_ball(spec, spacing):
    mask, grid = balls(
        *spec, shape=tuple(int(n / s) for n, s in zip((40, 30, 30), spacing, strict=True)), spacing=spacing
    )
    place = np.indices(mask.shape) * np.array(spacing)[:, None, None, None]
    own = np.argmin(
        [np.sqrt(((place - np.array(c)[:, None, None, None]) ** 2).sum(axis=0)) - r for c, r in spec], axis=0
    )
    labels, count = divided(mask, grid)
    assert count == len(spec)
    for n, (centre, _) in enumerate(spec):
        number = labels[tuple(round(c / s) for c, s in zip(centre, spacing, strict=True))]
        part, ball = labels == number, mask & (own == n)
        assert 2 * (part & ball).sum() / (part.sum() + ball.sum()) > 0.97


def test_parts_are_in_one_piece():
    # A hook of the left ball ends before the right one, nearer to that than to its own.
    mask, grid = balls(((10, 15, 15), 6), ((20, 15, 15), 6), shape=(40, 40, 30))
    mask[9:12, 21:30, 14:17] = mask[9:22, 27:30, 14:17] = True
    labels, count = divided(mask, grid)
    assert count == 2
    for number in (1, 2):
        assert label_components(labels == number)[1] == 1


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
