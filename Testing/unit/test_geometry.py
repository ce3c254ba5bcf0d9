import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume


def oblique():
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([0.5, 0.5, 3.0])
    affine[:3, 3] = [10, -20, 5]
    return Grid((4, 5, 6), affine)


def test_spacing_direction_origin_and_voxel_volume_of_an_oblique_grid():
    grid = oblique()
    assert grid.spacing_mm == pytest.approx((0.5, 0.5, 3.0))
    np.testing.assert_allclose(grid.direction.T @ grid.direction, np.eye(3), atol=1e-12)
    assert grid.origin_ras_mm == (10.0, -20.0, 5.0)
    assert grid.voxel_volume_mm3 == pytest.approx(0.75)


def test_positions_and_indices_are_inverse_to_each_other():
    points = [[0, 0, 0], [1.5, 2, 3], [-1, 7, 2]]
    np.testing.assert_allclose(oblique().to_ijk(oblique().to_ras(points)), points, atol=1e-9)


def test_axis_codes_name_the_nearest_anatomical_directions():
    assert Grid((2, 2, 2), np.diag([-1.0, -1.0, 1.0, 1.0])).axis_codes == "LPS"
    assert oblique().axis_codes == "RAS"


def test_crop_keeps_every_voxel_where_it_was():
    crop = oblique().with_shape((2, 2, 2), first_ijk=(1, 2, 3))
    np.testing.assert_allclose(crop.to_ras([[0, 0, 0]]), oblique().to_ras([[1, 2, 3]]))


def test_grids_match_only_with_equal_shape_and_positions():
    grid = oblique()
    moved = np.array(grid.affine_ijk_to_ras)
    moved[0, 3] += 0.01
    assert grid.matches(oblique())
    assert not grid.matches(Grid(grid.shape, moved))
    assert not grid.matches(Grid((4, 5, 7), grid.affine_ijk_to_ras))


def test_affine_cannot_be_changed_behind_the_grids_back():
    with pytest.raises(ValueError, match="read-only"):
        oblique().affine_ijk_to_ras[0, 0] = 3


@pytest.mark.parametrize(
    "shape, affine, message",
    [
        ((4, 4), np.eye(4), "three positive dimensions"),
        ((4, 4, 0), np.eye(4), "three positive dimensions"),
        ((4, 4, 4), np.full((4, 4), np.nan), "not a finite"),
        ((4, 4, 4), np.diag([1.0, 1.0, 0.0, 1.0]), "spacing of the volume is zero"),
        ((4, 4, 4), np.eye(4) + 0.1 * np.eye(4, k=1), "not perpendicular"),
    ],
)
def test_impossible_grids_are_refused(shape, affine, message):
    with pytest.raises(InputError, match=message):
        Grid(shape, affine)


def test_volume_whose_array_does_not_fit_its_grid_is_refused_by_name():
    with pytest.raises(InputError, match="scan: the array"):
        Volume(np.zeros((2, 2, 2)), oblique(), "scan")
