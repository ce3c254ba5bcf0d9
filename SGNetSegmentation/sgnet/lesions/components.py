"""Connected components and their boxes, on the smallest part of the volume that holds anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice, slice]

NEIGHBOURS_26 = np.ones((3, 3, 3), dtype=bool)


def bounding_box(mask: NDArray[np.bool_]) -> Box | None:
    """The smallest box that holds every set voxel.

    Returns
    -------
    tuple of three slices, or None if no voxel is set

    Examples
    --------
    >>> mask = np.zeros((4, 4, 4), dtype=bool)
    >>> mask[1, 2, 3] = True
    >>> bounding_box(mask)
    (slice(1, 2, None), slice(2, 3, None), slice(3, 4, None))
    """
    slices = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        hit = np.flatnonzero(mask.any(axis=others))
        if hit.size == 0:
            return None
        slices.append(slice(int(hit[0]), int(hit[-1]) + 1))
    i, j, k = slices
    return i, j, k


def within(outer: Box, inner: Box) -> Box:
    """A box that is given in the indices of another one, in those of the whole volume.

    Examples
    --------
    >>> within((slice(5, 9), slice(0, 4), slice(2, 4)), (slice(1, 2), slice(0, 4), slice(1, 2)))
    (slice(6, 7, None), slice(0, 4, None), slice(3, 4, None))
    """
    i, j, k = (slice(a.start + b.start, a.start + b.stop) for a, b in zip(outer, inner, strict=True))
    return i, j, k


def label_components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """26-connected components, numbered 1..n in scan order.

    Parameters
    ----------
    mask : ndarray of bool, shape (I, J, K)

    Returns
    -------
    labels : ndarray of int32, same shape; 0 is background
    count : int

    Examples
    --------
    >>> mask = np.zeros((3, 3, 3), dtype=bool)
    >>> mask[0, 0, 0] = mask[1, 1, 1] = True
    >>> label_components(mask)[1]
    1
    """
    # Here, because a bounding box alone is wanted where SciPy must not be loaded yet: in the Slicer module.
    from scipy import ndimage

    labels = np.zeros(mask.shape, dtype=np.int32)
    # Only the occupied box is labelled: metastases fill a small part of a 512 x 512 x 300 scan.
    box = bounding_box(mask)
    if box is None:
        return labels, 0
    count = int(ndimage.label(mask[box], structure=NEIGHBOURS_26, output=labels[box]))
    return labels, count
