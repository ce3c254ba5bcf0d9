from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.cli.against_truth import compare, comparison_table
from sgnet.config import LesionSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.find import find_lesions

GRID = Grid((40, 8, 8), np.eye(4))


def cubes(*spans: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(GRID.shape, bool)
    for start, stop in spans:
        mask[start:stop, 2:6, 2:6] = True
    return mask


def segmentation(core: NDArray[np.bool_]) -> Segmentation:
    probability = core.astype(np.float32)
    labels, whole, lesions = find_lesions(probability, probability, GRID, LesionSettings(min_volume_mm3=0))
    volume = Volume(probability, GRID)
    return Segmentation(Study(volume, volume), probability, probability, labels, whole, lesions, {})


def test_found_missed_and_false_lesions_are_told_apart() -> None:
    # Truth: 2-10 (found by two pieces), 20-24 (missed). Predicted: 2-5 and 7-10, and 30-36 which is false.
    truth = cubes((2, 10), (20, 24))
    comparison = compare(segmentation(cubes((2, 5), (7, 10), (30, 36))), truth, truth)
    large, small = comparison.lesions
    assert comparison.false == (1,)
    assert large.found_as == (2, 3)
    assert large.dice == 2 * 6 / (8 + 6)
    assert (small.found_as, small.dice) == ((), 0.0)
    assert comparison.found == 1
    assert comparison.core_dice == 2 * 6 / (12 + 12)
    assert "Found 1 of 2 true lesions, missed 1; false lesions: 1 (number 1)." in comparison_table(comparison)


def test_nothing_to_find_and_nothing_found_agree() -> None:
    comparison = compare(segmentation(cubes()), cubes(), cubes())
    assert (comparison.lesions, comparison.false, comparison.core_dice) == ((), (), 1.0)
    assert "Found 0 of 0 true lesions, missed 0; false lesions: none." in comparison_table(comparison)


def test_the_table_names_what_was_missed() -> None:
    truth = cubes((2, 10), (20, 24))
    table = comparison_table(compare(segmentation(cubes((2, 10))), truth, truth)).splitlines()
    assert len(table) == 5
    assert table[1].split()[-2:] == ["1", "1.00"]
    assert table[2].split()[-2:] == ["missed", "0.00"]
    assert table[3] == "Found 1 of 2 true lesions, missed 1; false lesions: none."
