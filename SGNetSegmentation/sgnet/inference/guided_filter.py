"""Log odds that follow the edges of the images: the guided filter (He, Sun, Tang, IEEE TPAMI 35:1397, 2013).

The network decides on cells of 2 mm, and what it says in between is interpolated, so that a small lesion's outline is a
blurred one. The images know better where an edge runs: in every window of a few millimetres the log odds are replaced
by what is linear in T1ce and FLAIR and comes closest to them. The filter belongs to a model as its temperatures do, and
stands in its ``config.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.errors import ModelError
from sgnet.lesions.weights import read_weights

Array = NDArray[np.float32]
GUIDES = 2
"""How many images guide."""
_SLAB = 16
"""Planes that are filtered at a time, so that what is computed of them stays in the processor's cache."""


@dataclass(frozen=True)
class GuidedFilter:
    """The window and how much contrast it takes; by default nothing is filtered, as for models that name none.

    Attributes
    ----------
    radius : int
        Of the cubic window, in voxels: 1 for 3 x 3 x 3. With 0 there is no filter.
    regularisation : float
        The variance of an image, in [0, 1] of its intensity range squared, below which it counts as flat.
    """

    radius: int = 0
    regularisation: float = 0.001

    def apply(self, log_odds: Array, image: Array) -> Array:
        """``log_odds`` with the edges of ``image``.

        Parameters
        ----------
        log_odds : ndarray of float32, shape (C, X, Y, Z)
            Each filtered by itself.
        image : ndarray of float32 in [0, 1], shape (2, X, Y, Z)
            Two guides; one that is the same everywhere, as a FLAIR that is missing, guides nothing.

        Returns
        -------
        ndarray of float32, shape (C, X, Y, Z)

        Examples
        --------
        >>> edge = np.repeat([0, 0, 0, 1, 1, 1], 36).reshape(6, 6, 6).astype(np.float32)
        >>> blurred = np.repeat([-4, -3, -1, 1, 3, 4], 36).reshape(1, 6, 6, 6).astype(np.float32)
        >>> GuidedFilter(1).apply(blurred, np.stack([edge, 0 * edge]))[0, :, 2, 2].astype(float).round(1).tolist()
        [-3.4, -2.8, -1.9, 1.9, 2.8, 3.4]
        """
        if self.radius == 0:
            return log_odds
        if len(image) != GUIDES:
            raise ValueError(f"{GUIDES} images guide, got {len(image)}")
        reach = 2 * self.radius
        padded = [np.pad(one, reach, mode="edge") for one in (*log_odds, *image)]
        result = np.empty_like(log_odds)
        planes = log_odds.shape[1]
        for start in range(0, planes, _SLAB):
            stop = min(start + _SLAB, planes)
            *wanted, first, second = (one[start : stop + 2 * reach] for one in padded)
            for channel, one in enumerate(self._filtered(wanted, first, second)):
                result[channel, start:stop] = one
        return result

    def _filtered(self, wanted: list[Array], first: Array, second: Array) -> list[Array]:
        """Smaller by twice the radius at either end of every axis."""
        mean_1, mean_2 = self._mean(first), self._mean(second)
        variance_1 = self._mean(first * first) - mean_1 * mean_1 + np.float32(self.regularisation)
        variance_2 = self._mean(second * second) - mean_2 * mean_2 + np.float32(self.regularisation)
        covariance = self._mean(first * second) - mean_1 * mean_2
        determinant = variance_1 * variance_2 - covariance * covariance
        inner = (slice(2 * self.radius, -2 * self.radius),) * 3
        results = []
        for one in wanted:
            mean = self._mean(one)
            with_1 = self._mean(one * first) - mean * mean_1
            with_2 = self._mean(one * second) - mean * mean_2
            slope_1 = (with_1 * variance_2 - with_2 * covariance) / determinant
            slope_2 = (with_2 * variance_1 - with_1 * covariance) / determinant
            level = self._mean(mean - slope_1 * mean_1 - slope_2 * mean_2)
            results.append(level + self._mean(slope_1) * first[inner] + self._mean(slope_2) * second[inner])
        return results

    def _mean(self, array: Array) -> Array:
        """Over the window around every voxel that has a whole one."""
        width = 2 * self.radius + 1
        for axis in range(3):
            size = array.shape[axis] - width + 1
            parts = [array[(slice(None),) * axis + (slice(n, n + size),)] for n in range(width)]
            array = sum(parts[1:], start=parts[0])
        return array / np.float32(width**3)

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> GuidedFilter:
        """The inverse of :meth:`to_dict`; no filter for None. Raises ModelError for anything else."""
        if values is None:
            return cls()
        found = read_weights([item.name for item in fields(cls)], values, "guided filter")
        radius, regularisation = found["radius"], found["regularisation"]
        if not (radius == int(radius) and radius >= 0 and regularisation > 0):
            raise ModelError(
                "The guided filter of a model cannot be read: "
                "its radius must be a whole number from 0 on, and its regularisation above 0."
            )
        return cls(int(radius), regularisation)
