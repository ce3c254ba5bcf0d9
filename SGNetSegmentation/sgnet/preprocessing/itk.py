"""The border to SimpleITK: arrays turned to (K, J, I), positions to LPS, and back; nothing else knows of either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from sgnet.geometry import LPS_TO_RAS, Grid


def to_itk(array: NDArray[np.generic], grid: Grid) -> sitk.Image:
    """A SimpleITK image of ``array``, shape (I, J, K), placed as ``grid`` says; bool becomes uint8.

    ITK works in LPS and insists on orthonormal directions, so an affine that is skewed within what
    :class:`~sgnet.geometry.Grid` tolerates (1 degree) is replaced by the nearest rotation.
    """
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    direction = LPS_TO_RAS[:3, :3] @ grid.direction
    left, _, right = np.linalg.svd(direction)
    rotation = left @ right
    # ITK's own decomposition fails on denormal numbers, and its resampling then returns zeros without a word.
    rotation[np.abs(rotation) < 1e-12] = 0.0
    image.SetDirection(rotation.ravel().tolist())
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin((LPS_TO_RAS[:3, :3] @ np.array(grid.origin_ras_mm)).tolist())
    return image


def from_itk(image: sitk.Image) -> tuple[NDArray[np.generic], Grid]:
    """Array (I, J, K) and grid (RAS mm) of a three-dimensional SimpleITK image of one component."""
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    array = np.ascontiguousarray(sitk.GetArrayFromImage(image).T)
    return array, Grid(array.shape, LPS_TO_RAS @ affine)


def resample(array: NDArray[np.floating], grid: Grid, onto: Grid) -> NDArray[np.float32]:
    """``array``, shape (I, J, K) on ``grid``, interpolated linearly at the voxel centres of ``onto``.

    Outside ``grid``, whose voxels reach half a spacing beyond their centres, the result is 0.

    Examples
    --------
    >>> line = Grid((3, 1, 1), np.eye(4))
    >>> halfway = Grid((4, 1, 1), np.array([[1, 0, 0, 0.5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))
    >>> resample(np.array([[[0.0]], [[10.0]], [[20.0]]]), line, halfway).ravel().tolist()
    [5.0, 15.0, 0.0, 0.0]
    """
    image = to_itk(array.astype(np.float32, copy=False), grid)
    target = to_itk(np.zeros((1, 1, 1), np.uint8), onto)
    moved = sitk.Resample(
        image,
        onto.shape,
        sitk.Transform(),
        sitk.sitkLinear,
        target.GetOrigin(),
        target.GetSpacing(),
        target.GetDirection(),
        0.0,
        sitk.sitkFloat32,
    )
    result: NDArray[np.float32] = np.ascontiguousarray(sitk.GetArrayFromImage(moved).T)
    return result


def inside(grid: Grid, onto: Grid) -> NDArray[np.bool_]:
    """Which voxels of ``onto``, as a bool array of its shape, have their centre inside a voxel of ``grid``.

    Examples
    --------
    >>> inside(Grid((2, 1, 1), np.eye(4)), Grid((4, 1, 1), np.eye(4))).ravel().tolist()
    [True, True, False, False]
    """
    to_index = np.linalg.inv(grid.affine_ijk_to_ras) @ onto.affine_ijk_to_ras
    steps = [
        np.arange(n, dtype=np.float64).reshape([-1 if a == axis else 1 for a in range(3)])
        for axis, n in enumerate(onto.shape)
    ]
    result = np.ones(onto.shape, np.bool_)
    for row, size in zip(to_index[:3], grid.shape, strict=True):
        index = row[0] * steps[0] + row[1] * steps[1] + row[2] * steps[2] + row[3]
        result &= (index >= -0.5) & (index <= size - 0.5)
    return result


@contextmanager
def one_thread() -> Iterator[None]:
    """Registration with the same result every time: with more threads, sums differ in their last digits.

    ITK's metrics heed only the global number of threads, which is put back afterwards.
    """
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


def ras_matrix(transform: Any) -> NDArray[np.float64]:
    """The map of RAS positions, shape (4, 4), of one of ITK's linear transforms about a centre."""
    linear, centre = np.array(transform.GetMatrix()).reshape(3, 3), np.array(transform.GetCenter())
    lps = np.eye(4)
    lps[:3, :3] = linear
    lps[:3, 3] = np.array(transform.GetTranslation()) + centre - linear @ centre
    return LPS_TO_RAS @ lps @ LPS_TO_RAS
