"""How much lesions stand out, on images whose answer is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from harness.contrast import found_by_contrast, lesion_contrasts  # noqa: E402

from sgnet.evaluation.case import evaluate_case  # noqa: E402
from sgnet.geometry import Grid  # noqa: E402

SHAPE = (40, 30, 30)


def chequered(low: float, high: float) -> np.ndarray:
    """Every other voxel bright: mean and standard deviation are known everywhere."""
    return np.where(np.indices(SHAPE).sum(axis=0) % 2, high, low).astype(np.float32)


def test_contrast_counts_standard_deviations_of_what_lies_around() -> None:
    image, cores, head = chequered(80, 120), np.zeros(SHAPE, bool), np.ones(SHAPE, bool)
    cores[10:16, 10:16, 10:16] = True
    image[cores] = 140  # mean 100, standard deviation 20
    assert lesion_contrasts(image, cores, head) == [pytest.approx(2.0, abs=0.02)]


def test_the_brighter_quarter_counts_not_the_dark_inside() -> None:
    image, cores, head = chequered(80, 120), np.zeros(SHAPE, bool), np.ones(SHAPE, bool)
    cores[10:16, 10:16, 10:16] = True
    image[cores] = 200
    image[10:15, 10:15, 10:15] = 10  # 125 of 216 voxels
    assert lesion_contrasts(image, cores, head) == [pytest.approx(5.0, abs=0.05)]


def test_other_lesions_and_air_are_no_surroundings() -> None:
    image, cores, head = chequered(80, 120), np.zeros(SHAPE, bool), np.ones(SHAPE, bool)
    cores[10:14, 10:14, 10:14] = cores[16:20, 10:14, 10:14] = True
    image[cores] = 1000
    head[:, :9] = False
    image[:, :9] = 0
    image[10:14, 10:14, 10:14] = 120
    first, second = lesion_contrasts(image, cores, head)
    assert first == pytest.approx(1.0, abs=0.05)
    assert second == pytest.approx(45.0, abs=1.0)


def test_without_surroundings_there_is_no_contrast() -> None:
    cores = np.zeros(SHAPE, bool)
    cores[2:5, 2:5, 2:5] = True
    assert np.isnan(lesion_contrasts(np.ones(SHAPE, np.float32), cores, cores)).all()


def test_lesions_are_counted_in_the_order_of_the_evaluation() -> None:
    image, cores, predicted = chequered(80, 120), np.zeros(SHAPE, bool), np.zeros(SHAPE, np.uint8)
    cores[5:11, 5:11, 5:11] = cores[20:33, 5:18, 5:18] = cores[35:37, 25:27, 25:27] = True
    image[5:11, 5:11, 5:11], image[20:33, 5:18, 5:18] = 210, 130
    predicted[20:33, 5:18, 5:18], predicted[0:3, 26:29, 26:29] = 1, 2
    records = evaluate_case(predicted, cores, Grid(SHAPE, np.eye(4)))["core"]["lesions"]
    contrasts = lesion_contrasts(image, cores, np.ones(SHAPE, bool))
    table = found_by_contrast(zip(records, contrasts, strict=False))
    assert table["5-10 mm"]["above 4"] == {"reference": 1, "found": 0}
    assert table[">=10 mm"]["1 to 2"] == {"reference": 1, "found": 1}
    assert sum(count["reference"] for part in table.values() for count in part.values()) == 2
