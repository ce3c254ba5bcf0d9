"""Margins around lesions by exact Euclidean distance in millimetres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.errors import InputError
from sgnet.lesions.components import Box

MAX_MARGIN_MM = 50.0
# A distance of exactly the margin belongs to it, whatever rounding made of it.
_ROUNDING_MM = 1e-6


def expand(
    masks: dict[int, tuple[Box, NDArray[np.bool_]]],
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    margin_mm: float,
    overlap: bool = False,
) -> dict[int, tuple[Box, NDArray[np.bool_]]]:
    """Every voxel whose centre lies within ``margin_mm`` of a lesion, the lesion included, clipped to the image.

    The distance is measured to the lesion's surface, that is to the edges of its voxels.

    Parameters
    ----------
    masks : dict
        By lesion number: a box of the image and the lesion's mask in it.
    shape : tuple of three int
        Of the image.
    spacing_mm : tuple of three float
        May differ between the axes.
    margin_mm : float
        Above 0, at most 50.
    overlap : bool
        Without it a voxel in reach of several lesions belongs to the nearest (at equal distance to the lower
        number), and to no lesion's margin where it is another lesion's own; with it every margin is complete.

    Returns
    -------
    dict
        As ``masks``, the boxes grown.

    Raises
    ------
    InputError
        If the margin is out of range.
    """
    check_margin(margin_mm)
    boxes = {n: _grown(box, shape, spacing_mm, margin_mm) for n, (box, _) in masks.items()}
    distances = {n: _distance_mm(*masks[n], boxes[n], spacing_mm, margin_mm) for n in masks}
    if not overlap:
        _share_out(boxes, distances)
    return {n: (boxes[n], distances[n] <= margin_mm + _ROUNDING_MM) for n in masks}


def check_margin(margin_mm: float) -> None:
    """Raise InputError unless the margin is above 0 and at most 50 mm."""
    # Written so that NaN fails too.
    if not 0 < margin_mm <= MAX_MARGIN_MM:
        raise InputError(f"A margin must be above 0 and at most {MAX_MARGIN_MM:g} mm, got {margin_mm:g}.")


def _grown(box: Box, shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], margin_mm: float) -> Box:
    reach = [int(margin_mm / step + 0.5 + _ROUNDING_MM) for step in spacing_mm]
    i, j, k = (
        slice(max(part.start - r, 0), min(part.stop + r, size)) for part, r, size in zip(box, reach, shape, strict=True)
    )
    return i, j, k


def _distance_mm(
    box: Box, mask: NDArray[np.bool_], onto: Box, spacing_mm: tuple[float, float, float], margin_mm: float
) -> NDArray[np.float64]:
    """Distance of each voxel centre of the box ``onto`` from the mask's voxels, exact up to ``margin_mm``.

    The square of a distance to a box is a sum over the axes, so its minimum is found axis by axis.
    """
    squares = np.full([part.stop - part.start for part in onto], np.inf)
    inner = tuple(slice(b.start - o.start, b.stop - o.start) for b, o in zip(box, onto, strict=True))
    squares[inner][mask] = 0.0
    for axis, step in enumerate(spacing_mm):
        before = np.moveaxis(squares, axis, 0)
        after = before.copy()
        for shift in range(1, min(int(margin_mm / step + 0.5 + _ROUNDING_MM), len(before) - 1) + 1):
            gap = ((shift - 0.5) * step) ** 2
            np.minimum(after[shift:], before[:-shift] + gap, out=after[shift:])
            np.minimum(after[:-shift], before[shift:] + gap, out=after[:-shift])
        squares = np.moveaxis(after, 0, axis)
    return np.sqrt(squares)


def _share_out(boxes: dict[int, Box], distances: dict[int, NDArray[np.float64]]) -> None:
    """Leave each voxel to the nearest lesion alone; at equal distance to the one that comes first."""
    # Full maps would be 300 MB each; only the part that holds lesions is looked at.
    low = [min((box[axis].start for box in boxes.values()), default=0) for axis in range(3)]
    high = [max((box[axis].stop for box in boxes.values()), default=0) for axis in range(3)]
    nearest = np.full([b - a for a, b in zip(low, high, strict=True)], np.inf, np.float32)
    owner = np.zeros(nearest.shape, np.int32)
    places = {
        n: tuple(slice(part.start - a, part.stop - a) for part, a in zip(box, low, strict=True))
        for n, box in boxes.items()
    }
    for n in sorted(boxes):
        closer = distances[n].astype(np.float32) < nearest[places[n]]
        nearest[places[n]][closer] = distances[n][closer]
        owner[places[n]][closer] = n
    for n, distance in distances.items():
        distance[owner[places[n]] != n] = np.inf
