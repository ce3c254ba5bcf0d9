"""One record a lesion, on rows of voxels (1 voxel = 1 mm3) whose diameters are hypotenuses."""

from itertools import pairwise

import numpy as np
import pytest

from sgnet.evaluation.detection import DIAMETER_BINS_MM, detect, diameter_bin
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components

GRID = Grid((20, 3, 2), np.array([[1.0, 0, 0, 100], [0, 1, 0, -50], [0, 0, 1, 7], [0, 0, 0, 1]]))


def bar(*spans):
    mask = np.zeros(GRID.shape, dtype=bool)
    for first, last in spans:
        mask[first:last, 0, 0] = True
    return mask


def records(predicted, reference):
    return detect(label_components(predicted)[0], label_components(reference)[0], GRID)["lesions"]


def test_every_status_and_its_numbers():
    reference = bar((0, 4), (6, 9), (11, 13))
    predicted = bar((2, 5), (15, 18))
    found, missed, ignored, wrong = records(predicted, reference)
    assert [one["status"] for one in (found, missed, ignored, wrong)] == [
        "found",
        "missed",
        "ignored",
        "false positive",
    ]
    assert found["dice"] == pytest.approx(2 * 2 / (4 + 3))
    assert found["hd95_mm"] == 2.0
    assert (missed["dice"], missed["hd95_mm"]) == (0.0, None)
    for one in (ignored, wrong):
        assert (one["dice"], one["hd95_mm"]) == (None, None)
    assert [one["volume_ml"] for one in (found, missed, ignored, wrong)] == [0.004, 0.003, 0.002, 0.003]


def test_size_and_place_are_in_millimetres_of_the_patient():
    (lesion,) = records(bar(), bar((2, 6)))
    assert lesion["diameter_mm"] == pytest.approx(np.hypot(4, 1))
    assert lesion["size"] == "3-5 mm"
    assert lesion["centroid_ras_mm"] == [103.5, -50.0, 7.0]


def test_all_pieces_on_one_lesion_are_pooled_for_its_dice():
    (lesion,) = records(bar((0, 2), (6, 8)), bar((0, 8)))
    assert lesion["dice"] == pytest.approx(2 * 4 / (8 + 4))


def test_a_piece_on_an_ignored_speck_is_no_false_positive():
    assert [one["status"] for one in records(bar((3, 5)), bar((3, 5)))] == ["ignored"]


def test_counts_are_those_of_the_records():
    reference, predicted = bar((0, 4), (6, 9), (11, 13)), bar((2, 5), (15, 18))
    found = detect(label_components(predicted)[0], label_components(reference)[0], GRID)
    assert (found["reference_lesions"], found["found_lesions"], found["false_positives"]) == (2, 1, 1)
    assert found["by_diameter"]["3-5 mm"] == {"reference": 2, "found": 1}


@pytest.mark.parametrize(
    ("diameter", "name"),
    [(0.5, "<3 mm"), (3.0, "3-5 mm"), (4.999, "3-5 mm"), (5.0, "5-10 mm"), (10.0, ">=10 mm"), (90.0, ">=10 mm")],
)
def test_bins_hold_their_lower_bound(diameter, name):
    assert diameter_bin(diameter) == name


def test_bins_leave_no_gap():
    bounds = list(DIAMETER_BINS_MM.values())
    assert bounds[0][0] == 0.0 and bounds[-1][1] == float("inf")
    assert all(upper == lower for (_, upper), (lower, _) in pairwise(bounds))
