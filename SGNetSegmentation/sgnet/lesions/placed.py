"""A mask in its own small box, and where the box lies: a lesion without the rest of the volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.lesions.components import Box, bounding_box
from sgnet.lesions.tracking import tracking_uid


@dataclass(frozen=True, eq=False)
class PlacedMask:
    """Some voxels of a large grid.

    Attributes
    ----------
    first_ijk : tuple of three int
        Index of ``mask[0, 0, 0]`` in the large grid.
    mask : ndarray of bool, shape (I, J, K)
        The box; it may have empty borders.

    Examples
    --------
    >>> one = PlacedMask((2, 0, 0), np.ones((2, 1, 1), bool))
    >>> other = PlacedMask((3, 0, 0), np.ones((2, 1, 1), bool))
    >>> one.voxels, one.shared_voxels(other), one.contains((2, 0, 0)), one.contains((4, 0, 0))
    (2, 1, True, False)
    """

    first_ijk: tuple[int, int, int]
    mask: NDArray[np.bool_]

    @property
    def voxels(self) -> int:
        """How many voxels are set."""
        return int(np.count_nonzero(self.mask))

    @property
    def box(self) -> Box:
        """The slices of the large grid that the mask covers."""
        i, j, k = (slice(first, first + n) for first, n in zip(self.first_ijk, self.mask.shape, strict=True))
        return i, j, k

    def contains(self, ijk: tuple[int, int, int]) -> bool:
        """Whether the voxel ``ijk`` of the large grid is set."""
        i, j, k = (index - first for index, first in zip(ijk, self.first_ijk, strict=True))
        inside = all(0 <= index < n for index, n in zip((i, j, k), self.mask.shape, strict=True))
        return inside and bool(self.mask[i, j, k])

    def shared_voxels(self, other: PlacedMask) -> int:
        """Voxels that are set in both."""
        common = [(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(self.box, other.box, strict=True)]
        if any(start >= stop for start, stop in common):
            return 0
        views = [
            one.mask[tuple(slice(s - f, e - f) for (s, e), f in zip(common, one.first_ijk, strict=True))]
            for one in (self, other)
        ]
        return int(np.count_nonzero(views[0] & views[1]))

    def trimmed(self) -> PlacedMask:
        """The same voxels in the smallest box; an empty mask stays as it is."""
        box = bounding_box(self.mask)
        if box is None:
            return self
        i, j, k = (first + part.start for first, part in zip(self.first_ijk, box, strict=True))
        return PlacedMask((i, j, k), self.mask[box])

    def tracking_uid(self, shape: tuple[int, int, int]) -> str:
        """The :func:`~sgnet.lesions.tracking.tracking_uid` of the voxels in a large grid of ``shape``."""
        indices = np.argwhere(self.mask) + self.first_ijk
        # argwhere goes through the mask in C order, and so through the large grid.
        return tracking_uid(np.ravel_multi_index(tuple(indices.T), shape), shape)
