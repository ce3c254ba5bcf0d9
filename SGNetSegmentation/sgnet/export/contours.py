"""Closed contours of a mask, slice by slice, along the edges of its voxels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sgnet.lesions.outline import outlines

Polygon = NDArray[np.float64]
"""Corners (i, j) of a closed polygon, shape (N, 2), the first not repeated; voxel centres at whole numbers."""


def slice_contours(mask: NDArray[np.bool_], keyhole: bool = False) -> Iterator[tuple[int, Polygon]]:
    """Polygons of each slice along K that enclose exactly the voxels of ``mask``, by the even-odd rule.

    Parameters
    ----------
    mask : ndarray of bool, shape (I, J, K)
    keyhole : bool
        A hole is a polygon of its own (XOR with the outer one), or with ``keyhole`` joined to the
        polygon around it by a channel of no width.

    Yields
    ------
    k : int
    polygon : ndarray of float64, shape (N, 2), N >= 4

    Examples
    --------
    >>> mask = np.ones((2, 1, 1), dtype=bool)
    >>> [(k, polygon.tolist()) for k, polygon in slice_contours(mask)]
    [(0, [[-0.5, -0.5], [-0.5, 0.5], [1.5, 0.5], [1.5, -0.5]])]
    """
    for k in np.flatnonzero(mask.any(axis=(0, 1))).tolist():
        polygons = [closed[:-1] for closed in outlines(mask[:, :, k])]
        for polygon in join_holes(polygons) if keyhole else polygons:
            yield k, polygon


def join_holes(polygons: list[Polygon]) -> list[Polygon]:
    """Each hole joined to the polygon that is met first on the way up from it.

    The way runs a quarter of a voxel beside the hole's top left corner: straight through mask, past
    no corner and no voxel centre.

    Parameters
    ----------
    polygons : list of ndarray
        As :func:`sgnet.lesions.outline.outlines` gives them: holes run against the others.
    """
    joined = {n: polygon for n, polygon in enumerate(polygons) if _area(polygon) > 0}
    holes = [polygon for polygon in polygons if _area(polygon) < 0]
    # From the top: whatever lies above a hole has already been joined.
    for hole in sorted(holes, key=lambda one: float(one[:, 0].min())):
        top = float(hole[:, 0].min())
        at_top = np.flatnonzero(hole[:, 0] == top)
        first = int(at_top[np.argmin(hole[at_top, 1])])
        column = float(hole[first, 1]) + 0.25
        n, edge, row = _first_above(joined, top, column)
        # A hole is run leftwards along its top: from the channel to the left corner, and back to the right one.
        turned = np.roll(hole, -first, axis=0)
        door = [[row, column], [top, column]]
        outer = joined[n]
        joined[n] = np.concatenate([outer[: edge + 1], door, turned, door[::-1], outer[edge + 1 :]])
    return list(joined.values())


def _first_above(polygons: dict[int, Polygon], top: float, column: float) -> tuple[int, int, float]:
    """Which polygon has the lowest edge above ``top`` at ``column``: (its key, the edge's index, its row)."""
    best = (-1, -1, -np.inf)
    for n, polygon in polygons.items():
        after = np.roll(polygon, -1, axis=0)
        low, high = np.minimum(polygon[:, 1], after[:, 1]), np.maximum(polygon[:, 1], after[:, 1])
        crosses = (polygon[:, 0] == after[:, 0]) & (low < column) & (column < high) & (polygon[:, 0] < top)
        for edge in np.flatnonzero(crosses).tolist():
            if polygon[edge, 0] > best[2]:
                best = (n, edge, float(polygon[edge, 0]))
    return best


def _area(polygon: Polygon) -> float:
    """Signed area in voxels: positive for an outer polygon of :func:`sgnet.lesions.outline.outlines`."""
    after = np.roll(polygon, -1, axis=0)
    return 0.5 * float(np.sum(polygon[:, 1] * after[:, 0] - after[:, 1] * polygon[:, 0]))
