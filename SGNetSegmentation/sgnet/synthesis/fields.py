"""Smooth random fields and separable resampling, the fast primitives under every ingredient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def linear_matrix(positions: NDArray[np.floating], length: int) -> NDArray[np.float32]:
    """Matrix (len(positions), length) that samples a 1D signal linearly at ``positions``, edges repeated."""
    clipped = np.clip(positions, 0, length - 1)
    lower = np.minimum(np.floor(clipped).astype(int), max(length - 2, 0))
    weight = (clipped - lower).astype(np.float32)
    matrix = np.zeros((len(clipped), length), np.float32)
    rows = np.arange(len(clipped))
    matrix[rows, lower] += 1 - weight
    matrix[rows, np.minimum(lower + 1, length - 1)] += weight
    return matrix


def apply_along(array: NDArray[np.float32], matrix: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Multiply ``matrix`` (M, N) onto axis ``axis`` (length N) of a 3D array."""
    moved = np.tensordot(matrix, array, axes=(1, axis))
    return np.ascontiguousarray(np.moveaxis(moved, 0, axis), dtype=np.float32)


def upsample(coarse: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Stretch a coarse 3D array linearly so that its corner values lie on the corners of ``shape``."""
    for axis, length in enumerate(shape):
        positions = np.linspace(0, coarse.shape[axis] - 1, length)
        coarse = apply_along(coarse, linear_matrix(positions, coarse.shape[axis]), axis)
    return coarse


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> NDArray[np.float32]:
    """Gaussian noise of about unit SD that varies over ``scale`` voxels, shape ``shape``, float32."""
    coarse_shape = [max(2, int(np.ceil(n / scale)) + 1) for n in shape]
    coarse = rng.standard_normal(coarse_shape, dtype=np.float32)
    # Linear interpolation between unit normals averages the variance down to (2/3)^3.
    return upsample(coarse, shape) * np.float32(1.5**1.5)


def blur(array: NDArray[np.float32], sigma: float | tuple[float, float, float]) -> NDArray[np.float32]:
    """Gaussian blur in voxels, cut at three SD."""
    return ndimage.gaussian_filter(array, sigma, truncate=3.0, mode="nearest")
