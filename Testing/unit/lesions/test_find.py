from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.lesions.find import find_lesions

# Most of these tests are of the threshold or the size alone.
any_peak = partial(LesionSettings, min_confidence=0)
ANY_SIZE = any_peak(min_volume_mm3=0)


def grid_of(array, spacing_mm=(1.0, 1.0, 1.0)):
    return Grid(array.shape, np.diag([*spacing_mm, 1.0]))


def bar(values):
    """A row of voxels along the first axis."""
    return np.array(values, dtype=np.float32).reshape(-1, 1, 1)


def find(core, whole=None, settings=ANY_SIZE, spacing_mm=(1.0, 1.0, 1.0)):
    core = bar(core)
    return find_lesions(core, core if whole is None else bar(whole), grid_of(core, spacing_mm), settings)


def test_probability_equal_to_the_threshold_belongs_to_the_lesion():
    labels, _, _ = find([0.49, 0.5, 0.51], settings=any_peak(threshold=0.5, min_volume_mm3=0))
    assert labels.ravel().tolist() == [0, 1, 1]


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7])
def test_threshold_that_float32_cannot_hold_is_compared_as_float32(threshold):
    labels, _, _ = find([np.float32(threshold)], settings=any_peak(threshold=threshold, min_volume_mm3=0))
    assert labels.ravel().tolist() == [1]


def test_voxels_that_share_only_a_corner_are_one_lesion():
    core = np.zeros((2, 2, 2), dtype=np.float32)
    core[0, 0, 0] = core[1, 1, 1] = 1.0
    _, _, lesions = find_lesions(core, core, grid_of(core), ANY_SIZE)
    assert len(lesions) == 1


def test_a_gap_of_one_voxel_separates_lesions_and_the_larger_is_number_one():
    labels, _, lesions = find([1, 0, 1, 1])
    assert labels.ravel().tolist() == [2, 0, 1, 1]
    assert [lesion.number for lesion in lesions] == [1, 2]
    assert [lesion.volume_ml for lesion in lesions] == [0.002, 0.001]


def test_lesions_of_equal_size_are_numbered_from_the_top_of_the_head_then_front_then_right():
    core = np.zeros((5, 5, 5), dtype=np.float32)
    for voxel in ((0, 0, 0), (4, 0, 0), (0, 4, 0), (0, 0, 4)):
        core[voxel] = 1.0
    _, _, lesions = find_lesions(core, core, grid_of(core), ANY_SIZE)
    assert [lesion.centroid_ras_mm for lesion in lesions] == [(0, 0, 4), (0, 4, 0), (4, 0, 0), (0, 0, 0)]


def test_smallest_volume_is_kept_and_what_is_smaller_dropped():
    settings = any_peak(min_volume_mm3=2)
    labels, _, lesions = find([1, 0, 1, 1], settings=settings)
    assert labels.ravel().tolist() == [0, 0, 1, 1]
    assert len(lesions) == 1


def test_smallest_volume_is_in_cubic_millimetres_not_voxels():
    _, _, lesions = find([1, 1], settings=any_peak(min_volume_mm3=10), spacing_mm=(1.0, 1.0, 5.0))
    assert len(lesions) == 1
    _, _, lesions = find([1, 1], settings=any_peak(min_volume_mm3=10), spacing_mm=(1.0, 1.0, 4.9))
    assert lesions == ()


def test_rounding_of_the_header_does_not_drop_a_lesion_of_exactly_the_smallest_volume():
    third = float(np.float32(1 / 3))
    core = np.ones((3, 3, 3), dtype=np.float32)
    _, _, lesions = find_lesions(core, core, grid_of(core, (third,) * 3), any_peak(min_volume_mm3=1.0))
    assert len(lesions) == 1


def test_what_nowhere_reaches_the_least_peak_is_dropped_and_what_reaches_it_keeps_its_outline():
    settings = LesionSettings(threshold=0.3, min_volume_mm3=0, min_confidence=0.7)
    labels, _, lesions = find([0.3, np.float32(0.7), 0.4, 0, 0.69, 0.6, 0.69, 0.2], settings=settings)
    assert labels.ravel().tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert [lesion.peak_probability for lesion in lesions] == [np.float32(0.7)]


def test_a_part_of_a_divided_core_needs_a_peak_of_its_own():
    i, j, k = np.indices((32, 20, 20))
    sure, unsure = (np.sqrt((i - x) ** 2 + (j - 10) ** 2 + (k - 10) ** 2) <= 6 for x in (10, 20))
    core = np.select([sure & (i < 12), sure | unsure], [0.9, 0.6]).astype(np.float32)
    counts = {}
    for split, peak in ((False, 0.8), (True, 0.5), (True, 0.8)):
        settings = LesionSettings(threshold=0.5, min_confidence=peak, split_touching=split)
        labels = find_lesions(core, core, grid_of(core), settings)[0]
        counts[split, peak] = (int(labels.max()), int((labels > 0).sum()))
    assert counts[False, 0.8] == (1, (core > 0).sum())
    assert counts[True, 0.5] == (2, (core > 0).sum())
    number, voxels = counts[True, 0.8]
    assert number == 1 and voxels == pytest.approx((core > 0).sum() / 2, rel=0.05)


def test_oedema_around_a_core_that_is_not_sure_enough_is_dropped_with_it():
    settings = LesionSettings(threshold=0.3, min_volume_mm3=0, min_confidence=0.8)
    _, whole, lesions = find([0, 0.7, 0], whole=[1, 1, 1], settings=settings)
    assert lesions == () and not whole.any()


def test_whole_mask_is_core_and_connected_oedema_without_oedema_of_its_own():
    _, whole, _ = find([0, 1, 0, 0, 0, 0], whole=[1, 0, 0, 0, 1, 1])
    assert whole.ravel().tolist() == [True, True, False, False, False, False]


def test_oedema_around_a_core_too_small_to_keep_is_dropped_with_it():
    _, whole, lesions = find([0, 1, 0], whole=[1, 1, 1], settings=any_peak(min_volume_mm3=2))
    assert lesions == () and not whole.any()


def test_nothing_found_gives_empty_results():
    labels, whole, lesions = find([0.1, 0.2], whole=[1, 1])
    assert not labels.any() and labels.dtype == np.uint16
    assert not whole.any() and whole.dtype == np.bool_
    assert lesions == ()


def test_nan_is_background():
    labels, _, _ = find([np.nan, 1.0])
    assert labels.ravel().tolist() == [0, 1]


def test_measurements_are_those_of_the_lesions_own_voxels():
    _, _, lesions = find([0.6, 0.9, 0, 0.5])
    assert lesions[0].mean_probability == pytest.approx(0.75)
    assert lesions[0].peak_probability == pytest.approx(0.9)
    assert lesions[1].centroid_ras_mm == (3.0, 0.0, 0.0)


def test_probability_on_another_grid_is_refused():
    core = np.zeros((2, 2, 2), dtype=np.float32)
    with pytest.raises(InputError, match=r"whole probability \(2, 2, 3\) does not fit"):
        find_lesions(core, np.zeros((2, 2, 3), dtype=np.float32), grid_of(core), ANY_SIZE)


def test_more_lesions_than_labels_is_refused_with_the_remedy():
    core = np.zeros((512, 514, 2), dtype=np.float32)
    core[::2, ::2, 0] = 1.0
    with pytest.raises(InputError, match="raise the threshold"):
        find_lesions(core, core, grid_of(core), ANY_SIZE)


probabilities = arrays(np.float32, (5, 6, 4), elements=st.sampled_from([0.0, 0.2, 0.6, 0.9]))


@settings(max_examples=40, deadline=None)
@given(core=probabilities, axis=st.integers(0, 2))
def test_how_the_file_is_stored_changes_neither_numbers_nor_measurements(core, axis):
    grid = Grid(core.shape, np.diag([0.7, 1.1, 2.0, 1.0]))
    labels, whole, lesions = find_lesions(core, core, grid, ANY_SIZE)

    flip = np.eye(4)
    flip[axis, axis], flip[axis, 3] = -1.0, core.shape[axis] - 1
    flipped = Grid(core.shape, grid.affine_ijk_to_ras @ flip)
    other = find_lesions(np.flip(core, axis), np.flip(core, axis), flipped, ANY_SIZE)
    np.testing.assert_array_equal(np.flip(other[0], axis), labels)
    np.testing.assert_array_equal(np.flip(other[1], axis), whole)
    for one, two in zip(lesions, other[2], strict=True):
        assert one.centroid_ras_mm == pytest.approx(two.centroid_ras_mm)
        assert one.longest_axial_diameter_mm == two.longest_axial_diameter_mm
        assert one.perpendicular_diameter_mm == two.perpendicular_diameter_mm


@settings(max_examples=40, deadline=None)
@given(core=probabilities, whole=probabilities)
def test_labels_whole_and_lesions_agree(core, whole):
    labels, mask, lesions = find_lesions(core, whole, grid_of(core), ANY_SIZE)
    assert not (labels > 0)[~mask].any()
    volumes = [lesion.volume_ml for lesion in lesions]
    assert volumes == sorted(volumes, reverse=True)
    assert [int((labels == lesion.number).sum()) for lesion in lesions] == [round(v * 1000) for v in volumes]
    np.testing.assert_array_equal(labels > 0, core >= 0.5)
