import numpy as np

from sgnet.geometry import Grid
from sgnet.lesions.neighbours import distances_mm, oedema_ml

THICK = Grid((10, 10, 10), np.diag([1.0, 1.0, 4.0, 1.0]))


def test_the_gap_is_between_outer_edges_in_mm():
    labels = np.zeros((10, 10, 10), int)
    labels[0:2, 0, 0] = 1
    labels[5, 0, 0] = 2  # three voxels of 1 mm between
    labels[0, 0, 3] = 3  # two slices of 4 mm between

    assert distances_mm(labels, THICK) == [3.0, 3.0, 8.0]


def test_the_gap_runs_across_diagonals():
    labels = np.zeros((10, 10, 10), int)
    labels[0, 0, 0], labels[4, 5, 0] = 1, 2

    assert distances_mm(labels, THICK) == [5.0, 5.0]


def test_lesions_that_share_a_corner_touch():
    labels = np.zeros((10, 10, 10), int)
    labels[0, 0, 0], labels[1, 1, 1] = 1, 2

    assert distances_mm(labels, THICK) == [0.0, 0.0]


def test_a_lesion_within_another_is_measured_to_its_inner_wall():
    labels = np.ones((9, 9, 9), int)
    labels[1:8, 1:8, 1:8] = 0
    labels[4, 4, 4] = 2

    assert distances_mm(labels, Grid((9, 9, 9), np.eye(4))) == [3.0, 3.0]


def test_the_nearest_of_many_is_found():
    rng = np.random.default_rng(0)
    grid = Grid((40, 40, 40), np.eye(4))
    labels = np.zeros(grid.shape, int)
    places = rng.choice(40**3, 30, replace=False)
    labels.reshape(-1)[places] = np.arange(1, 31)
    points = np.argwhere(labels)[np.argsort(labels[labels > 0])]
    gaps = np.maximum(np.abs(points[:, None] - points[None]) - 1, 0)
    expected = np.linalg.norm(gaps, axis=2)
    np.fill_diagonal(expected, np.inf)

    np.testing.assert_allclose(distances_mm(labels, grid), expected.min(axis=1), atol=1e-6)


def test_a_lone_lesion_has_no_neighbour_and_nothing_has_none():
    labels = np.zeros((10, 10, 10), int)
    assert distances_mm(labels, THICK) == []
    labels[3, 3, 3] = 1
    assert distances_mm(labels, THICK) == [None]


def test_shared_oedema_goes_to_the_nearest_lesion():
    labels = np.zeros((10, 10, 10), int)
    labels[0, 0, 0], labels[9, 0, 0] = 1, 2
    whole = np.zeros(labels.shape, bool)
    whole[0:10, 0, 0] = True  # between: 4 voxels each

    assert oedema_ml(labels, whole, THICK) == [4 * 4 / 1000, 4 * 4 / 1000]


def test_oedema_of_one_lesion_is_not_given_to_a_nearer_one_it_does_not_reach():
    labels = np.zeros((10, 10, 10), int)
    labels[0, 0, 0], labels[9, 2, 0] = 1, 2
    whole = np.zeros(labels.shape, bool)
    whole[0:10, 0, 0] = True

    assert oedema_ml(labels, whole, THICK) == [9 * 4 / 1000, 0.0]
