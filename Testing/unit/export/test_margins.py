import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgnet.errors import InputError
from sgnet.export.margins import expand


def at(shape, *voxels, number=1):
    """One lesion of single voxels, in the whole image as its box."""
    mask = np.zeros(shape, bool)
    for voxel in voxels:
        mask[voxel] = True
    return {number: ((slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])), mask)}


def whole(result, number, shape):
    box, mask = result[number]
    array = np.zeros(shape, bool)
    array[box] = mask
    return array


def by_definition(mask, spacing, margin):
    """Voxel centres within the margin of any of the lesion's boxes, one by one."""
    centres = np.argwhere(np.ones(mask.shape, bool))
    gaps = np.abs(centres[:, None] - np.argwhere(mask)[None]) - 0.5
    distance = np.sqrt(((np.maximum(gaps, 0) * spacing) ** 2).sum(axis=2)).min(axis=1)
    return (distance <= margin + 1e-9).reshape(mask.shape)


def test_a_margin_of_one_voxel_reaches_the_next_voxel():
    shape = (5, 1, 1)
    result = expand(at(shape, (2, 0, 0)), shape, (1, 1, 1), 1.0)
    assert whole(result, 1, shape).ravel().tolist() == [False, True, True, True, False]


def test_a_margin_is_in_mm_not_in_voxels():
    shape = (9, 1, 9)
    grown = whole(expand(at(shape, (4, 0, 4)), shape, (0.5, 1, 2), 1.25), 1, shape)
    # 1.25 mm from the surface: centres at 0.25 and 0.75 and 1.25 mm along I, at 1 mm along K.
    assert np.flatnonzero(grown[:, 0, 4]).tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert np.flatnonzero(grown[4, 0, :]).tolist() == [3, 4, 5]


def test_a_slice_beyond_the_margin_is_not_reached():
    shape = (1, 1, 3)
    assert whole(expand(at(shape, (0, 0, 1)), shape, (1, 1, 3), 1.0), 1, shape).sum() == 1


def test_a_margin_ends_at_the_image():
    shape = (3, 3, 3)
    assert whole(expand(at(shape, (0, 0, 0)), shape, (1, 1, 1), 40), 1, shape).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**27 - 1), st.sampled_from([0.4, 1.0, 1.7, 3.0]))
def test_the_distance_is_the_exact_one(bits, margin):
    spacing = (0.5, 0.9, 1.3)
    mask = np.array([bits >> n & 1 for n in range(27)], bool).reshape(3, 3, 3)
    if not mask.any():
        return
    shape = (8, 9, 7)
    image = np.zeros(shape, bool)
    image[2:5, 3:6, 1:4] = mask
    grown = whole(expand({4: ((slice(2, 5), slice(3, 6), slice(1, 4)), mask)}, shape, spacing, margin), 4, shape)
    np.testing.assert_array_equal(grown, by_definition(image, spacing, margin))


def test_voxels_in_reach_of_two_lesions_go_to_the_nearest_and_then_the_lower_number():
    shape = (8, 1, 1)
    lesions = at(shape, (0, 0, 0), number=2) | at(shape, (5, 0, 0), number=1)
    apart = expand(lesions, shape, (1, 1, 1), 3)
    assert np.flatnonzero(whole(apart, 2, shape)).tolist() == [0, 1, 2]
    assert np.flatnonzero(whole(apart, 1, shape)).tolist() == [3, 4, 5, 6, 7]
    even = expand(at(shape, (0, 0, 0), number=2) | at(shape, (4, 0, 0), number=1), shape, (1, 1, 1), 3)
    assert np.flatnonzero(whole(even, 1, shape)).tolist() == [2, 3, 4, 5, 6, 7]


def test_a_lesion_is_never_given_to_its_neighbour():
    shape = (4, 1, 1)
    apart = expand(at(shape, (1, 0, 0), number=1) | at(shape, (2, 0, 0), number=2), shape, (1, 1, 1), 2)
    assert np.flatnonzero(whole(apart, 1, shape)).tolist() == [0, 1]
    assert np.flatnonzero(whole(apart, 2, shape)).tolist() == [2, 3]


def test_margins_overlap_where_asked():
    shape = (4, 1, 1)
    both = expand(at(shape, (1, 0, 0), number=1) | at(shape, (2, 0, 0), number=2), shape, (1, 1, 1), 2, overlap=True)
    assert np.flatnonzero(whole(both, 1, shape)).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(whole(both, 2, shape)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("margin", [0, -1, 51, float("nan")])
def test_a_margin_out_of_range_is_refused(margin):
    with pytest.raises(InputError, match="margin"):
        expand(at((1, 1, 1), (0, 0, 0)), (1, 1, 1), (1, 1, 1), margin)
