"""Surface of a lesion that is only known by its voxels.

The faces of voxels add up to one and a half times the surface of a ball, however fine they are. The
Cauchy-Crofton formula does not have this fault: the surface is four times the mean, over all
directions, of the area that straight lines find when they enter the body. Lines run along the 13
directions between neighbouring voxels, each weighted by the share of all directions nearest to it
(Lehmann and Legland, "Efficient N-dimensional surface estimation using Crofton formula and run-length
encoding", 2012); with other spacings than cubic ones the directions and weights are theirs.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_SAMPLES = 20_000


def surface_mm2(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> float:
    """Surface of a body in square mm, holes inside it included.

    A lesion of few voxels has no shape to speak of: below about 3 voxels in diameter the result is too
    small by up to a third; of the smallest on slices of 3 mm it errs by some 15 % either way.

    Parameters
    ----------
    mask : ndarray of bool, shape (I, J, K)
    spacing_mm : tuple of three float

    Examples
    --------
    >>> i, j, k = np.indices((25, 25, 25)) - 12
    >>> ball = i**2 + j**2 + k**2 <= 10**2
    >>> round(surface_mm2(ball, (1.0, 1.0, 1.0)) / (4 * math.pi * 10**2), 2)
    1.0
    """
    padded = np.pad(mask, 1)
    voxel_mm3 = float(np.prod(spacing_mm))
    total = 0.0
    for step, length_mm, weight in _directions(spacing_mm):
        entered = padded & ~np.roll(padded, step, axis=(0, 1, 2))
        total += weight * np.count_nonzero(entered) * voxel_mm3 / length_mm
    return float(4.0 * total)


def sphericity(volume_mm3: float, surface: float) -> float:
    """1 for a ball, less the more surface there is for the volume; never above 1.

    Examples
    --------
    >>> round(sphericity(1.0, 6.0), 3)  # a cube
    0.806
    """
    return min(1.0, (math.pi * (6.0 * volume_mm3) ** 2) ** (1 / 3) / surface)


@lru_cache(maxsize=16)
def _directions(spacing_mm: tuple[float, float, float]) -> tuple[tuple[tuple[int, int, int], float, float], ...]:
    """Each of the 13 steps with its length in mm and its share of the half sphere."""
    unit = (-1, 0, 1)
    steps = [(i, j, k) for i in unit for j in unit for k in unit if (i, j, k) > (0, 0, 0)]
    vectors = np.array(steps) * np.array(spacing_mm)
    lengths = np.linalg.norm(vectors, axis=1)
    # Points spread evenly over a sphere (a Fibonacci lattice), each given to the nearest direction.
    n = np.arange(_SAMPLES) + 0.5
    height, turn = 1 - 2 * n / _SAMPLES, math.pi * (1 + math.sqrt(5)) * n
    flat = np.sqrt(1 - height**2)
    sphere = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), height])
    nearest = np.abs(sphere @ (vectors / lengths[:, None]).T).argmax(axis=1)
    shares = np.bincount(nearest, minlength=len(steps)) / _SAMPLES
    return tuple(zip(steps, lengths.tolist(), shares.tolist(), strict=True))
