"""Which lesions of one label map overlap which of another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def overlap_voxels(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.int64]:
    """Voxels shared by each pair of labels of two label maps.

    Parameters
    ----------
    first, second : ndarray of int, same shape
        0 is background; labels 1..n and 1..m.

    Returns
    -------
    ndarray of int64, shape (n, m)
        Entry (a, b): voxels that are ``a + 1`` in ``first`` and ``b + 1`` in ``second``.

    Examples
    --------
    >>> overlap_voxels(np.array([1, 1, 2, 0]), np.array([0, 1, 1, 2]))
    array([[1, 0],
           [1, 0]])
    """
    rows, columns = int(first.max(initial=0)), int(second.max(initial=0))
    both = (first > 0) & (second > 0)
    index = (first[both].astype(np.int64) - 1) * columns + (second[both].astype(np.int64) - 1)
    return np.bincount(index, minlength=rows * columns).astype(np.int64).reshape(rows, columns)
