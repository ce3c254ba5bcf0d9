"""What a volume must be before anything is computed from it."""

from __future__ import annotations

import numpy as np

from sgnet.errors import InputError
from sgnet.geometry import Volume

# A slab through a head is welcome, a scout or a stack of three slices is not.
MIN_VOXELS = 5
MIN_EXTENT_MM = 30.0
MAX_EXTENT_MM = 1000.0
# Less of the head in T1ce than this inside FLAIR, and the user is told.
MIN_FLAIR_COVERAGE = 0.8


def check_volume(volume: Volume) -> None:
    """Refuse a volume that cannot be a scan of a head.

    Raises
    ------
    InputError
        If it is too small or too large in millimetres, holds NaN or infinite values, or is constant.
    """
    grid, name = volume.grid, volume.name
    extent = np.array(grid.shape) * np.array(grid.spacing_mm)
    if min(grid.shape) < MIN_VOXELS or extent.min() < MIN_EXTENT_MM:
        raise InputError(
            f"{name}: the volume ({grid.describe()}) is too small to be a scan of the head; "
            f"give one of at least {MIN_EXTENT_MM:.0f} mm and {MIN_VOXELS} slices in each direction."
        )
    if extent.max() > MAX_EXTENT_MM:
        raise InputError(
            f"{name}: the volume ({grid.describe()}) is larger than any head; "
            "check that its voxel spacing is in millimetres and convert the file again."
        )
    if not np.isfinite(volume.array).all():
        raise InputError(f"{name}: the volume holds NaN or infinite values; export it again without them.")
    if volume.array.min() == volume.array.max():
        raise InputError(
            f"{name}: every voxel has the same value ({volume.array.flat[0]:g}); give a volume that holds an image."
        )
