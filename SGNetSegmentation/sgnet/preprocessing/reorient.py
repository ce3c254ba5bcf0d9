"""Reorientation without interpolation: permute, flip and crop, with its exact inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgnet.geometry import Grid

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Reorientation:
    """A crop, then a permutation of the axes, then flips.

    Attributes
    ----------
    native_shape : tuple of three int
    first, last : tuple of three int
        The crop: first and one-past-last native index along (I, J, K).
    axes : tuple of three int
        ``axes[n]`` is the native axis that becomes axis n.
    flips : tuple of three bool
        Whether axis n, after permuting, is reversed.
    """

    native_shape: tuple[int, int, int]
    first: tuple[int, int, int]
    last: tuple[int, int, int]
    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    @classmethod
    def to_ras(cls, native: Grid, first: ArrayLike, last: ArrayLike) -> Reorientation:
        """The one that brings the crop [first, last) of ``native`` nearest to the axes +R, +A, +S.

        Raises
        ------
        ValueError
            If two native axes are nearest to the same patient axis (an oblique grid).

        Examples
        --------
        >>> lps = Grid((4, 2, 2), np.diag([-1.0, -1.0, 1.0, 1.0]))
        >>> Reorientation.to_ras(lps, (1, 0, 0), (4, 2, 2)).flips
        (True, True, False)
        """
        nearest = np.abs(native.direction).argmax(axis=0)
        if sorted(nearest.tolist()) != [0, 1, 2]:
            raise ValueError("an oblique grid cannot be brought to RAS by permuting its axes")
        axes = np.argsort(nearest)
        flips = [bool(native.direction[world, axis] < 0) for world, axis in enumerate(axes)]
        return cls(
            native.shape,
            _three(np.asarray(first)),
            _three(np.asarray(last)),
            _three(axes),
            (flips[0], flips[1], flips[2]),
        )

    def apply(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """The crop of ``array``, shape ``native_shape``, in the new orientation."""
        crop = array[tuple(slice(a, b) for a, b in zip(self.first, self.last, strict=True))]
        return np.ascontiguousarray(np.flip(crop.transpose(self.axes), self._flipped))

    def invert(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """``array`` put back into its native place; 0 outside the crop."""
        native = np.zeros(self.native_shape, array.dtype)
        crop = np.flip(array, self._flipped).transpose(np.argsort(self.axes))
        native[tuple(slice(a, b) for a, b in zip(self.first, self.last, strict=True))] = crop
        return native

    def grid(self, native: Grid) -> Grid:
        """The grid of what :meth:`apply` returns."""
        shape = [self.last[axis] - self.first[axis] for axis in self.axes]
        corner = [0, 0, 0]
        columns = native.affine_ijk_to_ras[:3, :3][:, self.axes].copy()
        for n, (axis, flip) in enumerate(zip(self.axes, self.flips, strict=True)):
            corner[axis] = self.last[axis] - 1 if flip else self.first[axis]
            if flip:
                columns[:, n] *= -1
        affine = np.eye(4)
        affine[:3, :3] = columns
        affine[:3, 3] = native.to_ras([corner])[0]
        return Grid((shape[0], shape[1], shape[2]), affine)

    @property
    def _flipped(self) -> tuple[int, ...]:
        return tuple(n for n, flip in enumerate(self.flips) if flip)


def _three(values: NDArray[np.generic]) -> tuple[int, int, int]:
    i, j, k = (int(v) for v in values)
    return i, j, k
