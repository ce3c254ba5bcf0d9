"""Which voxels belong to the head (or to the brain, where the skull was removed)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# Decisions and with-skull masks are made on a grid subsampled to about this many voxels: a head of
# 240 mm at 2 mm. It keeps a 0.5 mm scan as quick as a 1 mm one.
_COARSE_VOXELS = 1_500_000


def background_value(array: NDArray[np.generic]) -> float | None:
    """The one exact value that surrounds the head, or None where air carries noise (skull in place).

    Brain extraction writes one constant outside the brain: mostly 0, but -3.16 in a scan that was
    z-scored after it. A scan with its skull may hold many exact zeros too, for instance beyond the
    scanner's field of view; there, what is not zero is not yet the head. Three things must hold:
    the value fills a good part of the volume's faces; the remaining voxels form one compact piece
    with next to nothing strewn around it; and the outer shell of that piece varies as tissue does,
    not as faint air.

    Parameters
    ----------
    array : ndarray, shape (I, J, K)
    """
    coarse = array[_strides(array.shape)]
    faces = np.concatenate([face.ravel() for axis in range(3) for face in _faces(coarse, axis)])
    values, counts = np.unique(faces, return_counts=True)
    value = values[counts.argmax()]
    if counts.max() < 0.3 * faces.size:
        return None
    rest = coarse != value
    if rest.sum() < 50 or rest.mean() > 0.98:
        return None
    piece = _largest(ndimage.binary_opening(rest))
    if piece.sum() < 0.5 * rest.sum():
        return None
    around = ndimage.binary_dilation(piece, iterations=2)
    if (rest & ~around).sum() > 0.02 * (~around).sum():
        return None
    filled = _fill(rest)
    shell = coarse[filled & ~ndimage.binary_erosion(filled, border_value=1) & rest]
    low, q1, q3, high = (float(q) for q in _spread(coarse[rest], shell))
    if high <= low or q3 - q1 >= 0.02 * (high - low):
        return float(value)
    return None


def head_mask(array: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mask of the head, or of the brain where the skull was removed; same shape as ``array``.

    Where one constant value surrounds the head, the mask is all that differs from it. Otherwise an
    Otsu threshold separates head from air on a smoothed, coarser copy. In both cases enclosed holes
    are filled, and of the second only the largest piece is kept. A constant volume gives an empty mask.

    Parameters
    ----------
    array : ndarray, shape (I, J, K)
        Finite, any real dtype.

    Returns
    -------
    mask : ndarray of bool, shape (I, J, K)
    """
    value = background_value(array)
    if value is not None:
        return _fill(array != value)
    steps = _strides(array.shape)
    coarse = array[steps].astype(np.float32)
    low, high = np.percentile(coarse, [1, 99])
    if high <= low:
        return np.zeros(array.shape, np.bool_)
    smooth = ndimage.gaussian_filter(np.clip(coarse, low, high), 1.0)
    # Head against air is a matter of ratios: without the root, bright fat alone would be the upper class.
    root = np.sqrt(smooth - low)
    mask = _largest(ndimage.binary_opening(root > _otsu(root)))
    mask = _fill(ndimage.binary_closing(np.pad(mask, 3), iterations=3)[3:-3, 3:-3, 3:-3] | mask)
    full = mask
    for axis, step in enumerate(steps):
        full = np.repeat(full, step.step, axis=axis)
    return np.ascontiguousarray(full[tuple(slice(n) for n in array.shape)])


def _strides(shape: tuple[int, ...]) -> tuple[slice, slice, slice]:
    # Thin slices are many slices: halving the longest axis first keeps voxels about as cubic as they can be.
    steps = [1, 1, 1]
    while np.prod([np.ceil(n / s) for n, s in zip(shape, steps, strict=True)]) > _COARSE_VOXELS:
        longest = int(np.argmax([n / s for n, s in zip(shape, steps, strict=True)]))
        steps[longest] += 1
    return slice(None, None, steps[0]), slice(None, None, steps[1]), slice(None, None, steps[2])


def _faces(array: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[Any]]:
    return array.take(0, axis), array.take(-1, axis)


def _spread(inside: NDArray[Any], shell: NDArray[Any]) -> list[float]:
    low, high = np.percentile(inside, [1, 99])
    q1, q3 = np.percentile(shell, [25, 75]) if shell.size else (low, high)
    return [float(low), float(q1), float(q3), float(high)]


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def _fill(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Adds to ``mask`` every hole that does not reach the faces of the volume."""
    labels, count = ndimage.label(~mask)
    open_air = np.zeros(count + 1, np.bool_)
    for axis in range(3):
        for face in _faces(labels, axis):
            open_air[np.unique(face)] = True
    open_air[0] = False
    return np.asarray(~open_air[labels])


def _otsu(values: NDArray[np.floating]) -> float:
    """The threshold that maximises the variance between the two classes (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts).astype(np.float64)
    above = below[-1] - below
    total = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = total / below - (total[-1] - total) / above
        variance = np.nan_to_num(below * above * gap**2)
    return float(centres[variance.argmax()])
