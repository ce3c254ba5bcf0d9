"""How well two masks of one scan agree, voxel by voxel and surface by surface."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from sgnet.evaluation.surface import surface_distances
from sgnet.geometry import Grid
from sgnet.lesions.components import Box, bounding_box

# The diagonal of the BraTS image, 240 x 240 x 155 mm: what BraTS gives a missed lesion.
WORST_DISTANCE_MM = 374.0
TOLERANCE_MM = 1.0


class VoxelScores(TypedDict):
    """Scores of one mask; see :func:`voxel_scores` for the empty cases."""

    dice: float
    precision: float
    recall: float
    hd95_mm: float
    assd_mm: float
    nsd_1mm: float
    relative_volume_error_percent: float | None
    predicted_volume_ml: float
    reference_volume_ml: float
    empty: str


def voxel_scores(predicted: NDArray[np.bool_], reference: NDArray[np.bool_], grid: Grid) -> VoxelScores:
    """Dice, precision, recall, HD95, ASSD, surface Dice at 1 mm and relative volume error of one scan.

    Parameters
    ----------
    predicted, reference : ndarray of bool, shape (I, J, K) = ``grid.shape``
    grid : Grid

    Returns
    -------
    VoxelScores
        ``relative_volume_error_percent`` is ``100 |V_predicted - V_reference| / V_reference``.

    Notes
    -----
    Empty masks are decided as follows, and ``empty`` says which of them are empty
    (``""``, ``"both"``, ``"predicted"``, ``"reference"``):

    ========== ========================== =================== =====================
    empty      Dice, precision, recall,   HD95, ASSD (mm)     relative volume error
               NSD
    ========== ========================== =================== =====================
    both       1                          0                   0 %
    predicted  0                          374                 100 %
    reference  0                          374                 None (left out of means)
    ========== ========================== =================== =====================

    Examples
    --------
    >>> mask = np.zeros((4, 4, 4), dtype=bool)
    >>> mask[1:3, 1:3, 1:3] = True
    >>> scores = voxel_scores(mask, mask, Grid((4, 4, 4), np.eye(4)))
    >>> scores["dice"], scores["hd95_mm"], scores["reference_volume_ml"]
    (1.0, 0.0, 0.008)
    """
    box = union_box(predicted, reference)
    predicted, reference = predicted[box], reference[box]
    n_predicted, n_reference = int(np.count_nonzero(predicted)), int(np.count_nonzero(reference))
    shared = int(np.count_nonzero(predicted & reference))
    empty = {(True, True): "both", (True, False): "predicted", (False, True): "reference"}.get(
        (n_predicted == 0, n_reference == 0), ""
    )
    if empty:
        overlap, distance_mm = (1.0, 0.0) if empty == "both" else (0.0, WORST_DISTANCE_MM)
        dice = precision = recall = nsd = overlap
        hd95 = assd = distance_mm
    else:
        dice = 2.0 * shared / (n_predicted + n_reference)
        precision, recall = shared / n_predicted, shared / n_reference
        surfaces = surface_distances(predicted, reference, grid.spacing_mm)
        hd95, assd, nsd = surfaces.hausdorff_mm(95), surfaces.average_mm(), surfaces.surface_dice(TOLERANCE_MM)
    volume_error = {"both": 0.0, "reference": None}.get(
        empty, 100.0 * abs(n_predicted - n_reference) / max(n_reference, 1)
    )
    return VoxelScores(
        dice=dice,
        precision=precision,
        recall=recall,
        hd95_mm=hd95,
        assd_mm=assd,
        nsd_1mm=nsd,
        relative_volume_error_percent=volume_error,
        predicted_volume_ml=n_predicted * grid.voxel_volume_mm3 / 1000.0,
        reference_volume_ml=n_reference * grid.voxel_volume_mm3 / 1000.0,
        empty=empty,
    )


def union_box(predicted: NDArray[np.bool_], reference: NDArray[np.bool_]) -> Box:
    """The box that holds both masks; one voxel where both are empty."""
    box = bounding_box(predicted | reference)
    return (slice(0, 1), slice(0, 1), slice(0, 1)) if box is None else box
