"""Images on disk, on exactly the grid they were given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.geometry import LPS_TO_RAS, Grid, Volume

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
    image = to_sitk(volume)
    with atomic_path(path) as temporary:
        try:
            sitk.WriteImage(image, str(temporary), useCompression=True)
            written = sitk.ReadImage(str(temporary))
        except RuntimeError as error:
            raise InputError(f"Cannot write {path}: give it an image ending such as .nii.gz and free space.") from error
        # ITK's NIfTI writer says nothing of a full disk and straightens axes that are not quite
        # perpendicular, so what it wrote is read again.
        if not np.array_equal(sitk.GetArrayViewFromImage(written), sitk.GetArrayViewFromImage(image), equal_nan=True):
            raise InputError(f"Cannot write {path}: the file came out damaged; free space on the disk and try again.")
        if not grid_of(written).matches(volume.grid, _GRID_TOLERANCE_MM):
            raise InputError(f"Cannot write {path}: its axes are not perpendicular enough; choose the ending .nrrd.")


def grid_of(image: sitk.Image) -> Grid:
    """The grid of a three-dimensional SimpleITK image."""
    affine_lps = np.eye(4)
    affine_lps[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine_lps[:3, 3] = image.GetOrigin()
    i, j, k = image.GetSize()
    return Grid((i, j, k), LPS_TO_RAS @ affine_lps)


def to_sitk(volume: Volume) -> sitk.Image:
    """The same voxels and grid as a SimpleITK image (LPS)."""
    array = volume.array.astype(np.uint8) if volume.array.dtype == np.bool_ else volume.array
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    spacing_mm, origin_lps_mm, direction_lps = itk_geometry(volume.grid)
    image.SetSpacing(spacing_mm)
    image.SetOrigin(origin_lps_mm)
    image.SetDirection(direction_lps)
    return image


def itk_geometry(
    grid: Grid,
) -> tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, ...]]:
    """Spacing, origin and row-major direction of a grid as ITK states them: in LPS.

    Examples
    --------
    >>> itk_geometry(Grid((2, 2, 2), np.array([[-1.0, 0, 0, 5], [0, -1, 0, 6], [0, 0, 3, 7], [0, 0, 0, 1]])))
    ((1.0, 1.0, 3.0), (-5.0, -6.0, 7.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))
    """
    affine_lps = LPS_TO_RAS @ grid.affine_ijk_to_ras
    # Adding zero turns -0.0 into 0.0, which some readers print.
    direction = affine_lps[:3, :3] / np.asarray(grid.spacing_mm) + 0.0
    x, y, z = (float(value) for value in affine_lps[:3, 3] + 0.0)
    return grid.spacing_mm, (x, y, z), tuple(float(value) for value in direction.ravel())
