"""A DICOM series as one volume: sorted by position, its geometry checked slice by slice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray

from sgnet.data.check import check_volume
from sgnet.data.dicom_headers import Series, Slice
from sgnet.errors import InputError
from sgnet.geometry import LPS_TO_RAS, Grid, Volume

# Positions are written with few decimals: a step may differ from the others by this share of it, or this length.
_STEP_TOLERANCE = 0.05
_STEP_TOLERANCE_MM = 0.05


def read_series(series: Series) -> Volume:
    """Read a series as one volume, slices ordered by their position in the patient.

    Each slice's own rescale slope and intercept are applied. Enhanced multi-frame files are read
    frame by frame under the same checks.

    Returns
    -------
    Volume
        float32, (column, row, slice), RAS mm, named by the series' label.

    Raises
    ------
    InputError
        If slices are missing, given twice, differ in size or orientation, or cannot be decoded, or
        if the volume fails :func:`sgnet.data.check.check_volume`.
    """
    slices, grid = arrange_slices(series)
    array = np.empty(grid.shape, np.float32)
    path, frames = None, _Frames(np.empty(0), scaled=True)
    for k, one in enumerate(slices):
        if one.path != path:
            path, frames = one.path, _decode(one.path)
        array[:, :, k] = _values(one, frames).T
    volume = Volume(array, grid, series.label)
    check_volume(volume)
    return volume


@dataclass(frozen=True, eq=False)
class _Frames:
    """Pixels of one file, shape (frames, rows, columns), and whether slope and intercept are in them already."""

    pixels: NDArray[np.generic]
    scaled: bool


def arrange_slices(series: Series) -> tuple[list[Slice], Grid]:
    """The slices in order along their normal, and the grid that they form (column, row, slice), without any pixels.

    Raises
    ------
    InputError
        If slices are missing, given twice, or differ in size, spacing or orientation.
    """
    label, first = series.label, series.slices[0]
    orientation, spacing = first.orientation_lps, first.spacing_mm
    positions = [one.position_lps_mm for one in series.slices]
    if len(positions) < 2:
        raise InputError(f"{label}: the series is a single slice; give the folder that holds all of its slices.")
    if orientation is None or spacing is None or None in positions:
        raise InputError(f"{label}: slices do not state their position; export the original series again.")
    for one in series.slices:
        if (one.rows, one.columns) != (first.rows, first.columns) or not _close(one.spacing_mm, spacing, 1e-3):
            raise InputError(f"{label}: slices differ in size or pixel spacing; export the original series again.")
        if not _close(one.orientation_lps, orientation, 2e-3):
            raise InputError(f"{label}: slices differ in orientation; give a series of parallel slices.")
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(row, column)
    points = np.array(positions, dtype=np.float64)
    order = np.argsort(points @ normal, kind="stable")
    points = points[order]
    _check_steps(label, np.diff(points @ normal))

    affine_lps = np.eye(4)
    affine_lps[:3, 0] = row * spacing[1]
    affine_lps[:3, 1] = column * spacing[0]
    # From the positions, not the normal: a tilted gantry shows as shear, which Grid refuses.
    affine_lps[:3, 2] = (points[-1] - points[0]) / (len(points) - 1)
    affine_lps[:3, 3] = points[0]
    try:
        grid = Grid((first.columns, first.rows, len(points)), LPS_TO_RAS @ affine_lps)
    except InputError as error:
        raise InputError(f"{label}: {error}") from error
    return [series.slices[n] for n in order], grid


def _check_steps(label: str, steps_mm: NDArray[np.float64]) -> None:
    step = float(np.median(steps_mm))
    tolerance = max(_STEP_TOLERANCE * step, _STEP_TOLERANCE_MM)
    if steps_mm.min() < tolerance:
        raise InputError(
            f"{label}: {int((steps_mm < tolerance).sum())} slices lie at the position of another one; "
            "give a folder that holds the series once, with one time point and one echo."
        )
    if np.abs(steps_mm - step).max() > tolerance:
        raise InputError(
            f"{label}: slices are missing or unevenly spaced (steps of {steps_mm.min():.2f} to "
            f"{steps_mm.max():.2f} mm); export the complete series again."
        )


def _close(value: tuple[float, ...] | None, wanted: tuple[float, ...], tolerance: float) -> bool:
    return value is not None and bool(np.abs(np.array(value) - np.array(wanted)).max() <= tolerance)


def _decode(path: Path) -> _Frames:
    dataset = pydicom.dcmread(path)
    try:
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            # GDCM, within SimpleITK, decodes every JPEG variant; pydicom needs a plugin for each.
            return _Frames(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), scaled=True)
        pixels = dataset.pixel_array
    except (RuntimeError, ValueError, AttributeError, EOFError, NotImplementedError) as error:
        raise _damaged(path) from error
    return _Frames(pixels if pixels.ndim == 3 else pixels[np.newaxis], scaled=False)


def _values(one: Slice, frames: _Frames) -> NDArray[np.float64]:
    if frames.pixels.shape[1:] != (one.rows, one.columns) or one.frame >= len(frames.pixels):
        raise _damaged(one.path)
    pixels: NDArray[np.float64] = frames.pixels[one.frame].astype(np.float64)
    return pixels if frames.scaled else pixels * one.slope + one.intercept


def _damaged(path: Path) -> InputError:
    return InputError(f"{path}: the slice's pixels are damaged or missing; copy or export it again.")
