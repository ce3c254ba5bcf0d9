"""The sweep over thresholds, on masks and curves whose answer is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import froc  # noqa: E402
from harness.counting import count_lesions  # noqa: E402

from sgnet.geometry import Grid  # noqa: E402


def point(dice: float, found: float, false: float, reference: float = 4) -> froc.Point:
    return {"dice": dice, "false": false, "found 5-10 mm": found, "reference 5-10 mm": reference}


LOW = [point(0.4, 4, 3), point(0.2, 3, 1)]
HIGH = [point(0.6, 2, 1), point(0.4, 1, 1)]
TOP = [point(0.5, 1, 0), point(0.3, 0, 0)]


def test_lesions_found_lie_on_the_line_between_two_thresholds() -> None:
    curve = {0.2: LOW, 0.5: HIGH, 0.9: TOP}  # 7/8 found at 2 false a study, 3/8 at 1, 1/8 at none
    assert froc.found_at(curve, 1.0) == pytest.approx(3 / 8)
    assert froc.found_at(curve, 1.5) == pytest.approx(5 / 8)
    assert froc.found_at(curve, 9.0) == pytest.approx(7 / 8)
    assert froc.found_at({0.2: LOW}, 1.0) == pytest.approx(3.5 / 8)  # half of the way from nothing at all


def test_dice_is_taken_at_the_best_threshold_of_all_studies() -> None:
    assert froc.best_dice({0.2: LOW, 0.5: HIGH, 0.9: TOP}) == (0.5, [0.6, 0.4])


def test_the_table_averages_seeds_first_and_pairs_studies() -> None:
    curves = {
        ("none", 1): {0.2: LOW},
        ("hard", 1): {0.2: HIGH},
        ("hard", 2): {0.5: TOP},
    }
    rows = froc.table(curves, "none", 1.0).splitlines()[2:]
    assert rows[0] == "| `none` | 1 | 0.438 | 0.300 | 0.2 |  |"
    # Studies: hard is 0.55 and 0.35, none 0.4 and 0.2.
    assert rows[1].startswith("| `hard` | 2 | 0.250 ± 0.177 | 0.450 ± 0.071 | 0.2, 0.5 | +0.150 [")


def test_small_components_are_gone_and_the_rest_is_numbered_anew() -> None:
    mask = np.zeros((9, 3, 3), dtype=bool)
    mask[0, 0, 0] = mask[2:4, 0, 0] = mask[6:9, 0, 0] = True
    assert froc.large_components(mask, 2).max(axis=(1, 2)).tolist() == [0, 0, 1, 1, 0, 0, 2, 2, 2]


def test_one_voxel_of_overlap_finds_a_lesion_and_specks_do_not_count() -> None:
    true_core = np.zeros((30, 10, 10), dtype=bool)
    true_core[2:8, 2:8, 2:8] = True  # as a ball: 7.4 mm
    true_core[15:19, 2:6, 2:6] = True  # 5.0 mm
    true_core[25, 5, 5:7] = True  # 2 mm3: no lesion
    labels = np.zeros(true_core.shape, dtype=np.int32)
    labels[7:10, 7, 7] = 1
    labels[21:23, 0, 0] = 2
    labels[25, 5, 5] = 3
    counts = count_lesions(labels, true_core, Grid(true_core.shape, np.eye(4)))
    assert (counts["reference 3-5 mm"], counts["reference 5-10 mm"], counts["found 5-10 mm"]) == (1, 1, 1)
    assert (counts["found 3-5 mm"], counts["false"]) == (0, 1)


def test_without_a_true_lesion_every_found_one_is_false() -> None:
    labels = np.zeros((4, 4, 4), dtype=np.int32)
    labels[0, 0, 0], labels[3, 3, 3] = 1, 2
    counts = count_lesions(labels, labels > 9, Grid((4, 4, 4), np.eye(4)))
    assert counts["false"] == 2 and sum(counts.values()) == 2
