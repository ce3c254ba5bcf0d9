"""Distances between the surfaces of two masks, weighted by area.

The definition is that of DeepMind's ``surface-distance`` package, the reference for HD95 and the
surface Dice: surface elements sit where the corners of voxels meet, with the area of the marching-
cubes triangles there. That package fails on NumPy 2 as soon as one mask is empty, so the few lines
are written here on a k-d tree, the table of areas is MONAI's, and a test holds them against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sgnet.lesions.components import bounding_box


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """Each surface element's distance to the other surface (mm) and area (mm2), nearest first."""

    from_first_mm: NDArray[np.float64]
    areas_first_mm2: NDArray[np.float64]
    from_second_mm: NDArray[np.float64]
    areas_second_mm2: NDArray[np.float64]

    def hausdorff_mm(self, percent: float) -> float:
        """The larger of the two directed distances within which ``percent`` of a surface's area lies."""
        return max(
            _percentile(self.from_first_mm, self.areas_first_mm2, percent),
            _percentile(self.from_second_mm, self.areas_second_mm2, percent),
        )

    def average_mm(self) -> float:
        """Average symmetric surface distance: the mean over the area of both surfaces together."""
        total = self.areas_first_mm2.sum() + self.areas_second_mm2.sum()
        weighted = self.from_first_mm @ self.areas_first_mm2 + self.from_second_mm @ self.areas_second_mm2
        return float(weighted / total)

    def surface_dice(self, tolerance_mm: float) -> float:
        """Share of both surfaces' area that lies within ``tolerance_mm`` of the other (NSD)."""
        total = self.areas_first_mm2.sum() + self.areas_second_mm2.sum()
        near = self.areas_first_mm2[self.from_first_mm <= tolerance_mm].sum()
        near += self.areas_second_mm2[self.from_second_mm <= tolerance_mm].sum()
        return float(near / total)


def surface_distances(
    first: NDArray[np.bool_], second: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> SurfaceDistances:
    """Measure two masks against each other.

    Parameters
    ----------
    first, second : ndarray of bool, shape (I, J, K)
        At least one voxel set in each: how an empty mask is judged is the caller's decision.
    spacing_mm : tuple of three float

    Examples
    --------
    >>> mask = np.zeros((4, 4, 8), dtype=bool)
    >>> mask[1:3, 1:3, 1:3] = True
    >>> surface_distances(mask, np.roll(mask, 2, axis=2), (1.0, 1.0, 1.0)).hausdorff_mm(95)
    2.0
    """
    points_first, areas_first = _surface(first, spacing_mm)
    points_second, areas_second = _surface(second, spacing_mm)
    from_first = cKDTree(points_second).query(points_first)[0]
    from_second = cKDTree(points_first).query(points_second)[0]
    order_first, order_second = np.argsort(from_first), np.argsort(from_second)
    return SurfaceDistances(
        from_first[order_first], areas_first[order_first], from_second[order_second], areas_second[order_second]
    )


def _percentile(distances_mm: NDArray[np.float64], areas_mm2: NDArray[np.float64], percent: float) -> float:
    share = np.cumsum(areas_mm2) / areas_mm2.sum()
    index = min(int(np.searchsorted(share, percent / 100.0)), len(distances_mm) - 1)
    return float(distances_mm[index])


def _surface(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions (N, 3) in mm and areas (N,) in mm2 of the voxel corners where the mask's surface passes."""
    box = bounding_box(mask)
    if box is None:
        raise ValueError("An empty mask has no surface.")
    padded = np.pad(mask[box], 1).astype(np.uint8)
    inner, outer = slice(None, -1), slice(1, None)
    codes = np.zeros([n - 1 for n in padded.shape], dtype=np.uint8)
    # One bit for each of the eight voxels around a corner, in the order of the table's kernel.
    for bit, (i, j, k) in enumerate(np.ndindex(2, 2, 2)):
        corner = padded[(inner, outer)[i], (inner, outer)[j], (inner, outer)[k]]
        codes |= corner << np.uint8(7 - bit)
    at = np.argwhere((codes != 0) & (codes != 255))
    first = np.array([part.start for part in box])
    return (at + first) * np.asarray(spacing_mm), _area_table(spacing_mm)[codes[tuple(at.T)]]


@lru_cache(maxsize=16)
def _area_table(spacing_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    """Area in mm2 of the surface inside a 2 x 2 x 2 neighbourhood, for each of its 256 codes."""
    from monai.metrics.utils import get_code_to_measure_table

    table, _kernel = get_code_to_measure_table(spacing_mm)  # type: ignore[no-untyped-call]
    return np.asarray(table, dtype=np.float64)
