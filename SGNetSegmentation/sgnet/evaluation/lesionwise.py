"""How well the lesions of one scan were found, lesion by lesion."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.evaluation.surface import surface_distances
from sgnet.evaluation.voxel import WORST_DISTANCE_MM, union_box
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.lesions.match import overlap_voxels
from sgnet.lesions.measure import axial_diameters

# Reference components up to this size are specks of the annotation: never missed, never found.
IGNORED_VOLUME_MM3 = 2.0
DIAMETER_BINS_MM: dict[str, tuple[float, float]] = {
    "<3 mm": (0.0, 3.0),
    "3-5 mm": (3.0, 5.0),
    "5-10 mm": (5.0, 10.0),
    ">=10 mm": (10.0, float("inf")),
}
_NEIGHBOURS_18 = ndimage.generate_binary_structure(3, 2)


class BinCount(TypedDict):
    """Reference lesions of one range of diameters, and how many of them were found."""

    reference: int
    found: int


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


class BratsScores(TypedDict):
    """Lesion-wise scores of BraTS-METS 2023 and what they were averaged over."""

    brats_dice: float
    brats_hd95_mm: float
    brats_reference_lesions: int
    brats_false_positives: int


class LesionScores(Detection, BratsScores):
    """Scores over the lesions of one scan; see :func:`lesion_scores`."""


def lesion_scores(predicted: NDArray[np.bool_], reference: NDArray[np.bool_], grid: Grid) -> LesionScores:
    """Detection by overlap, and the lesion-wise scores of BraTS-METS 2023.

    *Detection.* Lesions are 26-connected components of either mask. A reference lesion is found
    when at least one of its voxels is predicted; a predicted lesion without a reference voxel is a
    false positive. Reference lesions of at most 2 mm3 are ignored: they are neither found nor
    missed, and a prediction on them is no false positive nor a true one. With no reference lesion
    the sensitivity is None, with no predicted lesion the lesion precision is None; F1 is
    ``2 found / (2 found + missed + false positives)``, with the found counted in the reference, and
    1 where there is nothing to find and nothing was found. Diameters are the longest axial ones of
    the reference; a bin holds its lower bound.

    *BraTS-METS* (A. W. Moawad et al., arXiv 2306.00838, and the challenge's code). The reference,
    dilated once with 18 neighbours and labelled with 26, says which components form one lesion; its
    voxels stay as they are. Every predicted component that touches the dilated lesion is pooled
    for its Dice and HD95, and may serve several lesions. Those that touch none, not even an ignored
    lesion, are false positives. A missed lesion counts Dice 0 and HD95 374 mm, a false positive
    likewise; the scores are means over lesions and false positives, and 1 and 0 where there is
    neither.

    Parameters
    ----------
    predicted, reference : ndarray of bool, shape (I, J, K) = ``grid.shape``
    grid : Grid

    Examples
    --------
    >>> reference = np.zeros((9, 5, 5), dtype=bool)
    >>> reference[1:3, 1:4, 1:4] = reference[6:8, 1:4, 1:4] = True
    >>> predicted = reference.copy()
    >>> predicted[5:] = False
    >>> scores = lesion_scores(predicted, reference, Grid((9, 5, 5), np.eye(4)))
    >>> scores["sensitivity"], scores["brats_dice"], scores["brats_hd95_mm"]
    (0.5, 0.5, 187.0)
    """
    # What dilation would add outside this box joins nothing that it does not join inside.
    box = union_box(predicted, reference)
    grid = grid.with_shape([part.stop - part.start for part in box], [part.start for part in box])
    predicted, reference = predicted[box], reference[box]
    components, count = label_components(predicted)
    return {**_detection(components, count, reference, grid), **_brats(components, count, reference, grid)}


def _detection(predicted: NDArray[np.int32], n_predicted: int, reference: NDArray[np.bool_], grid: Grid) -> Detection:
    labels, _ = label_components(reference)
    counted = _counted(labels, grid)
    overlaps = overlap_voxels(predicted, labels) > 0
    found = np.asarray(overlaps.any(axis=0))
    n_reference, n_found = int(counted.sum()), int((found & counted).sum())
    false_positives = int(n_predicted - overlaps.any(axis=1).sum())
    # Predictions that only hit an ignored speck are neither right nor wrong.
    right = int(overlaps[:, counted].any(axis=1).sum())
    sought = 2 * n_found + (n_reference - n_found) + false_positives
    return {
        "reference_lesions": n_reference,
        "found_lesions": n_found,
        "predicted_lesions": n_predicted,
        "true_positives": right,
        "false_positives": false_positives,
        "sensitivity": n_found / n_reference if n_reference else None,
        "lesion_precision": right / (right + false_positives) if right + false_positives else None,
        "f1": 2 * n_found / sought if sought else 1.0,
        "by_diameter": _by_diameter(labels, counted, found, grid),
    }


def _by_diameter(
    labels: NDArray[np.int32], counted: NDArray[np.bool_], found: NDArray[np.bool_], grid: Grid
) -> dict[str, BinCount]:
    bins = {name: BinCount(reference=0, found=0) for name in DIAMETER_BINS_MM}
    for index, box in enumerate(ndimage.find_objects(labels)):
        if not counted[index]:
            continue
        mask = labels[box] == index + 1
        diameter = axial_diameters(mask, grid.with_shape(mask.shape, [part.start for part in box])).longest_mm
        name = next(name for name, (low, high) in DIAMETER_BINS_MM.items() if low <= diameter < high)
        bins[name]["reference"] += 1
        bins[name]["found"] += int(found[index])
    return bins


def _brats(predicted: NDArray[np.int32], n_predicted: int, reference: NDArray[np.bool_], grid: Grid) -> BratsScores:
    blobs, _ = label_components(ndimage.binary_dilation(reference, structure=_NEIGHBOURS_18))
    lesions = np.where(reference, blobs, 0)
    touches = overlap_voxels(predicted, blobs) > 0
    counted = np.flatnonzero(_counted(lesions, grid))
    dices, distances_mm = [], []
    for index in counted.tolist():
        pooled = np.concatenate([[False], touches[:, index]])
        if not pooled.any():
            dices.append(0.0)
            distances_mm.append(WORST_DISTANCE_MM)
            continue
        dice, hd95_mm = _dice_and_hd95(pooled[predicted], lesions == index + 1, grid)
        dices.append(dice)
        distances_mm.append(hd95_mm)
    false_positives = int(n_predicted - touches.any(axis=1).sum())
    total = len(counted) + false_positives
    return {
        "brats_dice": sum(dices) / total if total else 1.0,
        "brats_hd95_mm": (sum(distances_mm) + WORST_DISTANCE_MM * false_positives) / total if total else 0.0,
        "brats_reference_lesions": len(counted),
        "brats_false_positives": false_positives,
    }


def _dice_and_hd95(predicted: NDArray[np.bool_], reference: NDArray[np.bool_], grid: Grid) -> tuple[float, float]:
    box = union_box(predicted, reference)
    predicted, reference = predicted[box], reference[box]
    shared = np.count_nonzero(predicted & reference)
    dice = 2.0 * shared / (np.count_nonzero(predicted) + np.count_nonzero(reference))
    return float(dice), surface_distances(predicted, reference, grid.spacing_mm).hausdorff_mm(95)


def _counted(labels: NDArray[np.int32], grid: Grid) -> NDArray[np.bool_]:
    """For each label 1..n, whether it is larger than what is ignored."""
    voxels = np.bincount(labels[labels > 0], minlength=int(labels.max(initial=0)) + 1)[1:]
    # The slack keeps header rounding from deciding for lesions of exactly the limit.
    return np.asarray(voxels * grid.voxel_volume_mm3) > IGNORED_VOLUME_MM3 * (1 + 1e-6)
