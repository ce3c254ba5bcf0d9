"""Lesions found, counted by the diameter of the sphere of their volume, and what else a sweep adds up for a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.evaluation.detection import DIAMETER_BINS_MM, FOUND, MISSED, BinCount, diameter_bin
from sgnet.evaluation.single import IGNORED_VOLUME_MM3
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.lesions.lesion import sphere_diameter_mm
from sgnet.lesions.match import overlap_voxels


def count_lesions(labels: NDArray[np.integer], true_core: NDArray[np.bool_], grid: Grid) -> dict[str, float]:
    """False lesions, and reference lesions with those found by size; matched by overlap, as `sgnet evaluate` does.

    Parameters
    ----------
    labels : ndarray of int, shape (I, J, K) = ``grid.shape``
        Predicted lesions, 1..n.
    true_core : ndarray of bool, same shape
    grid : Grid

    Returns
    -------
    dict
        ``"false"``, and ``"reference <bin>"`` and ``"found <bin>"`` for each of :data:`DIAMETER_BINS_MM`.
    """
    reference, count = label_components(true_core)
    overlaps = overlap_voxels(labels, reference) > 0
    counts = {f"{key} {name}": 0.0 for name in DIAMETER_BINS_MM for key in ("reference", "found")}
    for number, voxels in enumerate(np.bincount(reference.ravel(), minlength=count + 1)[1:]):
        volume = float(voxels * grid.voxel_volume_mm3)
        if volume > IGNORED_VOLUME_MM3:
            name = diameter_bin(sphere_diameter_mm(volume / 1000))
            counts[f"reference {name}"] += 1
            counts[f"found {name}"] += bool(overlaps[:, number].any())
    false = float((~overlaps.any(axis=1)).sum()) if overlaps.size else float(labels.max(initial=0))
    return {"false": false, **counts}


def found_by_volume(lesions: Iterable[Mapping[str, Any]]) -> dict[str, BinCount]:
    """Lesions and those found by the diameter of the sphere of their volume.

    `sgnet evaluate` counts by the longest axial diameter, to the outer edges of the voxels (RANO-BM), which is longer:
    the same lesion stands in a higher class there.

    Parameters
    ----------
    lesions : iterable of record
        Of :func:`sgnet.evaluation.detection.detect`; ignored and false ones are passed over.
    """
    table = {name: BinCount(reference=0, found=0) for name in DIAMETER_BINS_MM}
    for record in lesions:
        if record["status"] in (FOUND, MISSED):
            count = table[diameter_bin(sphere_diameter_mm(record["volume_ml"]))]
            count["reference"] += 1
            count["found"] += record["status"] == FOUND
    return table


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Dice of two masks; 1 where both are empty."""
    total = a.sum() + b.sum()
    return float(2 * (a & b).sum() / total) if total else 1.0
