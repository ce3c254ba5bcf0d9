"""What the network sees is one RAS grid in [0, 1], and what it answers comes back to the native grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sgnet.config import PreprocessSettings
from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.itk import resample
from sgnet.preprocessing.pipeline import preprocess, restore

SETTINGS = PreprocessSettings(spacing_mm=2.0)  # the synthetic head's own, so that the plain way needs no interpolation


def onto(volume: Volume, shape, affine) -> Volume:
    grid = Grid(shape, affine)
    return Volume(resample(volume.array.astype(np.float32), volume.grid, grid), grid, volume.name)


def turned(study: Study, axes, flips) -> Study:
    """The same study stored along other axes."""

    def turn(volume: Volume) -> Volume:
        affine = volume.grid.affine_ijk_to_ras.copy()
        array = volume.array.transpose(axes)
        affine[:3, :3] = affine[:3, :3][:, axes]
        for axis in flips:
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
        return Volume(np.ascontiguousarray(array), Grid(array.shape, affine), volume.name)

    return Study(turn(study.t1ce), turn(study.flair))


def test_the_model_grid_is_ras_of_the_wanted_spacing_and_cropped_to_the_head(head):
    result = preprocess(head(), SETTINGS)
    assert result.grid.axis_codes == "RAS"
    np.testing.assert_allclose(result.grid.spacing_mm, 2.0)
    # The brain measures 40 x 50 x 38 voxels; 8 mm are 4 voxels on each side.
    np.testing.assert_allclose(result.grid.shape, np.array([40, 50, 38]) + 8, atol=1)
    assert result.image.shape == (2, *result.grid.shape)
    assert result.image.dtype == np.float32
    assert result.native_grid is not result.grid


def test_values_are_scaled_over_the_head_and_zero_outside(head):
    result = preprocess(head(), SETTINGS)
    assert result.image.min() == 0.0 and result.image.max() == 1.0
    assert (result.image[:, ~result.head] == 0).all()
    for channel in range(2):
        inside = result.image[channel][result.head]
        assert (inside == 0).mean() == pytest.approx(0.005, abs=0.003)
        assert (inside == 1).mean() == pytest.approx(0.005, abs=0.003)


def test_each_channel_is_scaled_by_itself(head):
    study = head()
    brighter = Study(study.t1ce, Volume(study.flair.array * 20, study.flair.grid, "flair"))
    one, other = preprocess(study, SETTINGS), preprocess(brighter, SETTINGS)
    np.testing.assert_array_equal(one.image[0], other.image[0])
    np.testing.assert_allclose(one.image[1], other.image[1], atol=1e-5)
    assert other.ranges[1].high == pytest.approx(20 * one.ranges[1].high)


def test_the_same_spacing_is_not_interpolated_and_comes_back_bit_for_bit(head):
    study = turned(head(), (2, 0, 1), (0, 1))
    result = preprocess(study, SETTINGS)
    assert result.exact is not None
    raw = restore(result.exact.apply(study.t1ce.array.astype(np.float32)), result)
    np.testing.assert_array_equal(raw, study.t1ce.array.astype(np.float32))


@pytest.mark.parametrize(("axes", "flips"), [((0, 1, 2), (0, 1)), ((2, 1, 0), (1,)), ((1, 2, 0), (0, 1, 2))])
def test_storage_along_other_axes_gives_the_identical_model_input(head, axes, flips):
    one, other = preprocess(head(), SETTINGS), preprocess(turned(head(), axes, flips), SETTINGS)
    np.testing.assert_array_equal(one.image, other.image)
    assert one.grid.matches(other.grid, 1e-9)


def test_less_than_a_degree_of_tilt_is_not_worth_interpolating(head):
    study = head()
    for degrees, exact in ((0.9, True), (1.5, False)):
        rotation = np.eye(4)
        rotation[:3, :3] = Rotation.from_euler("x", degrees, degrees=True).as_matrix()
        tilted = Study(
            *[
                Volume(v.array, Grid(v.grid.shape, rotation @ v.grid.affine_ijk_to_ras), v.name)
                for v in (study.t1ce, study.flair)
            ]
        )
        result = preprocess(tilted, SETTINGS)
        assert (result.exact is not None) == exact
        if not exact:
            np.testing.assert_allclose(result.grid.direction, np.eye(3), atol=1e-12)


GEOMETRIES = {
    "half the spacing": lambda g: ((100, 120, 96), g.affine_ijk_to_ras @ _cell((0.5, 0.5, 0.5))),
    "thick slices": lambda g: ((50, 60, 19), g.affine_ijk_to_ras @ _cell((1, 1, 2.5))),
    "oblique": lambda g: ((64, 72, 60), _oblique(g, (64, 72, 60))),
}


def _cell(factor) -> np.ndarray:
    """Scales voxels about the outer corner of the grid."""
    scale = np.diag([*factor, 1.0])
    scale[:3, 3] = (np.array(factor) - 1) / 2
    return scale


def _oblique(grid: Grid, shape) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", [20, -15, 10], degrees=True).as_matrix() * 2.0
    centre = grid.to_ras([(np.array(grid.shape) - 1) / 2])[0]
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


@pytest.mark.parametrize("name", GEOMETRIES)
def test_any_geometry_shows_the_network_nearly_the_same(head, name):
    study = head()
    plain = preprocess(study, SETTINGS)
    shape, affine = GEOMETRIES[name](study.t1ce.grid)
    result = preprocess(Study(onto(study.t1ce, shape, affine), onto(study.flair, shape, affine)), SETTINGS)
    assert result.exact is None
    assert result.native_grid.shape == shape
    for axis in range(3):
        assert not result.head.take([0, 1, -2, -1], axis).any(), "the margin is air on every side"
    for channel in range(2):
        again = resample(result.image[channel], result.grid, plain.grid)
        inner = plain.head & (resample(result.head.astype(np.float32), result.grid, plain.grid) > 0.99)
        assert inner.sum() > 0.8 * plain.head.sum()
        in_place = np.corrcoef(again[inner], plain.image[channel][inner])[0, 1]
        assert in_place > 0.85
        for axis in range(3):
            for step in (-1, 1):
                shifted = np.roll(again, step, axis)
                assert np.corrcoef(shifted[inner], plain.image[channel][inner])[0, 1] < in_place - 0.05


@pytest.mark.parametrize("name", GEOMETRIES)
def test_a_map_comes_back_to_where_it_lies_in_the_patient(head, name):
    study = head()
    shape, affine = GEOMETRIES[name](study.t1ce.grid)
    result = preprocess(Study(onto(study.t1ce, shape, affine), onto(study.flair, shape, affine)), SETTINGS)
    centre = np.array([12.0, -15.0, 28.0])
    voxels = np.indices(result.grid.shape).reshape(3, -1).T
    blob = np.exp(-((result.grid.to_ras(voxels) - centre) ** 2).sum(axis=1) / (2 * 6.0**2)).reshape(result.grid.shape)
    back = restore(blob.astype(np.float32), result)
    assert back.shape == shape and back.dtype == np.float32
    weights = back.ravel().astype(np.float64)
    native = result.native_grid.to_ras(np.indices(shape).reshape(3, -1).T)
    np.testing.assert_allclose((native * weights[:, None]).sum(axis=0) / weights.sum(), centre, atol=0.2)


def test_a_much_finer_scan_is_smoothed_before_it_is_thinned_out():
    noise = np.zeros((60, 60, 60))
    noise[6:54, 6:54, 6:54] = np.random.default_rng(0).normal(1000, 100, (48, 48, 48))
    fine = Volume(noise, Grid(noise.shape, np.diag([2 / 3, 2 / 3, 2 / 3, 1])), "fine")
    result = preprocess(Study(fine, fine), SETTINGS)
    inner = result.image[0][6:-6, 6:-6, 6:-6] * (result.ranges[0].high - result.ranges[0].low)
    # Every third voxel falls on a native one: thinned out alone, it would keep the noise of 100.
    assert inner.std() < 50


def test_restoring_is_zero_outside_the_model_grid(head):
    result = preprocess(head(), SETTINGS)
    back = restore(np.ones(result.grid.shape, np.float32), result)
    assert back.shape == head().t1ce.grid.shape
    assert back[0, 0, 0] == 0 and back[25, 30, 24] == 1
    assert back.sum() == np.prod(result.grid.shape)


def test_restoring_another_shape_is_an_error(head):
    with pytest.raises(ValueError, match="model grid's shape"):
        restore(np.zeros((2, 2, 2), np.float32), preprocess(head(), SETTINGS))


def test_flair_on_its_own_grid_is_put_where_its_header_says(head):
    study = head()
    shape, affine = GEOMETRIES["oblique"](study.flair.grid)
    plain = preprocess(study, SETTINGS)
    result = preprocess(Study(study.t1ce, onto(study.flair, shape, affine)), SETTINGS)
    np.testing.assert_array_equal(result.image[0], plain.image[0])
    assert np.corrcoef(result.image[1][plain.head], plain.image[1][plain.head])[0, 1] > 0.85


def test_flair_is_zero_and_uncounted_where_it_does_not_reach(head):
    study = head()
    slab = Volume(study.flair.array[:, :, 14:30], study.flair.grid.with_shape((50, 60, 16), (0, 0, 14)), "slab")
    plain, result = preprocess(study, SETTINGS), preprocess(Study(study.t1ce, slab), SETTINGS)
    np.testing.assert_array_equal(result.image[0], plain.image[0])
    covered = result.grid.to_ras(np.argwhere(result.image[1] > 0))[:, 2]
    low, high = slab.grid.to_ras([[0, 0, 0], [0, 0, 15]])[:, 2]
    assert low - 1 <= covered.min() and covered.max() <= high + 1
    assert result.ranges[1].low == pytest.approx(plain.ranges[1].low, abs=15), "absent voxels are not dark voxels"


def test_without_flair_its_channel_is_zero_and_t1ce_as_ever(head):
    study = head()
    plain, result = preprocess(study, SETTINGS), preprocess(Study(study.t1ce), SETTINGS)
    np.testing.assert_array_equal(result.image[0], plain.image[0])
    assert not result.image[1].any()
    assert result.ranges == plain.ranges[:1]


@pytest.mark.parametrize(("t1ce_skull", "flair_skull"), [(True, False), (False, True)])
def test_a_skull_in_one_channel_only_is_taken_from_both(head, t1ce_skull, flair_skull):
    plain = head()
    study = Study(head(skull=t1ce_skull).t1ce, head(skull=flair_skull).flair)
    result, wanted = preprocess(study, SETTINGS), preprocess(plain, SETTINGS)
    brain = restore(result.head.astype(np.float32), result) > 0.5
    np.testing.assert_array_equal(brain, restore(wanted.head.astype(np.float32), wanted) > 0.5)


def test_brain_extractions_that_differ_a_little_leave_t1ce_whole(head):
    study = head()
    flair = study.flair.array.copy()
    flair[:, :, 38:] = 0  # the crown is missing
    result = preprocess(Study(study.t1ce, Volume(flair, study.flair.grid, "flair")), SETTINGS)
    np.testing.assert_array_equal(result.image[0], preprocess(study, SETTINGS).image[0])
    assert result.ranges[1].low > 50, "the missing crown is not dark tissue"


def test_a_flair_elsewhere_is_refused(head):
    study = head()
    affine = study.flair.grid.affine_ijk_to_ras.copy()
    affine[0, 3] += 500
    away = Volume(study.flair.array, Grid(study.flair.grid.shape, affine), "away.nii")
    with pytest.raises(InputError, match=r"away.nii: FLAIR covers no part"):
        preprocess(Study(study.t1ce, away), SETTINGS)


def test_no_head_is_refused(head):
    empty = Volume(np.zeros((50, 60, 48)), head().t1ce.grid, "empty.nii")
    with pytest.raises(InputError, match=r"empty.nii: no head"):
        preprocess(Study(empty, head().flair), SETTINGS)


def test_preprocessing_is_deterministic(head):
    shape, affine = GEOMETRIES["oblique"](head().t1ce.grid)
    study = Study(onto(head().t1ce, shape, affine), head().flair)
    np.testing.assert_array_equal(preprocess(study, SETTINGS).image, preprocess(study, SETTINGS).image)


@pytest.mark.real
@pytest.mark.parametrize("name", ["glioma_0003", "metastasis_unlabelled"])
def test_a_real_scan_of_one_millimetre_comes_back_bit_for_bit(real_data, name):
    import SimpleITK as sitk

    from sgnet.preprocessing.itk import from_itk

    volumes = [Volume(*from_itk(sitk.ReadImage(str(real_data / name / f"{c}.nii.gz")))) for c in ("t1ce", "flair")]
    result = preprocess(Study(*volumes), PreprocessSettings())
    assert result.exact is not None
    native = volumes[0].array.astype(np.float32)
    head = restore(result.head.astype(np.float32), result) > 0
    low, high = np.float32(result.ranges[0].low), np.float32(result.ranges[0].high - result.ranges[0].low)
    expected = np.where(head, np.clip((native - low) / high, 0, 1), 0)
    np.testing.assert_array_equal(restore(result.image[0], result), expected)
