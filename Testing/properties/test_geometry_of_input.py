"""Claims that must hold for any grid: there and back, shifts in millimetres, storage order without effect."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.transform import Rotation

from sgnet.config import PreprocessSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.itk import from_itk, inside, resample, to_itk
from sgnet.preprocessing.pipeline import preprocess, restore
from sgnet.preprocessing.reorient import Reorientation

angles = st.tuples(*[st.floats(-180, 180)] * 3)
spacings = st.tuples(*[st.floats(0.4, 5)] * 3)
shapes = st.tuples(*[st.integers(3, 9)] * 3)
origins = st.tuples(*[st.floats(-200, 200)] * 3)


def grid_of(shape, spacing, angle, origin, mirror=False) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angle, degrees=True).as_matrix() * spacing
    if mirror:
        affine[:3, 0] *= -1
    affine[:3, 3] = origin
    return Grid(shape, affine)


grids = st.builds(grid_of, shapes, spacings, angles, origins, st.booleans())


@given(grids)
def test_itk_and_back_is_the_identity(grid):
    array = np.arange(np.prod(grid.shape), dtype=np.float32).reshape(grid.shape)
    back, again = from_itk(to_itk(array, grid))
    np.testing.assert_array_equal(back, array)
    assert again.matches(grid, 1e-6)


@given(grids, st.integers(0, 2**31))
def test_resampling_onto_the_own_grid_is_the_identity(grid, seed):
    array = np.random.default_rng(seed).random(grid.shape).astype(np.float32)
    # The last voxel centre may fall a rounding error beyond ITK's buffer, so only what is strictly inside.
    np.testing.assert_allclose(resample(array, grid, grid), array, atol=1e-4)
    assert inside(grid, grid).all()


@given(grids, st.tuples(*[st.integers(-2, 2)] * 3))
def test_a_crop_shifted_by_n_voxels_is_the_same_voxels(grid, shift):
    array = np.arange(np.prod(grid.shape), dtype=np.float32).reshape(grid.shape) + 1
    moved = resample(array, grid, grid.with_shape(grid.shape, shift))
    expected = np.zeros_like(array)
    take = [slice(max(s, 0), min(n + s, n)) for s, n in zip(shift, grid.shape, strict=True)]
    put = [slice(max(-s, 0), min(n - s, n)) for s, n in zip(shift, grid.shape, strict=True)]
    expected[tuple(put)] = array[tuple(take)]
    np.testing.assert_allclose(moved, expected, atol=1e-2)


@given(st.permutations([0, 1, 2]), st.tuples(*[st.booleans()] * 3), shapes, spacings, origins, st.data())
def test_reorienting_and_back_is_the_identity_on_the_crop(axes, signs, shape, spacing, origin, data):
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, axes] * np.where(signs, -1.0, 1.0) * spacing
    affine[:3, 3] = origin
    grid = Grid(shape, affine)
    first = [data.draw(st.integers(0, n - 1)) for n in shape]
    last = [data.draw(st.integers(f + 1, n)) for f, n in zip(first, shape, strict=True)]
    turned = Reorientation.to_ras(grid, first, last)
    array = np.arange(np.prod(shape)).reshape(shape)
    crop = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    back = turned.invert(turned.apply(array))
    np.testing.assert_array_equal(back[crop], array[crop])
    assert turned.grid(grid).axis_codes == "RAS"
    np.testing.assert_array_equal(turned.apply(turned.invert(turned.apply(array))), turned.apply(array))


def small_head(shape=(36, 40, 34), centre=(18, 20, 17), radius=(12, 14, 11)) -> np.ndarray:
    index = np.indices(shape).reshape(3, -1).T
    ball = (((index - centre) / np.array(radius)) ** 2).sum(axis=1).reshape(shape) < 1
    texture = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=shape), 1.5)
    return np.where(ball, 500 + 2000 * texture, 0).astype(np.float32)


HEAD = small_head()


@settings(deadline=None, max_examples=30)
@given(st.permutations([0, 1, 2]), st.sets(st.integers(0, 2)))
def test_storage_order_never_changes_the_model_input(axes, flips):
    plain = Volume(HEAD, Grid(HEAD.shape, np.diag([1.0, 1.0, 1.0, 1.0])))
    array, affine = HEAD.transpose(axes), np.eye(4)
    affine[:3, :3] = np.eye(3)[:, axes]
    for axis in flips:
        array = np.flip(array, axis)
        affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
        affine[:3, axis] *= -1
    stored = Volume(np.ascontiguousarray(array), Grid(array.shape, affine))
    one, other = (preprocess(Study(v, v), PreprocessSettings()) for v in (plain, stored))
    np.testing.assert_array_equal(one.image, other.image)
    assert one.grid.matches(other.grid)


@settings(deadline=None, max_examples=15)
@given(
    st.tuples(*[st.integers(-3, 3)] * 3),
    st.sampled_from([1.0, 0.7, 1.6]),
    st.sampled_from([(0, 0, 0), (25, -10, 40)]),
)
def test_a_map_shifted_by_n_voxels_comes_back_shifted_by_n_millimetres(shift, spacing, angle):
    native = grid_of(HEAD.shape, (spacing,) * 3, angle, (-10, 20, 5))
    result = preprocess(Study(*[Volume(HEAD, native)] * 2), PreprocessSettings())
    middle = np.array(result.grid.shape) // 2
    index = np.indices(result.grid.shape).reshape(3, -1).T

    def centroid(at) -> np.ndarray:
        blob = np.exp(-((index - at) ** 2).sum(axis=1) / (2 * 2.0**2)).reshape(result.grid.shape)
        weights = restore(blob.astype(np.float32), result).ravel().astype(np.float64)
        return weights @ result.native_grid.to_ras(np.indices(native.shape).reshape(3, -1).T) / weights.sum()

    expected = result.grid.to_ras([middle + shift])[0] - result.grid.to_ras([middle])[0]
    np.testing.assert_allclose(centroid(middle + shift) - centroid(middle), expected, atol=0.15)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from([1.0, 0.6, 1.5]), st.sampled_from([(0, 0, 0), (15, 30, -20)]))
def test_a_smooth_map_survives_there_and_back(spacing, angle):
    native = grid_of(HEAD.shape, (spacing,) * 3, angle, (0, 0, 0))
    result = preprocess(Study(*[Volume(HEAD, native)] * 2), PreprocessSettings())
    smooth = ndimage.gaussian_filter(np.where(HEAD > 0, 1.0, 0.0), 4.0 / spacing).astype(np.float32)
    there = resample(smooth, native, result.grid)
    back = restore(there, result)
    inner = ndimage.binary_erosion(HEAD > 0, iterations=2)
    np.testing.assert_allclose(back[inner], smooth[inner], atol=0.05)


def test_every_axis_code_occurs():
    # The permutation strategy above means what it says: 48 orientations, all different.
    codes = set()
    for axes in itertools.permutations(range(3)):
        for signs in itertools.product([1.0, -1.0], repeat=3):
            affine = np.eye(4)
            affine[:3, :3] = np.eye(3)[:, axes] * signs
            codes.add(Grid((2, 2, 2), affine).axis_codes)
    assert len(codes) == 48
