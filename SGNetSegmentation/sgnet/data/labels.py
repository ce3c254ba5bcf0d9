"""Label maps from files: what was predicted, or drawn by hand; and masks made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgnet.data.layouts.case import LabelFile
from sgnet.data.read import read_image
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.itk import resample

# Headers of tools that round: a tenth of a millimetre never moves a contour to another voxel.
SAME_GRID_MM = 0.1
_HIGHEST = int(np.iinfo(np.uint16).max)


def read_labels(path: Path) -> Volume:
    """Read a label map; unlike a scan it may be all zero.

    Returns
    -------
    Volume
        uint16, 0 is background; named by the path.

    Raises
    ------
    InputError
        If the file is no three-dimensional image, or holds anything but whole numbers from 0 to 65535.
    """
    image = read_image(path)
    if not (np.isfinite(image.array).all() and (image.array == np.rint(image.array)).all()):
        raise InputError(f"{path} holds values that are no whole numbers; give a label map, not an image.")
    if image.array.min() < 0 or image.array.max() > _HIGHEST:
        raise InputError(f"{path} holds labels outside 0 to {_HIGHEST}; number the lesions from 1.")
    return Volume(image.array.astype(np.uint16), image.grid, str(path))


def read_mask(label: LabelFile) -> Volume:
    """The voxels of a label map that hold one of ``label.values``, or any label; bool, on the grid of the file.

    Raises
    ------
    InputError
        As :func:`read_labels`.
    """
    labels = read_labels(label.path)
    mask = np.isin(labels.array, label.values) if label.values else labels.array != 0
    return Volume(mask, labels.grid, labels.name)


def mask_on(mask: Volume, grid: Grid) -> NDArray[np.bool_]:
    """``mask`` on ``grid``: as it is where the grids agree, else where its linear interpolation is at least a half."""
    if mask.grid.matches(grid, SAME_GRID_MM):
        return mask.array.astype(np.bool_)
    return resample(mask.array.astype(np.float32), mask.grid, grid) >= 0.5
