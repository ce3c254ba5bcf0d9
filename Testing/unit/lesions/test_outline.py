from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from sgnet.lesions.outline import outlines


def area(polygon):
    """Shoelace; positive where the polygon runs clockwise on the screen (rows downwards)."""
    rows, columns = polygon.T
    return 0.5 * float(np.sum(columns[:-1] * rows[1:] - columns[1:] * rows[:-1]))


def test_nothing_has_no_outline():
    assert outlines(np.zeros((3, 3), dtype=bool)) == []


def test_a_single_pixel_gets_its_whole_square():
    mask = np.zeros((3, 3), dtype=bool)
    mask[1, 2] = True
    (polygon,) = outlines(mask)
    assert polygon.tolist() == [[0.5, 1.5], [0.5, 2.5], [1.5, 2.5], [1.5, 1.5], [0.5, 1.5]]


def test_a_hole_runs_the_other_way():
    mask = np.ones((3, 3), dtype=bool)
    mask[1, 1] = False
    assert [area(polygon) for polygon in outlines(mask)] == [9.0, -1.0]


def test_pixels_that_share_a_corner_get_polygons_of_their_own():
    assert [len(polygon) for polygon in outlines(np.eye(2, dtype=bool))] == [5, 5]
    assert [area(polygon) for polygon in outlines(np.fliplr(np.eye(2, dtype=bool)))] == [1.0, 1.0]


def test_corners_are_only_where_the_outline_turns():
    (polygon,) = outlines(np.ones((1, 9), dtype=bool))
    assert len(polygon) == 5


@settings(max_examples=100, deadline=None)
@given(mask=arrays(np.bool_, (7, 6)))
def test_polygons_are_closed_and_enclose_exactly_the_pixels(mask):
    polygons = outlines(mask)
    for polygon in polygons:
        np.testing.assert_array_equal(polygon[0], polygon[-1])
    # Even-odd rule along each row of pixel centres.
    filled = np.zeros(mask.shape, dtype=bool)
    for polygon in polygons:
        for (row, column), (next_row, next_column) in pairwise(polygon):
            if column == next_column:
                low, high = sorted((int(row + 0.5), int(next_row + 0.5)))
                filled[low:high, int(column + 0.5) :] ^= True
    np.testing.assert_array_equal(filled, mask)
    assert sum(area(polygon) for polygon in polygons) == mask.sum()
