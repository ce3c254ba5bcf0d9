import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.export.onto import labels_onto, same_lattice
from sgnet.geometry import Grid, Volume

OBLIQUE = np.array([[0.0, -2.4, 0.9, 10], [1.6, 0.0, 0.0, -40], [0.0, 1.8, 1.2, 5], [0, 0, 0, 1]])


def some_labels(grid: Grid) -> Volume:
    return Volume(np.random.default_rng(0).integers(0, 4, grid.shape).astype(np.uint16), grid, "labels")


def reordered(grid: Grid) -> tuple[Grid, tuple[int, ...]]:
    """The same voxels with the axes in another order, the first of them backwards."""
    affine = grid.affine_ijk_to_ras[:, [1, 2, 0, 3]].copy()
    affine[:3, 3] += affine[:3, 0] * (grid.shape[1] - 1)
    affine[:3, 0] *= -1
    i, j, k = grid.shape
    return Grid((j, k, i), affine), (1, 2, 0)


def test_reordered_axes_give_the_same_voxels_exactly():
    grid = Grid((5, 6, 7), OBLIQUE)
    labels = some_labels(grid)
    other, axes = reordered(grid)

    assert same_lattice(grid, other)
    np.testing.assert_array_equal(labels_onto(labels, other), labels.array.transpose(axes)[::-1])


def test_a_larger_grid_holds_the_labels_where_they_were():
    grid = Grid((5, 6, 7), OBLIQUE)
    labels = some_labels(grid)

    result = labels_onto(labels, grid.with_shape((9, 9, 9), (-1, -2, -1)))

    np.testing.assert_array_equal(result[1:6, 2:8, 1:8], labels.array)
    assert np.count_nonzero(result) == np.count_nonzero(labels.array)


def test_every_voxel_gets_the_label_in_which_its_centre_lies():
    coarse = Volume(np.array([1, 2], np.uint16).reshape(2, 1, 1), Grid((2, 1, 1), np.diag([3.0, 3, 3, 1])))
    fine = Grid((6, 1, 1), np.array([[1.0, 0, 0, -1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))

    assert labels_onto(coarse, fine).ravel().tolist() == [1, 1, 1, 2, 2, 2]


def test_half_a_voxel_beside_is_another_lattice():
    grid = Grid((5, 5, 5), np.eye(4))
    affine = np.eye(4)
    affine[0, 3] = 0.5
    assert not same_lattice(grid, Grid((5, 5, 5), affine))


def test_an_error_of_the_step_that_adds_up_is_another_lattice():
    grid = Grid((400, 5, 5), np.eye(4))
    assert not same_lattice(grid, Grid((400, 5, 5), np.diag([1.0005, 1, 1, 1])))


def test_labels_outside_the_series_are_refused_by_name():
    labels = some_labels(Grid((5, 5, 5), np.eye(4)))
    far = np.eye(4)
    far[2, 3] = 100
    with pytest.raises(InputError, match="labels: none of its lesions lies within the series"):
        labels_onto(labels, Grid((5, 5, 5), far))


def test_an_empty_label_map_stays_empty():
    grid = Grid((3, 3, 3), np.eye(4))
    assert not labels_onto(Volume(np.zeros((3, 3, 3), np.uint8), grid), grid).any()
