import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import ConvexHull

from sgnet.geometry import Grid
from sgnet.lesions.measure import axial_axis, axial_diameters, longest_diameter_mm, measure_lesion

SAGITTAL = np.array([[0, 0, 1.0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def grid_of(mask, spacing_mm=(1.0, 1.0, 1.0)):
    return Grid(mask.shape, np.diag([*spacing_mm, 1.0]))


def test_a_single_voxel_is_measured_from_corner_to_corner():
    mask = np.ones((1, 1, 1), dtype=bool)
    found = axial_diameters(mask, grid_of(mask, (3.0, 4.0, 12.0)))
    assert found.longest_mm == 5.0
    assert longest_diameter_mm(mask, grid_of(mask, (3.0, 4.0, 12.0))) == 13.0


def test_perpendicular_of_a_rectangle_is_the_chord_at_right_angles_to_its_diagonal():
    mask = np.ones((3, 4, 1), dtype=bool)
    found = axial_diameters(mask, grid_of(mask))
    assert (found.longest_mm, found.perpendicular_mm) == (5.0, 3.75)


def test_perpendicular_lies_in_the_slice_of_the_longest_diameter():
    mask = np.zeros((4, 3, 2), dtype=bool)
    mask[:, 0, 0] = True
    mask[:3, :3, 1] = True
    found = axial_diameters(mask, grid_of(mask))
    assert found.slice_index == 1
    assert found.longest_mm == pytest.approx(3 * np.sqrt(2), abs=1e-6)
    assert found.perpendicular_mm == pytest.approx(3 * np.sqrt(2), abs=1e-6)
    mask[3, 2, 1] = True
    assert axial_diameters(mask, grid_of(mask)).longest_mm == 5.0


def test_of_equal_slices_the_one_with_the_longer_perpendicular_counts():
    mask = np.zeros((4, 3, 2), dtype=bool)
    mask[0, 0, 0] = mask[3, 2, 0] = True
    mask[:, :, 1] = True
    found = axial_diameters(mask, grid_of(mask))
    assert (found.longest_mm, found.perpendicular_mm, found.slice_index) == (5.0, 3.75, 1)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_of_equal_diameters_in_a_slice_the_one_with_the_longer_perpendicular_counts(axis):
    mask = np.array([[0, 1, 0], [1, 0, 1], [0, 0, 1]], dtype=bool)[:, :, None]
    mask = mask if axis is None else np.flip(mask, axis)
    found = axial_diameters(mask, grid_of(mask))
    # Two pairs of corners lie sqrt(13) mm apart; the chords across them are 10.4 / sqrt(13) and 9.75 / sqrt(13).
    assert found.longest_mm == pytest.approx(np.sqrt(13), abs=1e-6)
    assert found.perpendicular_mm == pytest.approx(10.4 / np.sqrt(13), abs=1e-6)


def test_a_diameter_bridges_a_ring():
    mask = np.ones((5, 5, 1), dtype=bool)
    mask[1:4, 1:4] = False
    assert axial_diameters(mask, grid_of(mask)).longest_mm == pytest.approx(5 * np.sqrt(2), abs=1e-6)


def test_a_ball_has_its_diameter_within_a_voxel():
    i, j, k = np.indices((25, 25, 25)) - 12
    ball = i**2 + j**2 + k**2 <= 10**2
    found = axial_diameters(ball, grid_of(ball))
    assert 20.0 <= found.longest_mm <= 21.6
    assert 20.0 <= found.perpendicular_mm <= found.longest_mm
    assert found.slice_index == 12
    assert 20.0 <= longest_diameter_mm(ball, grid_of(ball)) <= 21.8


def test_axial_slices_of_a_sagittal_series_are_found():
    mask = np.zeros((2, 5, 3), dtype=bool)
    mask[:, 4, :] = True
    grid = Grid(mask.shape, SAGITTAL)
    assert axial_axis(grid) == 1
    found = axial_diameters(mask, grid)
    assert found.slice_index == 4
    assert found.longest_mm == pytest.approx(np.sqrt(13), abs=1e-6)


def test_centroid_volume_and_probabilities_come_from_the_mask_alone():
    mask = np.array([True, True, False]).reshape(3, 1, 1)
    probability = np.array([0.6, 0.8, 1.0], dtype=np.float32).reshape(3, 1, 1)
    grid = Grid((3, 1, 1), np.array([[-2.0, 0, 0, 10], [0, 1, 0, -5], [0, 0, 3, 7], [0, 0, 0, 1]]))
    lesion = measure_lesion(mask, probability, grid)
    assert lesion.centroid_ras_mm == (9.0, -5.0, 7.0)
    assert lesion.volume_ml == pytest.approx(0.012)
    assert lesion.mean_probability == pytest.approx(0.7)
    assert lesion.peak_probability == pytest.approx(0.8)


def test_axes_that_are_not_quite_perpendicular_are_measured_as_they_lie():
    slanted = np.array([[1.0, 0.015, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    mask = np.ones((1, 1, 1), dtype=bool)
    assert axial_diameters(mask, Grid((1, 1, 1), slanted)).longest_mm == pytest.approx(np.hypot(1.015, 1), abs=1e-6)


def chord(hull, at, way):
    """Length of the part of the line ``at + s * way`` inside a hull, by clipping at each of its sides."""
    low, high = -np.inf, np.inf
    for normal_x, normal_y, offset in hull.equations:
        slope, rest = normal_x * way[0] + normal_y * way[1], -(offset + normal_x * at[0] + normal_y * at[1])
        if abs(slope) < 1e-12:
            if rest < -1e-9:
                return 0.0
        elif slope > 0:
            high = min(high, rest / slope)
        else:
            low = max(low, rest / slope)
    return max(high - low, 0.0)


@settings(max_examples=60, deadline=None)
@given(mask=arrays(np.bool_, (5, 4, 1)).filter(lambda mask: bool(mask.any())))
def test_perpendicular_is_the_longest_chord_across_any_of_the_equal_diameters(mask):
    spacing = np.array([0.7, 1.1])
    corners = np.array([[i, j] for i in (-0.5, 0.5) for j in (-0.5, 0.5)])
    points = ((np.argwhere(mask)[:, None, :2] + corners) * spacing).reshape(-1, 2)
    hull = ConvexHull(points)
    outer = points[hull.vertices]
    steps = (outer[:, None] - outer[None]).reshape(-1, 2)
    lengths = np.hypot(*steps.T)
    expected = 0.0
    for step in steps[lengths > lengths.max() - 1e-6]:
        across = np.array([-step[1], step[0]]) / np.hypot(*step)
        expected = max(expected, *(chord(hull, corner, across) for corner in outer))
        places = (
            outer.min(axis=0) + share * (outer.max(axis=0) - outer.min(axis=0)) for share in np.linspace(0, 1, 25)
        )
        assert all(chord(hull, place, across) <= expected + 1e-6 for place in places)
    found = axial_diameters(mask, Grid(mask.shape, np.diag([*spacing, 1.0, 1.0])))
    assert found.perpendicular_mm == pytest.approx(expected, abs=1e-5)


masks = arrays(np.bool_, (5, 4, 3)).filter(lambda mask: bool(mask.any()))


@settings(max_examples=60, deadline=None)
@given(mask=masks)
def test_diameters_equal_those_of_all_pairs_of_voxel_corners(mask):
    spacing = np.array([0.5, 0.8, 2.0])
    grid = Grid(mask.shape, np.diag([*spacing, 1.0]))
    corners = np.array([[i, j, k] for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)])
    points = ((np.argwhere(mask)[:, None] + corners) * spacing).reshape(-1, 3)
    every = np.linalg.norm(points[:, None] - points[None], axis=-1).max()
    assert longest_diameter_mm(mask, grid) == pytest.approx(every, abs=1e-5)
    in_slices = []
    for k in range(3):
        flat = points[np.repeat(np.argwhere(mask)[:, 2] == k, 8), :2]
        if len(flat):
            in_slices.append(np.linalg.norm(flat[:, None] - flat[None], axis=-1).max())
    found = axial_diameters(mask, grid)
    assert found.longest_mm == pytest.approx(max(in_slices), abs=1e-5)
    assert 0 < found.perpendicular_mm <= found.longest_mm


@settings(max_examples=30, deadline=None)
@given(mask=masks, angle=st.floats(-0.4, 0.4))
def test_tilting_the_grid_changes_no_diameter(mask, angle):
    straight = Grid(mask.shape, np.diag([0.5, 0.8, 2.0, 1.0]))
    tilt = np.eye(4)
    tilt[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    tilted = Grid(mask.shape, tilt @ straight.affine_ijk_to_ras)
    one, two = axial_diameters(mask, straight), axial_diameters(mask, tilted)
    assert (one.longest_mm, one.perpendicular_mm) == pytest.approx((two.longest_mm, two.perpendicular_mm), abs=1e-5)


def test_moving_a_lesion_by_voxels_moves_its_centroid_by_their_spacing():
    mask = np.zeros((8, 8, 8), dtype=bool)
    mask[1:3, 2:4, 1] = True
    grid = grid_of(mask, (0.5, 0.8, 2.0))
    probability = mask.astype(np.float32)
    before = np.array(measure_lesion(mask, probability, grid).centroid_ras_mm)
    moved = np.roll(mask, (3, 2, 4), axis=(0, 1, 2))
    after = np.array(measure_lesion(moved, moved.astype(np.float32), grid).centroid_ras_mm)
    np.testing.assert_allclose(after - before, [1.5, 1.6, 8.0])
