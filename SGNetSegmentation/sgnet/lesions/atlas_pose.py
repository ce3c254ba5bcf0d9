"""Bringing a head onto the ICBM 152 average brain, affinely; only for the rough names of lobes."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import Grid
from sgnet.lesions.atlas import FOLDER, AtlasPose

# The template's voxels, and about those of the head.
_COARSE_MM = 4.0
# How far below the top of the head the brain's top lies, and how large the brain may be against the average: without
# skull and with it. From one start alone, a head with skull is sometimes matched skull on brain.
_STARTS = ((0.0, 0.92), (14.0, 0.88))
# Only so much of a head, from its top, says where its middle is: a scan may reach down to the shoulders.
_BRAIN_HEIGHT_MM = 150.0
# Mutual information. Measured: 0.29 to 0.43 in four patients; 0.26 to 0.62 on 14 label maps drawn with and without
# skull, where all came right; 0.17 to 0.22 where, from other starts, they had not.
_LEAST_AGREEMENT = 0.25
# Of a plausible adult head.
_SCALES = (0.6, 1.4)


def find_atlas_pose(image: NDArray[np.floating], grid: Grid) -> AtlasPose | None:
    """Affine registration of a head with the average brain, by mutual information (Mattes et al., 2003).

    Parameters
    ----------
    image : ndarray of float, shape (I, J, K) = ``grid.shape``
        A head, with skull or without, air at 0: the prepared T1ce, for instance.
    grid : Grid
        Axes along +R, +A, +S.

    Returns
    -------
    AtlasPose, or None
        None if nothing matches well (mutual information below 0.25, implausible scales): a slab, no head.
    """
    head = _coarse(image, grid)
    shown = ndimage.binary_opening(sitk.GetArrayViewFromImage(head) > 0.05)
    if not shown.any():
        return None
    template = sitk.ReadImage(str(FOLDER / "icbm152_2009c_4mm.nii.gz"), sitk.sitkFloat32)
    template = _along_axes(template)
    brain = sitk.BinaryDilate(template > 20, [1, 1, 1])
    top, middle = _top_and_middle(shown, head, _BRAIN_HEIGHT_MM)
    brain_top, brain_middle = _top_and_middle(sitk.GetArrayViewFromImage(brain) > 0, template, np.inf)
    found = []
    for below_mm, scale in _STARTS:
        shift = middle - brain_middle
        shift[2] = top - below_mm - (brain_top - brain_middle[2]) * scale - brain_middle[2]
        found.append(_register(template, brain, head, brain_middle, shift, scale))
    agreement, transform = max(found, key=lambda item: item[0])
    to_mni = np.linalg.inv(transform)
    scales = np.linalg.svd(transform[:3, :3], compute_uv=False)
    if agreement < _LEAST_AGREEMENT or scales.min() < _SCALES[0] or scales.max() > _SCALES[1]:
        return None
    return AtlasPose(tuple(to_mni[:3].ravel().tolist()), agreement)


def _coarse(image: NDArray[np.floating], grid: Grid) -> sitk.Image:
    """Means of blocks as an ITK image whose coordinates are RAS mm."""
    steps = [max(1, round(_COARSE_MM / size)) for size in grid.spacing_mm]
    smooth = ndimage.uniform_filter(image.astype(np.float32), steps)
    small = smooth[tuple(slice(step // 2, None, step) for step in steps)]
    affine = grid.affine_ijk_to_ras @ np.diag([*map(float, steps), 1.0])
    first = grid.to_ras([[step // 2 for step in steps]])[0]
    return _image(small, np.diag(affine)[:3], first)


def _image(array: NDArray[np.floating], spacing: NDArray[np.float64], first: NDArray[np.float64]) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0), dtype=np.float32))
    image.SetSpacing(np.abs(spacing).tolist())
    image.SetOrigin(first.tolist())
    return image


def _along_axes(image: sitk.Image) -> sitk.Image:
    """A RAS image from a file, its coordinates turned from ITK's LPS to RAS."""
    left, posterior, superior = image.GetOrigin()
    image.SetDirection(np.eye(3).ravel().tolist())
    image.SetOrigin((-left, -posterior, superior))
    return image


def _top_and_middle(shown: NDArray[np.bool_], image: sitk.Image, height_mm: float) -> tuple[float, NDArray[np.float64]]:
    points = np.argwhere(shown)[:, ::-1] * np.array(image.GetSpacing()) + np.array(image.GetOrigin())
    top = float(np.percentile(points[:, 2], 99.8))
    upper = points[points[:, 2] > top - height_mm]
    low, high = np.percentile(upper, [0.5, 99.5], axis=0)
    return top, (low + high) / 2


def _register(
    template: sitk.Image,
    brain: sitk.Image,
    head: sitk.Image,
    centre: NDArray[np.float64],
    shift: NDArray[np.float64],
    scale: float,
) -> tuple[float, NDArray[np.float64]]:
    """Mutual information and the map (4, 4) of points in the template to points in the head."""
    transform = sitk.AffineTransform(3)
    transform.SetCenter(centre.tolist())
    transform.SetMatrix((scale * np.eye(3)).ravel().tolist())
    transform.SetTranslation(shift.tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(brain)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.02, 150, 0.7, 1e-7)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    # As in the registration of FLAIR: with more threads, sums differ in their last digits from run to run.
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        method.Execute(template, head)
    except RuntimeError:
        # ITK's word for too little overlap, or for a map that cannot be inverted.
        return 0.0, np.eye(4)
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    matrix[:3, 3] = np.array(transform.GetTranslation()) + centre - matrix[:3, :3] @ centre
    return -float(method.GetMetricValue()), matrix
