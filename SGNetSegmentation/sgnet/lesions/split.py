"""Lesions that grew into each other, taken apart at their necks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import Grid
from sgnet.lesions.components import NEIGHBOURS_26

# Two bodies are two lesions where the neck is narrower than this share of the thinner one. Two equal
# balls reach it when their centres lie 1.4 radii apart; an ellipsoid or a lobulated lesion does not.
NECK_SHARE = 0.7
# A body thinner than this is a bump on its neighbour.
_THINNEST_RADIUS_MM = 1.5
_LEVELS = 40


def split_touching(
    components: NDArray[np.int32], count: int, grid: Grid, min_volume_mm3: float
) -> tuple[NDArray[np.int32], int]:
    """Divide components where two cores clearly join, by a watershed on the distance to their surface.

    A component is divided into the bodies that remain when it is eroded to its neck, if the radius of
    the neck is below 0.7 of the radius of each of two bodies, and each of those is at least 1.5 mm in
    radius; every voxel goes to one of the bodies. It stays whole if any part were smaller than
    ``min_volume_mm3``. No voxel is lost.

    Parameters
    ----------
    components : ndarray of int32, shape (I, J, K)
        1..count; changed in place.
    count : int
    grid : Grid
    min_volume_mm3 : float

    Returns
    -------
    components : ndarray of int32
        The same array; a part keeps the component's number, the others get new ones.
    count : int
    """
    smallest = min_volume_mm3 / grid.voxel_volume_mm3 - 1e-3
    for number, box in enumerate(ndimage.find_objects(components), start=1):
        if box is None:
            continue
        mask = components[box] == number
        # A border, because what ends at the edge of the box has its surface there.
        depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=grid.spacing_mm)[1:-1, 1:-1, 1:-1]
        bodies = list(_bodies(mask, depth))
        if len(bodies) < 2:
            continue
        parts = _grow(bodies, mask, grid)
        if np.bincount(parts[mask])[1:].min() < smallest:
            continue
        for n in range(2, len(bodies) + 1):
            count += 1
            components[box][parts == n] = count
    return components, count


def _grow(bodies: list[tuple[NDArray[np.bool_], float]], mask: NDArray[np.bool_], grid: Grid) -> NDArray[np.int32]:
    """Every voxel of ``mask`` with the number (from 1) of the body that its surface is nearest to.

    A body is what is deeper than its neck; so the surface it had before lies that much farther out, and two balls
    are divided exactly in the circle in which they meet.
    """
    outside = [ndimage.distance_transform_edt(~body, sampling=grid.spacing_mm) - neck for body, neck in bodies]
    nearest = np.where(mask, np.argmin(outside, axis=0) + 1, 0)
    # What lies nearest to a body without being joined to it goes where its neighbours go.
    parts = np.zeros(mask.shape, np.int32)
    for n, (body, _) in enumerate(bodies, start=1):
        labels, _ = ndimage.label((nearest == n) | body, structure=NEIGHBOURS_26)
        parts[labels == labels[body][0]] = n
    around = ndimage.distance_transform_edt(
        parts == 0, sampling=grid.spacing_mm, return_distances=False, return_indices=True
    )
    return np.where(mask, parts[tuple(around)], 0)


def _bodies(
    mask: NDArray[np.bool_], depth: NDArray[np.float64], deeper_than: float = 0.0
) -> Iterator[tuple[NDArray[np.bool_], float]]:
    """The inner parts of the bodies of one connected mask, each with the depth in mm that all of it exceeds."""
    peak = float(depth[mask].max())
    for neck in np.linspace(0.0, peak * NECK_SHARE, _LEVELS):
        labels, count = ndimage.label(mask & (depth > neck), structure=NEIGHBOURS_26)
        if count < 2:
            continue
        peaks = ndimage.maximum(depth, labels, range(1, count + 1))
        needed = max(_THINNEST_RADIUS_MM, neck / NECK_SHARE)
        parts = [n for n, radius in enumerate(peaks, start=1) if radius >= needed]
        if len(parts) >= 2:
            for n in parts:
                yield from _bodies(labels == n, depth, float(neck))
            return
    yield mask, deeper_than
