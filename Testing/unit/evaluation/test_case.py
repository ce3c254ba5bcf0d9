import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.evaluation.case import evaluate_case
from sgnet.evaluation.lesionwise import lesion_scores
from sgnet.evaluation.voxel import voxel_scores
from sgnet.geometry import Grid

GRID = Grid((12, 12, 12), np.eye(4))


def block(*slices):
    mask = np.zeros(GRID.shape, np.uint8)
    mask[slices] = 1
    return mask


def test_voxel_and_lesion_scores_have_different_names():
    """A lesion-wise precision once replaced the voxel-wise one."""
    mask = block(slice(2, 6), slice(2, 6), slice(2, 6)) > 0
    assert not set(voxel_scores(mask, mask, GRID)) & set(lesion_scores(mask, mask, GRID))


def test_half_of_a_predicted_lesion_being_right_is_voxel_precision_one_half_and_lesion_precision_one():
    predicted = block(slice(2, 6), slice(2, 6), slice(2, 6))
    reference = block(slice(2, 4), slice(2, 6), slice(2, 6))
    scores = evaluate_case(predicted, reference, GRID)["core"]
    assert scores["precision"] == 0.5 and scores["lesion_precision"] == 1.0


def test_masks_of_another_shape_are_refused():
    with pytest.raises(InputError, match="does not fit the grid"):
        evaluate_case(block(), np.zeros((3, 3, 3)), GRID)


def test_whole_mask_of_one_side_only_is_refused():
    with pytest.raises(InputError, match="of both"):
        evaluate_case(block(), block(), GRID, predicted_whole=block())
