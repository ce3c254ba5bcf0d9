import numpy as np
import pytest

from sgnet.evaluation.surface import surface_distances
from sgnet.evaluation.voxel import voxel_scores
from sgnet.geometry import Grid

UNIT = Grid((8, 8, 8), np.eye(4))
NOTHING = np.zeros((8, 8, 8), dtype=bool)


def cube(start, size=2):
    mask = NOTHING.copy()
    mask[tuple(slice(first, first + size) for first in start)] = True
    return mask


@pytest.mark.parametrize(
    ("predicted", "reference", "overlap", "distance_mm", "volume_error", "empty"),
    [
        (NOTHING, NOTHING, 1.0, 0.0, 0.0, "both"),
        (NOTHING, cube((1, 1, 1)), 0.0, 374.0, 100.0, "predicted"),
        (cube((1, 1, 1)), NOTHING, 0.0, 374.0, None, "reference"),
    ],
)
def test_empty_masks_are_given_what_is_documented(predicted, reference, overlap, distance_mm, volume_error, empty):
    scores = voxel_scores(predicted, reference, UNIT)
    assert [scores[name] for name in ("dice", "precision", "recall", "nsd_1mm")] == [overlap] * 4
    assert [scores[name] for name in ("hd95_mm", "assd_mm")] == [distance_mm] * 2
    assert scores["relative_volume_error_percent"] == volume_error
    assert scores["empty"] == empty


def test_counts_of_a_small_overlap():
    predicted, reference = cube((1, 1, 1)), NOTHING.copy()
    reference[2, 1:3, 1:3] = reference[2, 3, 1] = True
    scores = voxel_scores(predicted, reference, UNIT)
    assert scores["dice"] == pytest.approx(2 * 4 / (8 + 5))
    assert scores["precision"] == pytest.approx(4 / 8)
    assert scores["recall"] == pytest.approx(4 / 5)
    assert scores["relative_volume_error_percent"] == pytest.approx(60.0)
    assert (scores["predicted_volume_ml"], scores["reference_volume_ml"]) == (0.008, 0.005)
    assert scores["empty"] == ""


def test_volume_error_does_not_cancel_between_too_small_and_too_large():
    small, large = cube((1, 1, 1), 1), cube((1, 1, 1), 2)
    assert voxel_scores(small, large, UNIT)["relative_volume_error_percent"] == pytest.approx(87.5)
    assert voxel_scores(large, small, UNIT)["relative_volume_error_percent"] == pytest.approx(700.0)


def test_masks_that_do_not_overlap_are_as_far_apart_as_they_lie_in_millimetres():
    grid = Grid((8, 8, 8), np.diag([1.0, 1.0, 3.0, 1.0]))
    scores = voxel_scores(cube((1, 1, 1)), cube((1, 1, 4)), grid)
    assert scores["dice"] == 0.0
    assert scores["hd95_mm"] == 9.0


def test_a_single_outlying_corner_does_not_decide_the_95th_percentile():
    reference = np.zeros((20, 20, 20), dtype=bool)
    reference[2:16, 2:16, 2:16] = True
    predicted = reference.copy()
    predicted[16:20, 8, 8] = True
    grid = Grid((20, 20, 20), np.eye(4))
    assert voxel_scores(predicted, reference, grid)["hd95_mm"] == 0.0
    assert surface_distances(predicted, reference, (1.0, 1.0, 1.0)).hausdorff_mm(100) == 4.0


def test_surface_dice_forgives_a_shift_of_one_millimetre_and_no_more():
    assert voxel_scores(cube((1, 1, 1)), cube((1, 1, 2)), UNIT)["nsd_1mm"] == 1.0
    grid = Grid((8, 8, 8), np.diag([1.0, 1.0, 1.1, 1.0]))
    assert voxel_scores(cube((1, 1, 1)), cube((1, 1, 2)), grid)["nsd_1mm"] < 1.0


def test_masks_at_the_edge_of_the_image_keep_their_whole_surface():
    inside, edge = cube((3, 3, 3)), cube((0, 0, 0))
    one = surface_distances(inside, inside, (1.0, 1.0, 1.0)).areas_first_mm2.sum()
    two = surface_distances(edge, edge, (1.0, 1.0, 1.0)).areas_first_mm2.sum()
    assert one == two > 0


def test_an_empty_mask_has_no_surface_to_measure():
    with pytest.raises(ValueError, match="no surface"):
        surface_distances(NOTHING, cube((1, 1, 1)), (1.0, 1.0, 1.0))
