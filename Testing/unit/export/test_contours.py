import numpy as np
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from sgnet.export.contours import slice_contours


def filled(polygons, shape):
    """Even-odd at pixel centres; edges parallel to j decide, since a ray along i crosses no other kind."""
    i, j = np.indices(shape)
    inside = np.zeros(shape, bool)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 != y1:
                inside ^= ((y0 > j) != (y1 > j)) & (i < (x1 - x0) * (j - y0) / (y1 - y0) + x0)
    return inside


def area(polygon):
    after = np.roll(polygon, -1, axis=0)
    return 0.5 * np.sum(polygon[:, 1] * after[:, 0] - after[:, 1] * polygon[:, 0])


def test_no_voxel_gives_no_contour():
    assert list(slice_contours(np.zeros((3, 3, 3), bool))) == []


def test_every_slice_has_its_own():
    mask = np.zeros((3, 3, 4), bool)
    mask[1, 1, 1] = mask[0, 0, 3] = mask[2, 2, 3] = True
    assert [k for k, _ in slice_contours(mask)] == [1, 3, 3]


def test_a_hole_is_a_contour_of_its_own_or_joined_to_the_outer_one():
    ring = np.ones((3, 3, 1), bool)
    ring[1, 1] = False
    assert [area(polygon) for _, polygon in slice_contours(ring)] == [9.0, -1.0]
    ((_, joined),) = slice_contours(ring, keyhole=True)
    assert area(joined) == 8.0
    assert len(joined) == 4 + 4 + 4
    np.testing.assert_array_equal(filled([joined], (3, 3)), ring[:, :, 0])


def test_an_island_in_a_hole_stays_a_contour_of_its_own():
    target = np.ones((7, 7, 1), bool)
    target[1:6, 1:6] = False
    target[3, 3] = True
    assert sorted(area(polygon) for _, polygon in slice_contours(target, keyhole=True)) == [1.0, 24.0]


def test_a_hole_is_joined_to_the_polygon_around_it_not_to_one_farther_out():
    target = np.ones((11, 11, 1), bool)
    target[1:10, 1:10] = False
    target[3:8, 3:8] = True
    target[5, 5] = False
    assert sorted(area(polygon) for _, polygon in slice_contours(target, keyhole=True)) == [24.0, 40.0]


@settings(max_examples=200, deadline=None)
@given(mask=arrays(np.bool_, (7, 8)))
def test_both_ways_enclose_exactly_the_voxels(mask):
    for keyhole in (False, True):
        polygons = [polygon for _, polygon in slice_contours(mask[:, :, None], keyhole)]
        np.testing.assert_array_equal(filled(polygons, mask.shape), mask)
        assert sum(area(polygon) for polygon in polygons) == mask.sum()
        if keyhole:
            assert all(area(polygon) > 0 for polygon in polygons)
