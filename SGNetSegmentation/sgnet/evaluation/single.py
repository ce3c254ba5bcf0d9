"""Single lesions: which ones count, and how well one agrees with what was predicted there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.evaluation.surface import surface_distances
from sgnet.geometry import Grid
from sgnet.lesions.components import Box

# Reference components up to this size are specks of the annotation: never missed, never found.
IGNORED_VOLUME_MM3 = 2.0


def large_enough(labels: NDArray[np.int32], grid: Grid) -> NDArray[np.bool_]:
    """For each label 1..n, whether it is larger than what is ignored."""
    voxels = np.bincount(labels[labels > 0], minlength=int(labels.max(initial=0)) + 1)[1:]
    # The slack keeps header rounding from deciding for lesions of exactly the limit.
    return np.asarray(voxels * grid.voxel_volume_mm3) > IGNORED_VOLUME_MM3 * (1 + 1e-6)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labels 1..n of a volume, each with the box that holds it, so that one of 80 lesions costs no pass over all."""

    labels: NDArray[np.int32]
    boxes: list[Box]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> Labelled:
        """Every label up to the highest has a voxel."""
        return cls(labels, ndimage.find_objects(labels))


def dice_and_hd95_mm(
    predicted: Labelled, numbers: NDArray[np.integer], reference: Labelled, number: int, grid: Grid
) -> tuple[float, float]:
    """Dice and HD95 of the predicted labels ``numbers`` (at least one), pooled, and the reference label ``number``."""
    parts = [reference.boxes[number - 1], *(predicted.boxes[one - 1] for one in numbers.tolist())]
    box = tuple(
        slice(min(one.start for one in axis), max(one.stop for one in axis)) for axis in zip(*parts, strict=True)
    )
    pooled, lesion = np.isin(predicted.labels[box], numbers), reference.labels[box] == number
    dice = 2.0 * np.count_nonzero(pooled & lesion) / (np.count_nonzero(pooled) + np.count_nonzero(lesion))
    return float(dice), surface_distances(pooled, lesion, grid.spacing_mm).hausdorff_mm(95)
