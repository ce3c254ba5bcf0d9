"""Lesions found, missed and made up, one record each."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from sgnet.evaluation.single import Labelled, dice_and_hd95_mm, large_enough
from sgnet.geometry import Grid
from sgnet.lesions.match import overlap_voxels
from sgnet.lesions.measure import axial_diameters

DIAMETER_BINS_MM: dict[str, tuple[float, float]] = {
    "<3 mm": (0.0, 3.0),
    "3-5 mm": (3.0, 5.0),
    "5-10 mm": (5.0, 10.0),
    ">=10 mm": (10.0, float("inf")),
}
FOUND, MISSED, IGNORED, FALSE_POSITIVE = "found", "missed", "ignored", "false positive"


class BinCount(TypedDict):
    """Reference lesions of one range of diameters, and how many of them were found."""

    reference: int
    found: int


class LesionRecord(TypedDict):
    """One lesion of the reference, or one false positive of the prediction.

    ``status`` is ``"found"``, ``"missed"`` or ``"ignored"`` (at most 2 mm3) for a lesion of the
    reference and ``"false positive"`` for one of the prediction. Size and place are of that lesion
    itself; ``diameter_mm`` is the longest axial one. ``dice`` and ``hd95_mm`` compare a found
    lesion with all predicted lesions that share a voxel with it, pooled: 0 and None for a missed
    one, None for the others.
    """

    status: str
    volume_ml: float
    diameter_mm: float
    size: str
    centroid_ras_mm: list[float]
    dice: float | None
    hd95_mm: float | None


class Detection(TypedDict):
    """Lesions found, missed and made up: ``true_positives`` are predicted lesions, ``found_lesions`` reference ones."""

    reference_lesions: int
    found_lesions: int
    predicted_lesions: int
    true_positives: int
    false_positives: int
    sensitivity: float | None
    lesion_precision: float | None
    f1: float
    by_diameter: dict[str, BinCount]
    lesions: list[LesionRecord]


def detect(predicted: NDArray[np.int32], reference: NDArray[np.int32], grid: Grid) -> Detection:
    """Match lesions by overlap; the rules stand in :func:`~sgnet.evaluation.lesionwise.lesion_scores`.

    Parameters
    ----------
    predicted, reference : ndarray of int32, shape (I, J, K) = ``grid.shape``
        26-connected components, each numbered 1..n.
    grid : Grid
    """
    overlaps = overlap_voxels(predicted, reference) > 0
    counted = large_enough(reference, grid)
    lesions = [
        *_reference_records(Labelled.of(predicted), Labelled.of(reference), overlaps, counted, grid),
        *_false_positive_records(predicted, overlaps, grid),
    ]
    n_found, n_missed, false_positives = (
        sum(lesion["status"] == status for lesion in lesions) for status in (FOUND, MISSED, FALSE_POSITIVE)
    )
    n_reference = n_found + n_missed
    # Predictions that only hit an ignored speck are neither right nor wrong.
    right = int(overlaps[:, counted].any(axis=1).sum())
    sought = 2 * n_found + n_missed + false_positives
    return {
        "reference_lesions": n_reference,
        "found_lesions": n_found,
        "predicted_lesions": len(overlaps),
        "true_positives": right,
        "false_positives": false_positives,
        "sensitivity": n_found / n_reference if n_reference else None,
        "lesion_precision": right / (right + false_positives) if right + false_positives else None,
        "f1": 2 * n_found / sought if sought else 1.0,
        "by_diameter": {name: _count(lesions, name) for name in DIAMETER_BINS_MM},
        "lesions": lesions,
    }


def diameter_bin(diameter_mm: float) -> str:
    """The name of the range of :data:`DIAMETER_BINS_MM` that holds ``diameter_mm``; lower bounds belong to it.

    Examples
    --------
    >>> diameter_bin(2.99), diameter_bin(3.0)
    ('<3 mm', '3-5 mm')
    """
    return next(name for name, (low, high) in DIAMETER_BINS_MM.items() if low <= diameter_mm < high)


def _reference_records(
    predicted: Labelled,
    reference: Labelled,
    overlaps: NDArray[np.bool_],
    counted: NDArray[np.bool_],
    grid: Grid,
) -> list[LesionRecord]:
    records = []
    for index, record in enumerate(_measured(reference, grid)):
        touching = np.flatnonzero(overlaps[:, index]) + 1
        if not counted[index]:
            record["status"] = IGNORED
        elif touching.size:
            record["status"] = FOUND
            record["dice"], record["hd95_mm"] = dice_and_hd95_mm(predicted, touching, reference, index + 1, grid)
        else:
            record["status"], record["dice"] = MISSED, 0.0
        records.append(record)
    return records


def _false_positive_records(
    predicted: NDArray[np.int32], overlaps: NDArray[np.bool_], grid: Grid
) -> list[LesionRecord]:
    alone = np.concatenate([[False], ~overlaps.any(axis=1)])
    if not alone.any():
        return []
    numbers = np.cumsum(alone, dtype=np.int32) * alone
    return _measured(Labelled.of(numbers[predicted]), grid)


def _measured(lesions: Labelled, grid: Grid) -> list[LesionRecord]:
    """Size and place of each label 1..n, as false positives until something else is known."""
    records: list[LesionRecord] = []
    for number, box in enumerate(lesions.boxes, start=1):
        mask = lesions.labels[box] == number
        part = grid.with_shape(mask.shape, [one.start for one in box])
        diameter_mm = axial_diameters(mask, part).longest_mm
        records.append(
            {
                "status": FALSE_POSITIVE,
                "volume_ml": np.count_nonzero(mask) * grid.voxel_volume_mm3 / 1000.0,
                "diameter_mm": diameter_mm,
                "size": diameter_bin(diameter_mm),
                "centroid_ras_mm": np.round(part.to_ras(np.argwhere(mask).mean(axis=0))[0], 3).tolist(),
                "dice": None,
                "hd95_mm": None,
            }
        )
    return records


def _count(lesions: list[LesionRecord], size: str) -> BinCount:
    statuses = [lesion["status"] for lesion in lesions if lesion["size"] == size]
    found = statuses.count(FOUND)
    return BinCount(reference=found + statuses.count(MISSED), found=found)
