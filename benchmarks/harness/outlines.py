"""How right the outlines of found lesions are, by the size of the true ones: as drawn, and at the threshold alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.lesions.match import overlap_voxels

BANDS_ML = (0.0, 0.1, 0.5, 4.0, float("inf"))
"""True volumes are counted between these."""


@dataclass(frozen=True)
class Outline:
    """One found lesion against the true lesions that it touches.

    Attributes
    ----------
    true_ml : float
        Their volume.
    volume_ratio : float
        Its volume over theirs.
    dice : float
        Of both.
    """

    true_ml: float
    volume_ratio: float
    dice: float


def outlines_of(labels: NDArray[np.integer], true_core: NDArray[np.bool_], grid: Grid) -> Iterator[Outline]:
    """Of each lesion that touches a true core.

    Parameters
    ----------
    labels : ndarray of int, shape (I, J, K) = ``grid.shape``
        Lesions, 1..n.
    true_core : ndarray of bool, same shape
    grid : Grid
    """
    true, count = label_components(true_core)
    true_voxels = np.bincount(true.ravel(), minlength=count + 1)[1:]
    voxels = np.bincount(labels.ravel())[1:]
    for own, shared in zip(voxels, overlap_voxels(labels, true), strict=True):
        of_true = int(true_voxels[shared > 0].sum())
        if of_true:
            yield Outline(
                of_true * grid.voxel_volume_mm3 / 1000,
                float(own / of_true),
                float(2 * shared.sum() / (own + of_true)),
            )


def at_threshold(
    labels: NDArray[np.integer], probability: NDArray[np.floating], threshold: float
) -> NDArray[np.integer]:
    """The same lesions with the outlines they would have without any tightening, where no body was divided."""
    bodies, count = label_components(probability >= threshold)
    lesion_of = np.zeros(count + 1, labels.dtype)
    lesion_of[bodies[labels > 0]] = labels[labels > 0]
    return lesion_of[bodies]


def by_size(outlines: Iterable[Outline]) -> dict[str, dict[str, Any]]:
    """Count, median volume ratio and mean Dice of each band of :data:`BANDS_ML` that holds any."""
    every = list(outlines)
    table = {}
    for low, high in pairwise(BANDS_ML):
        here = [one for one in every if low <= one.true_ml < high]
        if here:
            table[f"{low:g}-{high:g} ml"] = {
                "found": len(here),
                "median_volume_ratio": round(median(one.volume_ratio for one in here), 3),
                "mean_dice": round(fmean(one.dice for one in here), 4),
            }
    return table
