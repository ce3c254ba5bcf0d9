"""How much a lesion stands out on T1ce: what is missed should be what a reader would hardly see either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.evaluation.detection import BinCount
from sgnet.lesions.components import label_components

SHELL_MM = 5
"""Reach of the surroundings that a lesion is compared with; the voxels are of 1 mm."""
CONTRAST_BINS: dict[str, tuple[float, float]] = {
    "below 1": (-np.inf, 1.0),
    "1 to 2": (1.0, 2.0),
    "2 to 4": (2.0, 4.0),
    "above 4": (4.0, np.inf),
}
SIZES = ("5-10 mm", ">=10 mm")
"""Diameters that are told apart; of smaller ones hardly any is found."""


def lesion_contrasts(t1ce: NDArray[np.floating], cores: NDArray[np.bool_], head: NDArray[np.bool_]) -> list[float]:
    """By how far the brighter quarter of each lesion stands out, in standard deviations of its surroundings.

    Parameters
    ----------
    t1ce : ndarray of float, shape (X, Y, Z)
        At 1 mm, in any unit.
    cores : ndarray of bool, same shape
        Lesions are its 26-connected components, in the order of `sgnet evaluate`.
    head : ndarray of bool, same shape
        The surroundings are the voxels of the head within 5 mm that belong to no lesion.

    Returns
    -------
    list of float
        Upper quartile of the lesion minus mean of the surroundings, over their standard deviation; NaN without any.
    """
    labels, _ = label_components(cores)
    contrasts = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        wide = tuple(slice(max(0, side.start - SHELL_MM), side.stop + SHELL_MM) for side in box)
        near = ndimage.distance_transform_edt(labels[wide] != number) <= SHELL_MM
        around = t1ce[wide][near & head[wide] & ~cores[wide]]
        level = np.percentile(t1ce[wide][labels[wide] == number], 75)
        spread = around.std() if around.size else 0.0
        contrasts.append(float((level - around.mean()) / spread) if spread > 0 else float("nan"))
    return contrasts


def found_by_contrast(lesions: Iterable[tuple[Mapping[str, Any], float]]) -> dict[str, dict[str, BinCount]]:
    """Lesions and those found, by diameter and contrast.

    Parameters
    ----------
    lesions : iterable of (record, contrast)
        Records of :func:`sgnet.evaluation.detection.detect`, each with its contrast.
    """
    table = {size: {name: BinCount(reference=0, found=0) for name in CONTRAST_BINS} for size in SIZES}
    for record, contrast in lesions:
        if record["size"] not in table or record["status"] not in ("found", "missed"):
            continue
        for name, (low, high) in CONTRAST_BINS.items():
            if low <= contrast < high:
                table[record["size"]][name]["reference"] += 1
                table[record["size"]][name]["found"] += record["status"] == "found"
    return table
