"""Images on disk, on exactly the grid they were given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.preprocessing.itk import from_itk, to_itk

_GRID_TOLERANCE_MM = 0.01


def write_volume(volume: Volume, path: Path) -> None:
    """Write a volume as compressed NIfTI, NRRD or MHA, by the ending of ``path``.

    Parameters
    ----------
    volume : Volume
        Booleans are written as uint8, other types as they are.
    path : Path
        Appears only once it is complete.

    Raises
    ------
    InputError
        If the file cannot be written, its ending is not known, or the format cannot state the grid.
    """
    image = to_itk(volume.array, volume.grid)
    with atomic_path(path) as temporary:
        try:
            sitk.WriteImage(image, str(temporary), useCompression=True)
            written = sitk.ReadImage(str(temporary))
        except RuntimeError as error:
            raise InputError(f"Cannot write {path}: give it an image ending such as .nii.gz and free space.") from error
        # ITK's NIfTI writer says nothing of a full disk and straightens axes that are not quite
        # perpendicular, so what it wrote is read again.
        array, grid = from_itk(written)
        if not np.array_equal(array, volume.array, equal_nan=True):
            raise InputError(f"Cannot write {path}: the file came out damaged; free space on the disk and try again.")
        if not grid.matches(volume.grid, _GRID_TOLERANCE_MM):
            raise InputError(
                f"Cannot write {path}: the axes of its grid are not perpendicular; resample the volume first."
            )
