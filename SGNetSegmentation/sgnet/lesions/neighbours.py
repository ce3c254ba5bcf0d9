"""What lies around each lesion: the nearest other one, and its share of the oedema."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from sgnet.geometry import Grid
from sgnet.lesions.components import label_components

# Looked up within some tens of milliseconds.
_PIECE_VOXELS = 20_000
_CORNERS = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))


def distances_mm(labels: NDArray[np.integer], grid: Grid) -> list[float | None]:
    """For each lesion the gap to the nearest other one, from outer voxel edge to outer voxel edge, in mm.

    Parameters
    ----------
    labels : ndarray of int, shape (I, J, K)
        Lesions 1..n, none missing.
    grid : Grid

    Returns
    -------
    list of float or None
        0 for lesions that touch, even at a corner; None for a lesion that is alone.

    Examples
    --------
    >>> distances_mm(np.array([1, 0, 0, 2]).reshape(4, 1, 1), Grid((4, 1, 1), np.eye(4)))
    [2.0, 2.0]
    """
    # Of two boxes of one lattice, a pair of corners is as near as any other pair of points.
    corners = [_corners_mm(surface, grid) for surface in _surfaces(labels)]
    trees = [cKDTree(one) for one in corners]
    low = np.array([one.min(axis=0) for one in corners]).reshape(-1, 3)
    high = np.array([one.max(axis=0) for one in corners]).reshape(-1, 3)
    best = [math.inf] * len(corners)
    for n in range(len(corners)):
        # The boxes around both cannot be nearer than the lesions within: the near ones first, the rest seldom.
        gaps = np.linalg.norm(np.maximum(0, np.maximum(low - high[n], low[n] - high)), axis=1)
        for other in np.argsort(gaps, kind="stable").tolist():
            if other == n:
                continue
            if gaps[other] >= best[n]:
                break
            small, large = sorted((n, other), key=lambda one: len(corners[one]))
            gap = float(trees[large].query(corners[small], distance_upper_bound=best[n] + 1e-9)[0].min())
            best[n], best[other] = min(best[n], gap), min(best[other], gap)
    # Rounding takes back what the affine added to a gap of nothing.
    return [None if math.isinf(gap) else round(gap, 6) for gap in best]


def oedema_ml(labels: NDArray[np.integer], whole: NDArray[np.bool_], grid: Grid) -> list[float]:
    """The oedema of each lesion, in ml: what of the whole-lesion mask is no core and nearest to this lesion.

    Oedema belongs to lesions it is connected with (26 neighbours); where several share it, each voxel
    goes to the nearest one, from centre to centre.

    Parameters
    ----------
    labels : ndarray of int, shape (I, J, K)
        Lesions 1..n, none missing.
    whole : ndarray of bool, same shape
    grid : Grid
    """
    steps = oedema_in_steps(labels, whole, grid)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: list[float] = end.value
            return found


def oedema_in_steps(
    labels: NDArray[np.integer], whole: NDArray[np.bool_], grid: Grid
) -> Generator[None, None, list[float]]:
    """:func:`oedema_ml`; yields every few ten thousand voxels."""
    surfaces = _surfaces(labels)
    yield
    voxels = np.zeros(len(surfaces) + 1, dtype=np.int64)
    components, _ = label_components(whole | (labels > 0))
    owners: dict[int, list[int]] = {}
    for number, surface in enumerate(surfaces, start=1):
        owners.setdefault(int(components[tuple(surface[0])]), []).append(number)
    for component, box in enumerate(ndimage.find_objects(components), start=1):
        sharing = owners.get(component, [])
        if box is None or not sharing:
            continue
        around = (components[box] == component) & (labels[box] == 0)
        if len(sharing) == 1:
            voxels[sharing[0]] += np.count_nonzero(around)
            continue
        centres = [grid.to_ras(surfaces[number - 1]) for number in sharing]
        tree = cKDTree(np.concatenate(centres))
        number_of = np.repeat(sharing, [len(one) for one in centres])
        here = np.argwhere(around) + [part.start for part in box]
        for start in range(0, len(here), _PIECE_VOXELS):
            nearest = tree.query(grid.to_ras(here[start : start + _PIECE_VOXELS]))[1]
            voxels += np.bincount(number_of[nearest], minlength=len(voxels))
            yield
    return (voxels[1:] * grid.voxel_volume_mm3 / 1000.0).tolist()


def _surfaces(labels: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """Indices, shape (N, 3), of the voxels of each lesion that have a face outside it."""
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        mask = labels[box] == number
        edge = mask & ~ndimage.binary_erosion(mask)
        found.append(np.argwhere(edge) + [part.start for part in box])
    return found


def _corners_mm(voxels: NDArray[np.intp], grid: Grid) -> NDArray[np.float64]:
    corners = np.unique((voxels[:, None, :] + _CORNERS[None]).reshape(-1, 3), axis=0)
    return grid.to_ras(corners)
