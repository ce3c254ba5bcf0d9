"""Bringing a head onto the ICBM 152 average brain, affinely; only for the rough names of lobes."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import LPS_TO_RAS, Grid
from sgnet.lesions.atlas import FOLDER, AtlasPose
from sgnet.preprocessing.itk import from_itk, one_thread, ras_matrix, to_itk

# The template's voxels, and about those of the head.
_COARSE_MM = 4.0
# Of the template's 0 to 255: beyond the brain's brim.
_BRAIN_VALUE = 20
# What belongs to the brain's surroundings: neighbours across faces and edges.
_AROUND = ndimage.generate_binary_structure(3, 2)
# How far below the top of the head the brain's top lies, and how large the brain may be against the average: without
# skull and with it. From one start alone, a head with skull is sometimes matched skull on brain.
_STARTS = ((0.0, 0.92), (14.0, 0.88))
# Only so much of a head, from its top, says where its middle is: a scan may reach down to the shoulders.
_BRAIN_HEIGHT_MM = 150.0
# Mutual information. Measured: 0.42 to 0.60 in four patients, 0.26 to 0.76 on 39 drawings of label maps, without and
# with skull, that found their place (benchmarks/lobes.py).
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
    head, head_grid = _coarse(image, grid)
    shown = ndimage.binary_opening(head > 0.05)
    if not shown.any():
        return None
    template, template_grid = from_itk(sitk.ReadImage(str(FOLDER / "icbm152_2009c_4mm.nii.gz"), sitk.sitkFloat32))
    brain = ndimage.binary_dilation(np.asarray(template, np.float32) > _BRAIN_VALUE, _AROUND)
    top, middle = _top_and_middle(shown, head_grid, _BRAIN_HEIGHT_MM)
    brain_top, brain_middle = _top_and_middle(brain, template_grid, np.inf)
    fixed, mask, moving = to_itk(template, template_grid), to_itk(brain, template_grid), to_itk(head, head_grid)
    found = []
    for below_mm, scale in _STARTS:
        shift = middle - brain_middle
        shift[2] = top - below_mm - (brain_top - brain_middle[2]) * scale - brain_middle[2]
        found.append(_register(fixed, mask, moving, brain_middle, shift, scale))
    agreement, to_head = max(found, key=lambda item: item[0])
    scales = np.linalg.svd(to_head[:3, :3], compute_uv=False)
    if agreement < _LEAST_AGREEMENT or scales.min() < _SCALES[0] or scales.max() > _SCALES[1]:
        return None
    return AtlasPose(tuple(np.linalg.inv(to_head)[:3].ravel().tolist()), agreement)


def _coarse(image: NDArray[np.floating], grid: Grid) -> tuple[NDArray[np.float32], Grid]:
    """Means of blocks, and their grid."""
    steps = [max(1, round(_COARSE_MM / size)) for size in grid.spacing_mm]
    smooth = ndimage.uniform_filter(image.astype(np.float32), steps)
    small = smooth[tuple(slice(step // 2, None, step) for step in steps)]
    affine = grid.affine_ijk_to_ras @ np.diag([*map(float, steps), 1.0])
    affine[:3, 3] = grid.to_ras([[step // 2 for step in steps]])[0]
    return small, Grid(small.shape, affine)


def _top_and_middle(shown: NDArray[np.bool_], grid: Grid, height_mm: float) -> tuple[float, NDArray[np.float64]]:
    """Of what is shown, RAS mm: the highest S, and the middle of the part that lies at most so far below it."""
    points = grid.to_ras(np.argwhere(shown))
    top = float(np.percentile(points[:, 2], 99.8))
    upper = points[points[:, 2] > top - height_mm]
    low, high = np.percentile(upper, [0.5, 99.5], axis=0)
    return top, (low + high) / 2


def _register(
    template: sitk.Image,
    brain: sitk.Image,
    head: sitk.Image,
    centre_ras_mm: NDArray[np.float64],
    shift_ras_mm: NDArray[np.float64],
    scale: float,
) -> tuple[float, NDArray[np.float64]]:
    """Mutual information and the map (4, 4) of points in the template to points in the head, RAS mm."""
    to_lps = LPS_TO_RAS[:3, :3]
    transform = sitk.AffineTransform(3)
    transform.SetCenter((to_lps @ centre_ras_mm).tolist())
    transform.SetMatrix((scale * np.eye(3)).ravel().tolist())
    transform.SetTranslation((to_lps @ shift_ras_mm).tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(brain)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.02, 150, 0.7, 1e-7)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    try:
        with one_thread():
            method.Execute(template, head)
    except RuntimeError:
        # ITK's word for too little overlap, or for a map that cannot be inverted.
        return 0.0, np.eye(4)
    return -float(method.GetMetricValue()), ras_matrix(transform)
