"""From the native volumes to what the network sees, and back: RAS, 1 mm, [0, 1] (SG-Net, arXiv 2511.22606)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import PreprocessSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.head import background_value, head_mask
from sgnet.preprocessing.intensity import IntensityRange, scale_to_unit
from sgnet.preprocessing.itk import inside, resample
from sgnet.preprocessing.reorient import Reorientation

MARGIN_MM = 8.0
# Axes closer than this to the patient's are taken as the patient's: turning by less is not worth interpolating.
ALIGNED_DEGREES = 1.0
# A spacing this close to the wanted one is kept as it is (headers round).
SAME_SPACING = 0.005
# A head with its skull holds over twice the voxels of its brain; two brain extractions differ by a few percent.
SKULL_RATIO = 1.4


class TwoChannels(Protocol):
    """What :func:`preprocess` needs of a study (``sgnet.data.study.Study`` is one)."""

    @property
    def t1ce(self) -> Volume: ...

    @property
    def flair(self) -> Volume | None: ...


@dataclass(frozen=True, eq=False)
class Preprocessed:
    """What the network sees of one study, and all that is needed to bring its answer back.

    Attributes
    ----------
    image : ndarray of float32 in [0, 1], shape (2, X, Y, Z)
        T1ce and FLAIR on ``grid``; 0 outside ``head``, and FLAIR 0 everywhere where the study has none.
    grid : Grid
        The model grid: axes along +R, +A, +S, 1 mm (``PreprocessSettings.spacing_mm``), cropped to the head.
    native_grid : Grid
        The T1ce grid, on which results are reported.
    head : ndarray of bool, shape (X, Y, Z)
        The head, or the brain where T1ce or FLAIR had its skull removed.
    ranges : tuple of IntensityRange
        The native intensities of T1ce, and of FLAIR where there is one, that became 0 and 1.
    exact : Reorientation or None
        The permutation, flips and crop from the native to the model grid where no interpolation was
        needed; None where the volumes were resampled.
    """

    image: NDArray[np.float32]
    grid: Grid
    native_grid: Grid
    head: NDArray[np.bool_]
    ranges: tuple[IntensityRange, ...]
    exact: Reorientation | None

    def in_head(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """``array``, shape (..., X, Y, Z), with 0 outside the head: whatever a network says of air, it is no lesion."""
        return np.where(self.head, array, np.float32(0))


def preprocess(study: TwoChannels, settings: PreprocessSettings) -> Preprocessed:
    """Bring T1ce and FLAIR onto one RAS grid of the model's spacing, cropped to the head and scaled to [0, 1].

    - Native axes within 1 degree of the patient's axes: permuted and flipped, and resampled only if
      the spacing differs. Oblique: resampled onto a grid along the patient's axes.
    - The grid covers the head's bounding box and 8 mm around it, as far as the T1ce volume reaches.
    - Linear interpolation, each volume once, from its own grid; a volume clearly finer than the
      target is smoothed first, lightly, against aliasing.
    - Each channel is scaled by itself over the voxels of the head; FLAIR only over those it covers.
      Outside the head both are 0.
    - Where the skull was removed from one volume only, both are confined to that one's brain, so that
      no channel shows a skull that the other lacks. (Two brain extractions that differ a little are
      left as they are: a lesion at the brim of one must not vanish from the other.)

    Raises
    ------
    InputError
        If no head is found in T1ce or FLAIR covers none of it.
    """
    t1ce, flair = study.t1ce, study.flair
    native_head = head_mask(t1ce.array)
    if not native_head.any():
        raise InputError(f"{t1ce.name}: no head was found in the volume; check that it is a T1ce scan of the head.")
    grid, exact = _model_grid(t1ce.grid, native_head, settings.spacing_mm)

    head = _mask_onto(native_head, t1ce.grid, grid, exact)
    if flair is None:
        only, t1ce_range = scale_to_unit(_onto(t1ce, grid, exact), head, settings)
        return Preprocessed(np.stack([only, np.zeros_like(only)]), grid, t1ce.grid, head, (t1ce_range,), exact)

    same = exact if flair.grid.matches(t1ce.grid) else None
    covered = inside(flair.grid, grid)
    usable = covered
    if background_value(flair.array) is not None:
        usable = covered & _mask_onto(head_mask(flair.array), flair.grid, grid, same)
        if (head & covered).sum() > SKULL_RATIO * (head & usable).sum():
            head &= usable | ~covered
    if not (head & usable).any():
        raise InputError(
            f"{flair.name}: FLAIR covers no part of the head in {t1ce.name}; check that both are of one patient."
        )
    first, t1ce_range = scale_to_unit(_onto(t1ce, grid, exact), head, settings)
    second, flair_range = scale_to_unit(_onto(flair, grid, same), head & usable, settings)
    return Preprocessed(np.stack([first, second]), grid, t1ce.grid, head, (t1ce_range, flair_range), exact)


def restore(array: NDArray[np.floating], preprocessed: Preprocessed) -> NDArray[np.float32]:
    """A map on the model grid, shape (X, Y, Z), brought back to the native T1ce grid, shape (I, J, K).

    The exact inverse where the way there was a permutation; linear interpolation otherwise. Outside
    the model grid the result is 0.

    Raises
    ------
    ValueError
        If ``array`` does not have the model grid's shape.
    """
    if array.shape != preprocessed.grid.shape:
        raise ValueError(f"the array must have the model grid's shape {preprocessed.grid.shape}, got {array.shape}")
    values = array.astype(np.float32, copy=False)
    if preprocessed.exact is not None:
        return preprocessed.exact.invert(values)
    return resample(values, preprocessed.grid, preprocessed.native_grid)


def _model_grid(native: Grid, head: NDArray[np.bool_], spacing_mm: float) -> tuple[Grid, Reorientation | None]:
    low, high = _bounding_box(head)
    cosine = np.abs(native.direction).max(axis=0).min()
    if cosine >= np.cos(np.radians(ALIGNED_DEGREES)):
        spacing = np.array(native.spacing_mm)
        pad = np.ceil(MARGIN_MM / spacing).astype(int)
        low, high = np.maximum(low - pad, 0), np.minimum(high + pad, native.shape)
        turned = Reorientation.to_ras(native, low, high)
        if np.abs(spacing / spacing_mm - 1).max() <= SAME_SPACING:
            return turned.grid(native), turned
        return _respaced(turned.grid(native), spacing_mm), None
    # Outer corners of the head's box, hence the half voxels.
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (high - low) + low - 0.5
    ras = native.to_ras(corners)
    start, stop = ras.min(axis=0) - MARGIN_MM, ras.max(axis=0) + MARGIN_MM
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = start
    size = np.ceil((stop - start) / spacing_mm).astype(int) + 1
    return Grid((int(size[0]), int(size[1]), int(size[2])), affine), None


def _respaced(grid: Grid, spacing_mm: float) -> Grid:
    """The grid of isotropic spacing that fills the same box, centred in it."""
    extent = np.array(grid.shape) * np.array(grid.spacing_mm)
    size = np.maximum(np.ceil(extent / spacing_mm - 1e-6), 1).astype(int)
    affine = grid.affine_ijk_to_ras.copy()
    affine[:3, :3] = grid.direction * spacing_mm
    middle = grid.to_ras([(np.array(grid.shape) - 1) / 2])[0]
    affine[:3, 3] = middle - affine[:3, :3] @ ((size - 1) / 2)
    return Grid((int(size[0]), int(size[1]), int(size[2])), affine)


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """First and one-past-last index of the mask along each axis."""
    low, high = np.zeros(3, int), np.zeros(3, int)
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        low[axis], high[axis] = used[0], used[-1] + 1
    return low, high


def _onto(volume: Volume, grid: Grid, exact: Reorientation | None) -> NDArray[np.float32]:
    array = volume.array.astype(np.float32, copy=False)
    if exact is not None:
        return exact.apply(array)
    # What a detector of the target's width would have blurred beyond what the scan's own did (FWHM to sigma).
    target, own = np.array(grid.spacing_mm).min(), np.array(volume.grid.spacing_mm)
    sigma_mm = np.where(own < 0.75 * target, np.sqrt(np.maximum(target**2 - own**2, 0)) / 2.355, 0.0)
    if sigma_mm.any():
        array = ndimage.gaussian_filter(array, sigma_mm / own, mode="nearest", truncate=3.0)
    return resample(array, volume.grid, grid)


def _mask_onto(mask: NDArray[np.bool_], native: Grid, grid: Grid, exact: Reorientation | None) -> NDArray[np.bool_]:
    if exact is not None:
        return exact.apply(mask)
    return resample(mask.astype(np.float32), native, grid) >= 0.5
