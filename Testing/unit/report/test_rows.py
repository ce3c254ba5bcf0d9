import numpy as np

from sgnet.geometry import Grid
from sgnet.report.rows import lesion_rows, missed_rows, slice_rows
from sgnet.report.view import AxialView


def test_a_row_shows_the_slice_and_the_place_of_its_lesion(make_segmentation):
    segmentation = make_segmentation((20, 30, 5))
    (row,) = lesion_rows(segmentation, AxialView(segmentation.grid), 12)
    assert row.slice_index in (5, 6)
    # Voxels 20-23 of 2 mm, stored from right to left as they are shown: the middle is at 44 mm.
    assert row.centre_mm == (44.0, 64.0)
    assert row.title == "Lesion 1"
    assert row.lines[0] == "0.512 ml"
    assert row.lines[1].startswith("11.3 × 11.3 mm")
    assert row.lines[-1] == f"slice {row.slice_index + 1} of 12"


def test_only_as_many_rows_as_asked_for(make_segmentation):
    segmentation = make_segmentation((20, 20, 5), (30, 30, 5), (40, 40, 5))
    rows = lesion_rows(segmentation, AxialView(segmentation.grid), 2)
    assert [row.title for row in rows] == ["Lesion 1", "Lesion 2"]


def test_the_part_enlarged_grows_with_the_lesion_but_never_below_a_readable_size(make_segmentation):
    segmentation = make_segmentation((20, 20, 5))
    (small,) = lesion_rows(segmentation, AxialView(segmentation.grid), 1)
    segmentation = make_segmentation((20, 20, 5), (24, 24, 5), (28, 28, 5))
    (large,) = lesion_rows(segmentation, AxialView(segmentation.grid), 1)
    assert small.zoom_mm == 36.0
    assert large.zoom_mm > 2 * 24 * np.sqrt(2)


def test_reference_lesions_that_no_core_touches_are_missed_largest_first(make_segmentation):
    segmentation = make_segmentation((20, 20, 5))
    truth = np.zeros(segmentation.grid.shape, dtype=bool)
    truth[23:26, 20:22, 5] = True
    truth[40:42, 40, 5] = True
    truth[40:44, 50, 8] = True
    rows = missed_rows(segmentation.labels, truth, AxialView(segmentation.grid))
    assert [row.lines[1] for row in rows] == ["0.064 ml", "0.032 ml"]
    assert [row.slice_index for row in rows] == [8, 5]


def test_reference_specks_that_the_evaluation_ignores_are_not_called_missed():
    truth = np.zeros((4, 1, 1), dtype=bool)
    truth[:2] = True
    nothing = np.zeros(truth.shape, dtype=np.uint16)
    assert missed_rows(nothing, truth, AxialView(Grid(truth.shape, np.eye(4)))) == []
    truth[2] = True
    assert len(missed_rows(nothing, truth, AxialView(Grid(truth.shape, np.eye(4))))) == 1


def test_without_lesions_three_slices_inside_the_head_are_shown(make_segmentation):
    segmentation = make_segmentation()
    head = np.zeros(segmentation.grid.shape, dtype=bool)
    head[20:40, 20:40, 2:12] = True
    assert [row.slice_index for row in slice_rows(head, AxialView(segmentation.grid))] == [5, 6, 8]
    assert len(slice_rows(head & False, AxialView(segmentation.grid))) == 3
