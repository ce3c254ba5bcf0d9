import numpy as np
import pytest

from sgnet.geometry import Grid, Volume
from sgnet.report.view import AxialView

# Axes of the stored array in RAS, as columns: how the same patient may lie in a file.
STORED = {
    "RAS": np.eye(3),
    "LPS": np.diag([-1.0, -1.0, 1.0]),
    "RAI": np.diag([1.0, 1.0, -1.0]),
    "ASR, sagittal": np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]),
    "RSP, coronal": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    "PLS, turned": np.array([[0, -1.0, 0], [-1, 0, 0], [0, 0, 1]]),
}


def patient(name, shape_ras=(5, 6, 4)):
    """A volume whose values are 100 R + 10 A + S of each voxel's place, stored as named."""
    axes = STORED[name]
    shape = np.abs(axes.T @ np.array(shape_ras)).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = [0.0 if axes[row].sum() > 0 else shape_ras[row] - 1.0 for row in range(3)]
    grid = Grid(tuple(shape), affine)
    ras = grid.to_ras(np.indices(grid.shape).reshape(3, -1).T)
    return Volume((ras @ [100.0, 10.0, 1.0]).reshape(grid.shape), grid)


def slice_at(view, superior):
    index = np.argmax([abs(view.slice_number(n) - superior) == 0 for n in range(view.grid.shape[view.slice_axis])])
    return int(index)


@pytest.mark.parametrize("name", STORED)
def test_every_storage_shows_the_patients_left_on_the_right_and_the_front_on_top(name):
    volume = patient(name)
    view = AxialView(volume.grid)
    shown = view.slice(volume.array, slice_at(view, 3))
    r, a = np.meshgrid(np.arange(4, -1, -1), np.arange(5, -1, -1))
    np.testing.assert_allclose(shown, 100 * r + 10 * a + 2)
    assert view.edge_letters == ("R", "L", "A", "P")


@pytest.mark.parametrize("name", STORED)
def test_another_volume_is_sampled_where_it_lies_whatever_its_own_storage(name):
    view = AxialView(patient("RAS").grid)
    other = patient(name, shape_ras=(5, 6, 4))
    np.testing.assert_allclose(view.sample(other, 2), view.slice(patient("RAS").array, 2), atol=1e-4)


def test_sampling_outside_the_other_volume_is_nan_not_its_edge():
    view = AxialView(Grid((4, 1, 1), np.eye(4)))
    small = Volume(np.array([5.0, 7.0]).reshape(2, 1, 1), Grid((2, 1, 1), np.eye(4)))
    assert view.sample(small, 0).ravel().tolist()[2:] == [7.0, 5.0]
    assert np.isnan(view.sample(small, 0).ravel()[:2]).all()


def test_sampling_interpolates_between_slices():
    view = AxialView(Grid((1, 1, 3), np.eye(4)))
    thick = Volume(np.array([0.0, 10.0]).reshape(1, 1, 2), Grid((1, 1, 2), np.diag([1.0, 1.0, 2.0, 1.0])))
    assert [float(view.sample(thick, k)[0, 0]) for k in range(3)] == [0.0, 5.0, 10.0]


@pytest.mark.parametrize("name", STORED)
def test_places_on_the_page_are_those_of_the_pixels(name):
    volume = patient(name)
    view = AxialView(volume.grid)
    voxel = np.array(volume.grid.shape) // 2
    (x, y), index = view.to_page_mm(voxel[None])[0], voxel[view.slice_axis]
    assert view.slice(volume.array, index)[int(y), int(x)] == volume.array[tuple(voxel)]


def test_oblong_pixels_keep_their_proportions():
    view = AxialView(Grid((10, 20, 3), np.diag([0.5, 2.0, 5.0, 1.0])))
    assert view.size_mm == (5.0, 40.0)


def test_slices_are_counted_from_the_feet():
    assert AxialView(patient("RAS").grid).slice_number(0) == 1
    assert AxialView(patient("RAI").grid).slice_number(0) == 4
