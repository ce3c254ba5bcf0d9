"""Every rule of the lesion-wise scores on rows of voxels that can be counted by hand (1 voxel = 1 mm3)."""

import numpy as np
import pytest

from sgnet.evaluation.lesionwise import lesion_scores
from sgnet.geometry import Grid


def row(text):
    return np.array([letter == "#" for letter in text]).reshape(-1, 1, 1)


def score(predicted, reference):
    mask = row(reference)
    return lesion_scores(row(predicted), mask, Grid(mask.shape, np.eye(4)))


BRATS = {
    # name: (reference, predicted, Dice, HD95, lesions counted, false positives)
    "perfect": (".###..", ".###..", 1.0, 0.0, 1, 0),
    "shifted by one": (".###..", "..###.", 4 / 6, 1.0, 1, 0),
    "missed": (".###..", "......", 0.0, 374.0, 1, 0),
    "nothing to find and nothing found": ("......", "......", 1.0, 0.0, 0, 0),
    "false positive alone": ("......", "..#...", 0.0, 374.0, 0, 1),
    "false positive beside a hit": ("###.......", "###.....##", 1 / 2, 374 / 2, 1, 1),
    "false positive and miss": ("###......", "......###", 0.0, 374.0, 1, 1),
    "gap of two closes under dilation: one lesion": ("###..###", "###.....", 2 * 3 / 9, 5.0, 1, 0),
    "gap of three stays open: two lesions": ("###...###", "###......", 1 / 2, 374 / 2, 2, 0),
    "prediction beside the lesion touches its dilation": ("###....", "...###.", 0.0, 3.0, 1, 0),
    "prediction one voxel further does not": ("###.....", "....###.", 0.0, 374.0, 1, 1),
    "two predicted pieces are pooled": ("#######", "##...##", 2 * 4 / 11, 1.0, 1, 0),
    "pooled piece at the rim lowers its Dice": ("#####....", "###..##..", 2 * 3 / (5 + 5), 2.0, 1, 0),
    "one prediction serves two lesions": ("###...###", "#########", (0.5 + 0.5) / 2, 5.0, 2, 0),
    "predicted pieces are never merged by dilation": ("###.......", "###.....#.", 1 / 2, 374 / 2, 1, 1),
    "two near false positives are two": ("###.........", "###.....#..#", 1 / 3, 2 * 374 / 3, 1, 2),
    "2 mm3 is ignored when missed": (".##...", "......", 1.0, 0.0, 0, 0),
    "2 mm3 is ignored when found, without a false positive": (".##...", ".##...", 1.0, 0.0, 0, 0),
    "prediction touching the rim of an ignored lesion is no false positive": (".##...", "...##.", 1.0, 0.0, 0, 0),
    "3 mm3 counts": (".###..", "......", 0.0, 374.0, 1, 0),
    "specks that dilation joins count together": ("#..#..#..", ".........", 0.0, 374.0, 1, 0),
    "ignored beside counted": ("##......###", "........###", 1.0, 0.0, 1, 0),
}


@pytest.mark.parametrize("name", BRATS)
def test_brats_lesion_wise_scores(name):
    reference, predicted, dice, hd95_mm, lesions, false_positives = BRATS[name]
    found = score(predicted, reference)
    assert found["brats_reference_lesions"] == lesions
    assert found["brats_false_positives"] == false_positives
    assert found["brats_dice"] == pytest.approx(dice)
    assert found["brats_hd95_mm"] == pytest.approx(hd95_mm)


@pytest.mark.parametrize(("voxel", "touches"), [((3, 1, 0), True), ((3, 1, 1), False)])
def test_dilation_reaches_over_edges_but_not_over_corners(voxel, touches):
    reference, predicted = np.zeros((5, 4, 4), dtype=bool), np.zeros((5, 4, 4), dtype=bool)
    reference[:3, 0, 0] = True
    predicted[voxel] = True
    found = lesion_scores(predicted, reference, Grid((5, 4, 4), np.eye(4)))
    assert found["brats_false_positives"] == (0 if touches else 1)


def test_predicted_voxels_that_meet_at_a_corner_are_one_component():
    predicted = np.zeros((5, 4, 4), dtype=bool)
    predicted[0, 0, 0] = predicted[1, 1, 1] = predicted[2, 2, 2] = True
    predicted[4, 2, 0] = True
    found = lesion_scores(predicted, np.zeros_like(predicted), Grid((5, 4, 4), np.eye(4)))
    assert (found["brats_false_positives"], found["predicted_lesions"]) == (2, 2)


def test_a_component_pooled_over_a_corner_counts_with_all_its_voxels():
    reference, predicted = np.zeros((6, 4, 4), dtype=bool), np.zeros((6, 4, 4), dtype=bool)
    reference[:3, 0, 0] = predicted[:3, 0, 0] = True
    predicted[3, 1, 1] = predicted[4, 2, 2] = predicted[5, 3, 3] = True
    found = lesion_scores(predicted, reference, Grid((6, 4, 4), np.eye(4)))
    assert found["brats_dice"] == pytest.approx(2 * 3 / (3 + 6))


def test_dilated_lesions_join_over_a_corner():
    reference = np.zeros((8, 4, 4), dtype=bool)
    reference[0:3, 0, 0] = reference[5:8, 3, 0] = True
    found = lesion_scores(reference, reference, Grid((8, 4, 4), np.eye(4)))
    assert found["brats_reference_lesions"] == 1


def test_ignored_size_is_in_cubic_millimetres():
    mask = row("####")
    fine = Grid(mask.shape, np.diag([0.5, 1.0, 1.0, 1.0]))
    assert lesion_scores(mask, mask, fine)["reference_lesions"] == 0
    coarse = Grid(mask.shape, np.diag([0.51, 1.0, 1.0, 1.0]))
    assert lesion_scores(mask, mask, coarse)["reference_lesions"] == 1


DETECTION = {
    # name: (reference, predicted, sensitivity, precision, F1, false positives)
    "one voxel of overlap finds a lesion": ("###....", "..###..", 1.0, 1.0, 1.0, 0),
    "beside it does not": ("###....", "...###.", 0.0, 0.0, 0.0, 1),
    "half found": ("###...###", "###......", 0.5, 1.0, 2 / 3, 0),
    "nothing to find, nothing found": ("......", "......", None, None, 1.0, 0),
    "nothing to find, something found": ("......", "..#...", None, 0.0, 0.0, 1),
    "something to find, nothing found": (".###..", "......", 0.0, None, 0.0, 0),
    "two pieces on one lesion are both right": ("#######", "##...##", 1.0, 1.0, 1.0, 0),
    "one piece on two lesions finds both": ("###.###", "#######", 1.0, 1.0, 1.0, 0),
    "hit and false positive": ("###....", "##...##", 1.0, 0.5, 2 / 3, 1),
    "prediction on an ignored speck is neither right nor wrong": ("##.....###", "##.....###", 1.0, 1.0, 1.0, 0),
    "only an ignored speck": ("##........", "##........", None, None, 1.0, 0),
}


@pytest.mark.parametrize("name", DETECTION)
def test_detection(name):
    reference, predicted, sensitivity, precision, f1, false_positives = DETECTION[name]
    found = score(predicted, reference)
    assert found["false_positives"] == false_positives
    for key, expected in (("sensitivity", sensitivity), ("lesion_precision", precision), ("f1", f1)):
        assert found[key] is None if expected is None else found[key] == pytest.approx(expected), key


def test_sensitivity_by_diameter_counts_lesions_in_half_open_bins():
    # Bars of n x 1 mm in a plane of 1 mm have a diameter of sqrt(n^2 + 1): 2 x 2 x 1 has 2.83, 3 x 1 has 3.16,
    # 4 x 3 exactly 5, 8 x 6 exactly 10.
    reference = np.zeros((40, 8, 1), dtype=bool)
    reference[0:2, 0:2] = True
    reference[6:9, 0] = True
    reference[12:16, 0:3] = True
    reference[20:28, 0:6] = True
    predicted = reference.copy()
    predicted[6:9] = False
    bins = lesion_scores(predicted, reference, Grid(reference.shape, np.eye(4)))["by_diameter"]
    assert bins == {
        "<3 mm": {"reference": 1, "found": 1},
        "3-5 mm": {"reference": 1, "found": 0},
        "5-10 mm": {"reference": 1, "found": 1},
        ">=10 mm": {"reference": 1, "found": 1},
    }
