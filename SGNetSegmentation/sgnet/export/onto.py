"""A label map carried onto the grid of a DICOM series, lesion by lesion accounted for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.lesions.components import bounding_box

# Headers round positions to a few decimals: this share of a voxel moves no centre into another voxel.
_SAME_LATTICE = 0.02


def same_lattice(one: Grid, other: Grid) -> bool:
    """Whether the voxels of both grids coincide where they overlap, in whatever order they are stored.

    Examples
    --------
    >>> flipped = Grid((4, 4, 4), np.array([[-1.0, 0, 0, 3], [0, 1, 0, 0], [0, 0, 1, 5], [0, 0, 0, 1]]))
    >>> same_lattice(Grid((4, 4, 4), np.eye(4)), flipped)
    True
    >>> same_lattice(Grid((4, 4, 4), np.eye(4)), Grid((4, 4, 4), np.diag([1.0, 1.0, 2.0, 1.0])))
    False
    """
    steps = np.linalg.inv(one.affine_ijk_to_ras) @ other.affine_ijk_to_ras
    turn = np.rint(steps[:3, :3])
    # Over the whole extent, because a small error of the step adds up.
    drift = np.abs(steps[:3, :3] - turn) @ np.array(other.shape) + np.abs(steps[:3, 3] - np.rint(steps[:3, 3]))
    return bool((np.abs(turn).sum(axis=0) == 1).all() and (np.abs(turn).sum(axis=1) == 1).all()) and bool(
        drift.max() <= _SAME_LATTICE
    )


def labels_onto(labels: Volume, grid: Grid) -> NDArray[np.uint16]:
    """Each voxel of ``grid`` gets the label in which its centre lies; exact where the lattices coincide.

    Parameters
    ----------
    labels : Volume
        Whole numbers from 0 to 65535.
    grid : Grid

    Returns
    -------
    ndarray of uint16, shape ``grid.shape``

    Raises
    ------
    InputError
        If the label map holds lesions but none of them lies on ``grid``.

    Examples
    --------
    >>> fine = Volume(np.array([0, 1, 1, 2]).reshape(4, 1, 1), Grid((4, 1, 1), np.eye(4)))
    >>> labels_onto(fine, Grid((2, 1, 1), np.diag([2.0, 1.0, 1.0, 1.0]))).ravel().tolist()
    [0, 1]
    """
    result = np.zeros(grid.shape, np.uint16)
    box = bounding_box(labels.array != 0)
    if box is None:
        return result
    low = np.array([part.start for part in box]) - 0.5
    high = np.array([part.stop for part in box]) - 0.5
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (high - low) + low
    there = grid.to_ijk(labels.grid.to_ras(corners))
    first = np.clip(np.floor(there.min(axis=0)).astype(int), 0, grid.shape)
    last = np.clip(np.ceil(there.max(axis=0)).astype(int) + 1, 0, grid.shape)
    back = np.linalg.inv(labels.grid.affine_ijk_to_ras) @ grid.affine_ijk_to_ras
    i, j = np.arange(first[0], last[0])[:, None], np.arange(first[1], last[1])[None, :]
    size = np.array(labels.array.shape)
    # Slice by slice: the index arrays of a whole 512 x 512 x 300 series would fill the memory.
    for k in range(first[2], last[2]):
        index = [np.floor(row[0] * i + row[1] * j + (row[2] * k + row[3]) + 0.5).astype(np.intp) for row in back[:3]]
        inside = np.logical_and.reduce([(0 <= one) & (one < n) for one, n in zip(index, size, strict=True)])
        values = labels.array[tuple(np.clip(one, 0, n - 1) for one, n in zip(index, size, strict=True))]
        result[first[0] : last[0], first[1] : last[1], k] = np.where(inside, values, 0)
    if not result.any():
        raise InputError(
            f"{labels.name}: none of its lesions lies within the series; give the series that was segmented, "
            "or one of the same frame of reference."
        )
    return result
