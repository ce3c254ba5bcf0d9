"""One volume from one file: NIfTI, NRRD, MetaImage and whatever else SimpleITK reads."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from sgnet.data.check import check_volume
from sgnet.data.nifti import check_nifti
from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.preprocessing.itk import from_itk


def read_volume(path: Path) -> Volume:
    """Read a three-dimensional scalar image, check it, and place it in RAS millimetres.

    Parameters
    ----------
    path : Path
        A NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha, .mhd) or other file that SimpleITK reads.
        For DICOM see :func:`sgnet.data.dicom.read_series`.

    Returns
    -------
    Volume
        float32; named by the file's name. Trailing axes of length 1 are dropped.

    Raises
    ------
    InputError
        If the file is missing, unreadable or truncated, is not one 3D image of one value a voxel,
        or fails :func:`sgnet.data.check.check_volume`.
    """
    volume = read_image(path)
    check_volume(volume)
    return volume


def read_image(path: Path) -> Volume:
    """Read any three-dimensional scalar image, as :func:`read_volume` does, but without judging its content."""
    path = Path(path)
    _check_file(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _check_header(path, reader)
        image = reader.Execute()
    except RuntimeError as error:
        raise InputError(_sentence(path, error)) from error
    while image.GetDimension() > 3:
        last = image.GetDimension() - 1
        size = list(image.GetSize())
        size[last] = 0
        image = sitk.Extract(image, size, [0] * (last + 1))
    try:
        array, grid = from_itk(image)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, which the check names
        return Volume(array.astype(np.float32), grid, path.name)


def _check_file(path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path.")
    if not path.is_file():
        raise InputError(f"{path} is not a file; give an image file or a DICOM folder.")
    try:
        size = path.stat().st_size
        path.open("rb").close()
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check its permissions.") from error
    if size == 0:
        raise InputError(f"{path.name}: the file is empty; copy or export it again.")
    check_nifti(path)


def _check_header(path: Path, reader: sitk.ImageFileReader) -> None:
    size = reader.GetSize()
    used = len(size)
    while used > 3 and size[used - 1] == 1:
        used -= 1
    if used > 3:
        raise InputError(
            f"{path.name}: the image has {used} dimensions ({' x '.join(map(str, size))}); "
            "give one three-dimensional volume, not a series in time or in b-values."
        )
    if used < 3 or 1 in size[:3]:
        raise InputError(f"{path.name}: the image is a single 2D slice; give the whole three-dimensional volume.")
    if reader.GetNumberOfComponents() != 1:
        raise InputError(
            f"{path.name}: the image has {reader.GetNumberOfComponents()} values a voxel (RGB, vector or complex); "
            "give the scan itself with one value a voxel."
        )


def _sentence(path: Path, error: RuntimeError) -> str:
    text = str(error)
    if re.search(r"orthonormal|determinant", text):
        return (
            f"{path.name}: the volume's axes are not perpendicular (gantry tilt or shear) or its orientation is "
            "damaged; resample it first."
        )
    return (
        f"{path.name}: the file is damaged or is no format that can be read; "
        "give NIfTI, NRRD, MetaImage or a DICOM folder."
    )
