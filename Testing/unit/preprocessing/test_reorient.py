from __future__ import annotations

import numpy as np
import pytest

from sgnet.geometry import Grid
from sgnet.preprocessing.reorient import Reorientation


def test_lps_becomes_ras_by_two_flips():
    lps = Grid((2, 2, 1), np.diag([-1.0, -1.0, 1.0, 1.0]))
    turned = Reorientation.to_ras(lps, (0, 0, 0), (2, 2, 1))
    array = np.array([[[1], [2]], [[3], [4]]])
    assert turned.apply(array).tolist() == [[[4], [3]], [[2], [1]]]
    np.testing.assert_array_equal(turned.grid(lps).origin_ras_mm, (-1, -1, 0))


def test_a_crop_keeps_every_voxel_in_its_place():
    affine = np.array([[0, 0, 3.0, 5], [-1, 0, 0, 6], [0, 2.0, 0, 7], [0, 0, 0, 1]])
    native = Grid((4, 5, 6), affine)
    array = np.arange(120).reshape(native.shape)
    turned = Reorientation.to_ras(native, (1, 0, 2), (4, 3, 6))
    out, grid = turned.apply(array), turned.grid(native)
    assert out.shape == grid.shape and grid.axis_codes == "RAS"
    for ijk in np.argwhere(np.ones(out.shape)):
        there = np.round(native.to_ijk(grid.to_ras([ijk]))[0]).astype(int)
        assert out[tuple(ijk)] == array[tuple(there)]


def test_an_oblique_grid_cannot_be_permuted():
    affine = np.eye(4)
    c, s = np.cos(np.radians(45)), np.sin(np.radians(45))
    # Two axes lean to the same side of the same world axis.
    affine[:3, :3] = [[c, -s, 0], [s * 0.7071, c * 0.7071, -0.7071], [s * 0.7071, c * 0.7071, 0.7071]]
    grid = Grid((2, 2, 2), affine)
    nearest = np.abs(grid.direction).argmax(axis=0)
    assert len(set(nearest.tolist())) < 3
    with pytest.raises(ValueError, match="oblique"):
        Reorientation.to_ras(grid, (0, 0, 0), (2, 2, 2))
