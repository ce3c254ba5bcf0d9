"""Single lesions: which ones count, and how well one agrees with what was predicted there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.evaluation.surface import surface_distances
from sgnet.evaluation.voxel import union_box
from sgnet.geometry import Grid

# Reference components up to this size are specks of the annotation: never missed, never found.
IGNORED_VOLUME_MM3 = 2.0


def large_enough(labels: NDArray[np.int32], grid: Grid) -> NDArray[np.bool_]:
    """For each label 1..n, whether it is larger than what is ignored."""
    voxels = np.bincount(labels[labels > 0], minlength=int(labels.max(initial=0)) + 1)[1:]
    # The slack keeps header rounding from deciding for lesions of exactly the limit.
    return np.asarray(voxels * grid.voxel_volume_mm3) > IGNORED_VOLUME_MM3 * (1 + 1e-6)


def dice_and_hd95_mm(predicted: NDArray[np.bool_], reference: NDArray[np.bool_], grid: Grid) -> tuple[float, float]:
    """Dice and HD95 of two masks of ``grid.shape``, each with at least one voxel set."""
    box = union_box(predicted, reference)
    predicted, reference = predicted[box], reference[box]
    shared = np.count_nonzero(predicted & reference)
    dice = 2.0 * shared / (np.count_nonzero(predicted) + np.count_nonzero(reference))
    return float(dice), surface_distances(predicted, reference, grid.spacing_mm).hausdorff_mm(95)
