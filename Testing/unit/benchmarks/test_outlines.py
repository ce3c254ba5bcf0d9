"""The outlines of found lesions against the true ones."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from harness.outlines import Outline, at_threshold, by_size, outlines_of

from sgnet.geometry import Grid

GRID = Grid((20, 10, 10), np.diag([1.0, 1.0, 2.0, 1.0]))


def test_a_lesion_is_compared_with_all_true_ones_it_touches_and_a_false_one_with_nothing() -> None:
    labels, true = np.zeros(GRID.shape, np.uint16), np.zeros(GRID.shape, bool)
    true[0:2, 0:2, 0:2] = true[4:6, 0:2, 0:2] = True  # two of 8 voxels, 16 mm³ each
    labels[0:5, 0:2, 0:2] = 1  # 20 voxels over all of the first and half of the second
    labels[10:12, 0:2, 0:2] = 2
    assert list(outlines_of(labels, true, GRID)) == [Outline(0.032, 1.25, pytest.approx(2 * 12 / 36))]
    assert list(outlines_of(np.zeros_like(labels), true, GRID)) == []


def test_without_tightening_a_lesion_is_the_body_that_it_lies_in_and_other_bodies_are_none() -> None:
    probability, labels = np.zeros(GRID.shape, np.float32), np.zeros(GRID.shape, np.uint16)
    probability[0:6, 0:3, 0:3], probability[10:14, 0:3, 0:3], probability[17:19, 0:2, 0:2] = 0.4, 0.3, 0.9
    labels[2:4, 1, 1], labels[11, 1, 1] = 2, 1
    plain = at_threshold(labels, probability, 0.3)
    assert [int((plain == n).sum()) for n in (1, 2)] == [36, 54] and plain.max() == 2
    assert plain[0, 0, 0] == 2 and plain[17, 0, 0] == 0
    # One that is all of its body stays what it is.
    np.testing.assert_array_equal(at_threshold(plain, probability, 0.3), plain)


def test_sizes_are_those_of_the_true_lesions_and_lower_bounds_belong_to_them() -> None:
    table = by_size([Outline(0.1, 1.0, 0.9), Outline(0.4, 3.0, 0.5), Outline(0.45, 2.0, 0.4), Outline(0.0999, 5, 0.1)])
    assert table == {
        "0-0.1 ml": {"found": 1, "median_volume_ratio": 5, "mean_dice": 0.1},
        "0.1-0.5 ml": {"found": 3, "median_volume_ratio": 2.0, "mean_dice": 0.6},
    }
