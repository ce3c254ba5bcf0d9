"""An image on a coarser grid: each voxel the mean of a block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def blocks(array: NDArray[np.generic], scale: int) -> NDArray[np.generic]:
    """The last three axes cut into blocks: shape (..., X', scale, Y', scale, Z', scale), zeros beyond the array."""
    missing = [-n % scale for n in array.shape[-3:]]
    padded = np.pad(array, [(0, 0)] * (array.ndim - 3) + [(0, n) for n in missing]) if any(missing) else array
    *others, x, y, z = padded.shape
    return padded.reshape(*others, x // scale, scale, y // scale, scale, z // scale, scale)


def shrink(image: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """``image``, shape (C, X, Y, Z), with each ``scale`` x ``scale`` x ``scale`` block made one voxel, its mean."""
    if scale == 1:
        return image
    means: NDArray[np.float32] = blocks(image, scale).mean(axis=(-5, -3, -1), dtype=np.float32)
    return means


def repeat(array: NDArray[np.float32], scale: int, size: tuple[int, ...]) -> NDArray[np.float32]:
    """The inverse for values that must not be blended: each voxel of (X', Y', Z') a block, cut to ``size``."""
    for axis in range(3):
        array = np.repeat(array, scale, axis)
    return np.ascontiguousarray(array[: size[0], : size[1], : size[2]])
