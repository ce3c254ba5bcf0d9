"""The lesion-wise scores of BraTS-METS 2023."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.evaluation.single import Labelled, dice_and_hd95_mm, large_enough
from sgnet.evaluation.voxel import WORST_DISTANCE_MM
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.lesions.match import overlap_voxels

_NEIGHBOURS_18 = ndimage.generate_binary_structure(3, 2)


class BratsScores(TypedDict):
    """Lesion-wise scores of BraTS-METS 2023 and what they were averaged over."""

    brats_dice: float
    brats_hd95_mm: float
    brats_reference_lesions: int
    brats_false_positives: int


def brats_scores(predicted: NDArray[np.int32], reference: NDArray[np.bool_], grid: Grid) -> BratsScores:
    """Lesion-wise Dice and HD95 as the challenge defines them; :func:`~sgnet.evaluation.lesionwise.lesion_scores`.

    Parameters
    ----------
    predicted : ndarray of int32, shape (I, J, K) = ``grid.shape``
        26-connected components, numbered 1..n.
    reference : ndarray of bool, same shape
    grid : Grid
    """
    blobs, _ = label_components(ndimage.binary_dilation(reference, structure=_NEIGHBOURS_18))
    lesions = np.where(reference, blobs, 0)
    touches = overlap_voxels(predicted, blobs) > 0
    counted = np.flatnonzero(large_enough(lesions, grid))
    found, wanted = Labelled.of(predicted), Labelled.of(lesions)
    dices, distances_mm = [], []
    for index in counted.tolist():
        pooled = np.flatnonzero(touches[:, index]) + 1
        if not pooled.size:
            dices.append(0.0)
            distances_mm.append(WORST_DISTANCE_MM)
            continue
        dice, hd95_mm = dice_and_hd95_mm(found, pooled, wanted, index + 1, grid)
        dices.append(dice)
        distances_mm.append(hd95_mm)
    false_positives = int(predicted.max(initial=0) - touches.any(axis=1).sum())
    total = len(counted) + false_positives
    return {
        "brats_dice": sum(dices) / total if total else 1.0,
        "brats_hd95_mm": (sum(distances_mm) + WORST_DISTANCE_MM * false_positives) / total if total else 0.0,
        "brats_reference_lesions": len(counted),
        "brats_false_positives": false_positives,
    }
