"""Size, place and probability of one lesion on its native grid.

Diameters follow RANO-BM: the longest diameter within one slice of the native plane nearest to
axial, and the longest chord perpendicular to it in the same slice. Both run to the outer edges of
the voxels, not to their centres; centres would make every lesion one voxel too small, which is
most of a 2 mm metastasis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from sgnet.geometry import Grid
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.surface import sphericity, surface_mm2

# Pairs of hull corners this close to the longest one count as equally long. The one with the
# longer perpendicular is taken, so that a flipped file gives the same pair of numbers.
_TIE_MM = 1e-6


@dataclass(frozen=True)
class AxialDiameters:
    """The RANO-BM pair, and the slice (index along :func:`axial_axis`) in which it lies."""

    longest_mm: float
    perpendicular_mm: float
    slice_index: int


def axial_axis(grid: Grid) -> int:
    """The array axis nearest to the patient's head-foot axis: its slices are the "axial" ones.

    Examples
    --------
    >>> axial_axis(Grid((4, 4, 4), np.eye(4)))
    2
    >>> axial_axis(Grid((4, 4, 4), np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])))
    1
    """
    return int(np.argmax(np.abs(grid.direction[2])))


def measure_lesion(
    mask: NDArray[np.bool_], core_probability: NDArray[np.floating], grid: Grid, confidence: Confidence = AS_PEAK
) -> Lesion:
    """Everything that can be known of one lesion by itself; ``number`` is 1 until the caller renumbers it.

    Parameters
    ----------
    mask : ndarray of bool, shape (I, J, K) = ``grid.shape``
        At least one voxel set. Give the lesion's bounding box, not the whole volume.
    core_probability : ndarray of float, same shape
    grid : Grid
        Of the box.
    confidence : Confidence, optional
        The model's; without one the confidence is the peak probability.

    Examples
    --------
    >>> lesion = measure_lesion(np.ones((3, 1, 1), dtype=bool), np.full((3, 1, 1), 0.75), Grid((3, 1, 1), np.eye(4)))
    >>> round(lesion.longest_axial_diameter_mm, 3), lesion.centroid_ras_mm, lesion.mean_probability
    (3.162, (1.0, 0.0, 0.0), 0.75)
    """
    voxels = np.argwhere(mask)
    right, anterior, superior = grid.to_ras([voxels.mean(axis=0)])[0]
    inside = core_probability[mask].astype(np.float64)
    diameters = axial_diameters(mask, grid)
    volume_mm3 = len(voxels) * grid.voxel_volume_mm3
    surface = surface_mm2(mask, grid.spacing_mm)
    return Lesion(
        number=1,
        volume_ml=volume_mm3 / 1000.0,
        longest_axial_diameter_mm=diameters.longest_mm,
        perpendicular_diameter_mm=diameters.perpendicular_mm,
        longest_diameter_mm=longest_diameter_mm(mask, grid),
        centroid_ras_mm=(float(right), float(anterior), float(superior)),
        mean_probability=float(inside.mean()),
        peak_probability=float(inside.max()),
        confidence=confidence.of(mask, core_probability, grid),
        surface_mm2=surface,
        sphericity=sphericity(volume_mm3, surface),
    )


def axial_diameters(mask: NDArray[np.bool_], grid: Grid) -> AxialDiameters:
    """The longest diameter over all axial slices and its perpendicular in that slice.

    A slice's diameter is that of the convex hull of all its voxels, so that it bridges a notch, a
    ring's centre, or two parts that join in a neighbouring slice.

    Parameters
    ----------
    mask : ndarray of bool, shape (I, J, K) = ``grid.shape``
        At least one voxel set.

    Examples
    --------
    >>> axial_diameters(np.ones((3, 4, 1), dtype=bool), Grid((3, 4, 1), np.eye(4)))
    AxialDiameters(longest_mm=5.0, perpendicular_mm=3.75, slice_index=0)
    """
    axis = axial_axis(grid)
    in_plane = grid.affine_ijk_to_ras[:3, [other for other in range(3) if other != axis]]
    # R maps steps along the two in-plane axes to flat coordinates in mm, exact for tilted axes too.
    to_plane_mm = np.linalg.qr(in_plane)[1]
    slices = np.moveaxis(mask, axis, 0)
    found: list[tuple[float, float, int]] = []
    for index in np.flatnonzero(slices.any(axis=(1, 2))).tolist():
        hull = _hull(_corners(slices[index]) @ to_plane_mm.T)
        longest, perpendicular = _longest_and_perpendicular(hull)
        # Rounding keeps noise in the last digit from choosing between equal slices.
        found.append((round(longest, 6), round(perpendicular, 6), -index))
    best = max(found)
    return AxialDiameters(best[0], best[1], -best[2])


def longest_diameter_mm(mask: NDArray[np.bool_], grid: Grid) -> float:
    """The longest distance between two voxel corners of the lesion, in three dimensions.

    Examples
    --------
    >>> longest_diameter_mm(np.ones((2, 3, 6), dtype=bool), Grid((2, 3, 6), np.eye(4)))
    7.0
    """
    corners = _corners(mask) @ grid.affine_ijk_to_ras[:3, :3].T
    return round(float(pdist(_hull(corners)).max()), 6)


def _corners(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Corners of the outermost voxels of each row along the last axis, in voxel units, (N, ndim)."""
    rows = np.argwhere(mask.any(axis=-1))
    lines = mask[tuple(rows.T)]
    first = lines.argmax(axis=1)
    last = mask.shape[-1] - 1 - lines[:, ::-1].argmax(axis=1)
    ends = np.concatenate([np.column_stack([rows, first - 0.5]), np.column_stack([rows, last + 0.5])])
    sides = np.array(np.meshgrid(*[[-0.5, 0.5]] * (mask.ndim - 1))).reshape(mask.ndim - 1, -1).T
    offsets = np.column_stack([sides, np.zeros(len(sides))])
    return np.asarray((ends[:, None, :] + offsets[None, :, :]).reshape(-1, mask.ndim), dtype=np.float64)


def _hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    # Voxel corners always span the space, so the hull is never degenerate.
    return np.asarray(points[ConvexHull(points).vertices], dtype=np.float64)


def _longest_and_perpendicular(hull: NDArray[np.float64]) -> tuple[float, float]:
    first, second = np.triu_indices(len(hull), k=1)
    steps = hull[second] - hull[first]
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    longest = float(lengths.max())
    equal = lengths >= longest - _TIE_MM
    return longest, max(_longest_perpendicular(hull, step) for step in steps[equal])


def _longest_perpendicular(hull: NDArray[np.float64], along: NDArray[np.float64]) -> float:
    """The longest chord of a convex polygon perpendicular to its diameter ``along``.

    The chord's length is a concave, piecewise linear function of its place along the diameter with
    kinks at the polygon's corners, so its maximum lies at a corner: no angle needs to be searched.
    """
    unit = along / np.hypot(*along)
    place, height = hull @ unit, hull @ np.array([-unit[1], unit[0]])
    start, end = int(np.argmin(place)), int(np.argmax(place))
    one = _chain(start, end, len(hull))
    other = _chain(end, start, len(hull))[::-1]
    gap = np.interp(place, place[one], height[one]) - np.interp(place, place[other], height[other])
    return float(np.abs(gap).max())


def _chain(start: int, end: int, size: int) -> NDArray[np.intp]:
    return np.arange(start, end + 1 if end >= start else end + size + 1) % size
