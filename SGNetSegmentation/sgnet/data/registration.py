"""Rigid registration of two scans of a head, and a measure of whether they are of the same head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import LPS_TO_RAS, Grid, Volume
from sgnet.preprocessing.head import head_mask
from sgnet.preprocessing.itk import one_thread, ras_matrix, resample, to_itk

# Edges at the rim of the mask would compare two brain extractions, not two brains.
_RIM_MM = 6.0
_EDGE_SIGMA_MM = 2.0
# Fewer voxels than 4 ml at 2 mm say nothing about a head.
_MIN_INNER_VOXELS = 500
# Voxels a metric call looks at: enough for a histogram of 32 x 32 bins, few enough for a second a level.
_SAMPLES = 40_000
_SEED = 42


@dataclass(frozen=True, eq=False)
class Coarse:
    """A volume on an isotropic grid along its own axes, with its head.

    Attributes
    ----------
    volume : Volume
        float32.
    head : ndarray of bool, shape (I, J, K)
    """

    volume: Volume
    head: NDArray[np.bool_]

    @property
    def centre_ras_mm(self) -> NDArray[np.float64]:
        """Centroid of the head."""
        return self.volume.grid.to_ras([np.argwhere(self.head).mean(axis=0)]).reshape(3)


def coarsen(volume: Volume, spacing_mm: float, head: NDArray[np.bool_] | None = None) -> Coarse:
    """``volume`` smoothed and resampled to isotropic ``spacing_mm``; ``head`` is found where not given."""
    grid = volume.grid
    mask = head_mask(volume.array) if head is None else head
    factor = spacing_mm / np.array(grid.spacing_mm)
    array = volume.array.astype(np.float32)
    sigma = np.where(factor > 1.25, 0.35 * factor, 0.0)
    if sigma.any():
        array = ndimage.gaussian_filter(array, sigma, truncate=2.5, mode="nearest")
    size = np.maximum(np.ceil(np.array(grid.shape) / factor), 1).astype(int)
    affine = grid.affine_ijk_to_ras.copy()
    affine[:3, :3] = grid.direction * spacing_mm
    affine[:3, 3] = grid.to_ras([(factor - 1) / 2])[0]
    coarse = Grid((int(size[0]), int(size[1]), int(size[2])), affine)
    return Coarse(
        Volume(resample(array, grid, coarse), coarse, volume.name),
        resample(mask.astype(np.float32), grid, coarse) >= 0.5,
    )


def register(fixed: Coarse, moving: Coarse, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Rigid transform that maximises the Mattes mutual information (Mattes et al., 2003).

    Deterministic: samples lie on a regular lattice and one thread sums them.

    Parameters
    ----------
    start : ndarray, shape (4, 4)
        Rigid; maps RAS positions in ``fixed`` to RAS positions in ``moving``.

    Returns
    -------
    transform : ndarray, shape (4, 4)
        As ``start``.
    information : float
        Mutual information of the voxels of the fixed head and its surroundings that ``moving`` covers;
        0 if the start shares too little with ``fixed``, and the transform is then ``start``.
    """
    grid = fixed.volume.grid
    around = ndimage.binary_dilation(fixed.head, iterations=2)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(to_itk(around, grid))
    method.SetMetricSamplingStrategy(sitk.ImageRegistrationMethod.REGULAR)
    method.SetMetricSamplingPercentage(min(1.0, _SAMPLES / max(int(around.sum()), 1)), _SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=grid.spacing_mm[0] / 2,
        minStep=0.01,
        numberOfIterations=200,
        relaxationFactor=0.8,  # with the usual 0.5 it stops short, up to 3 mm from where it leads
        gradientMagnitudeTolerance=1e-7,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    transform = _euler(start, fixed.centre_ras_mm)
    method.SetInitialTransform(transform, inPlace=True)
    try:
        with one_thread():
            method.Execute(to_itk(fixed.volume.array, grid), to_itk(moving.volume.array, moving.volume.grid))
    except RuntimeError as error:
        if "map outside moving image buffer" not in str(error):
            raise
        return start, 0.0
    return ras_matrix(transform), -float(method.GetMetricValue())


def edge_agreement(fixed: Coarse, moving: Coarse, transform: NDArray[np.float64]) -> float:
    """How parallel the edges of both scans run inside the head: 1/3 by chance, 1 if everywhere.

    The mean squared cosine between both gradients (normalised gradient fields, Haber and Modersitzki
    2006), weighted towards strong edges. It asks nothing of the contrast, so it serves T1ce against
    FLAIR; and it asks for the same folds, so that it tells one patient from another, whose head may
    well be of the same size.

    Parameters
    ----------
    transform : ndarray, shape (4, 4)
        Rigid; maps RAS positions in ``fixed`` to RAS positions in ``moving``.

    Returns
    -------
    float
        0 where the scans share less than 4 ml of head.
    """
    grid = fixed.volume.grid
    placed = Grid(moving.volume.grid.shape, np.linalg.inv(transform) @ moving.volume.grid.affine_ijk_to_ras)
    other = resample(moving.volume.array.astype(np.float32), placed, grid)
    both = fixed.head & (resample(moving.head.astype(np.float32), placed, grid) >= 0.5)
    inner = ndimage.binary_erosion(both, iterations=max(1, round(_RIM_MM / min(grid.spacing_mm))))
    if inner.sum() < _MIN_INNER_VOXELS:
        return 0.0
    one, two = _gradient(fixed.volume.array, grid)[:, inner], _gradient(other, grid)[:, inner]
    lengths = np.linalg.norm(one, axis=0), np.linalg.norm(two, axis=0)
    weight = np.ones(int(inner.sum()))
    for length in lengths:
        weight *= length / (length + np.median(length) + 1e-12)
    cosine = (one * two).sum(axis=0) / (lengths[0] * lengths[1] + 1e-12)
    return float((weight * cosine**2).sum() / max(weight.sum(), 1e-12))


def mean_displacement_mm(fixed: Coarse, transform: NDArray[np.float64]) -> float:
    """How far ``transform`` moves the voxels of the fixed head, on average."""
    points = fixed.volume.grid.to_ras(np.argwhere(fixed.head))
    moved = points @ transform[:3, :3].T + transform[:3, 3]
    return float(np.linalg.norm(moved - points, axis=1).mean())


def _gradient(array: NDArray[np.generic], grid: Grid) -> NDArray[np.float64]:
    sigma = _EDGE_SIGMA_MM / np.array(grid.spacing_mm)
    values = array.astype(np.float64)
    return np.stack(
        [
            ndimage.gaussian_filter(values, sigma, order=[int(a == axis) for a in range(3)]) / grid.spacing_mm[axis]
            for axis in range(3)
        ]
    )


def _euler(transform: NDArray[np.float64], centre_ras_mm: NDArray[np.float64]) -> sitk.Euler3DTransform:
    flip = LPS_TO_RAS[:3, :3]
    rotation, shift = flip @ transform[:3, :3] @ flip, flip @ transform[:3, 3]
    centre = flip @ centre_ras_mm
    result = sitk.Euler3DTransform()
    result.SetCenter(centre.tolist())
    result.SetMatrix(rotation.ravel().tolist(), 1e-6)
    result.SetTranslation((shift + rotation @ centre - centre).tolist())
    return result
