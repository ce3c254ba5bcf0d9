"""From probabilities to numbered lesions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.measure import measure_lesion
from sgnet.lesions.neighbours import distances_mm, oedema_ml
from sgnet.lesions.position import HeadPosition
from sgnet.lesions.split import split_touching
from sgnet.lesions.tracking import tracking_uids

# Two volumes are a tie when they have the same number of voxels; positions are then compared as
# far as rounding of the header allows.
_POSITION_DIGITS = 2
_MOST_LESIONS = int(np.iinfo(np.uint16).max)


def find_lesions(
    core_probability: NDArray[np.floating],
    whole_probability: NDArray[np.floating],
    grid: Grid,
    settings: LesionSettings,
    position: HeadPosition | None = None,
    confidence: Confidence = AS_PEAK,
) -> tuple[NDArray[np.uint16], NDArray[np.bool_], tuple[Lesion, ...]]:
    """Separate, number and measure the lesions of one study.

    A lesion is a 26-connected component of the voxels whose core probability is at least the
    threshold, unless it is smaller than ``min_volume_mm3`` or less sure than ``min_confidence``; with
    ``split_touching`` a component of two clearly joined bodies is two lesions (:mod:`sgnet.lesions.split`),
    each of which has to be large and sure enough by itself. Lesions are numbered from the largest;
    those of equal size from the most superior, then the most anterior, then the most right one, so
    that the numbers do not depend on the orientation in which the file happens to be stored.

    The whole-lesion mask starts from the voxels whose whole probability is at least the threshold,
    united with the kept cores. Of its 26-connected components only those that contain a kept core
    stay: oedema without an enhancing core is no finding of this tool, and oedema that merely
    touches a core belongs to it.

    Parameters
    ----------
    core_probability, whole_probability : ndarray of float, shape (I, J, K) = ``grid.shape``
        In [0, 1]; a NaN counts as background.
    grid : Grid
        The native T1ce grid.
    settings : LesionSettings
    position : HeadPosition, optional
        Without it no lesion has a side or a lobe.
    confidence : Confidence, optional
        The model's; without one the confidence is the peak probability.

    Returns
    -------
    labels : ndarray of uint16, shape (I, J, K)
        0 background, n = the voxels of ``lesions[n - 1]``.
    whole : ndarray of bool, shape (I, J, K)
    lesions : tuple of Lesion
        Empty where nothing was found; ``labels`` and ``whole`` are then empty too.

    Raises
    ------
    InputError
        If a probability map does not fit the grid, or if there are more lesions than labels (65,535).

    Examples
    --------
    >>> core = np.zeros((5, 5, 5), dtype=np.float32)
    >>> core[1:3, 1:3, 1:3] = 0.9
    >>> labels, whole, lesions = find_lesions(core, core, Grid((5, 5, 5), np.eye(4)), LesionSettings(min_volume_mm3=8))
    >>> [(lesion.number, lesion.volume_ml) for lesion in lesions]
    [(1, 0.008)]
    """
    for name, array in (("core", core_probability), ("whole", whole_probability)):
        if array.shape != grid.shape:
            raise InputError(f"The {name} probability {array.shape} does not fit its grid {grid.shape}; restore it.")
    components, voxels = separate(core_probability >= settings.threshold, grid, settings)
    boxes = ndimage.find_objects(components)
    large = [number for number in range(1, len(voxels)) if is_large_enough(int(voxels[number]), grid, settings)]
    bodies = {}
    for number in large:
        box = boxes[number - 1]
        mask = components[box] == number
        body = mask, core_probability[box], grid.with_shape(mask.shape, [part.start for part in box])
        if confidence.of(*body) >= settings.min_confidence:
            bodies[number] = body
    if len(bodies) > _MOST_LESIONS:
        raise InputError(
            f"{len(bodies)} lesions were found, more than {_MOST_LESIONS}; raise the threshold or min_volume_mm3."
        )

    measured = [(number, measure_lesion(*body, confidence)) for number, body in bodies.items()]
    measured.sort(key=lambda item: place_in_order(int(voxels[item[0]]), item[1]))

    renumber = np.zeros(len(voxels), dtype=np.uint16)
    for new, (old, _) in enumerate(measured, start=1):
        renumber[old] = new
    labels = renumber[components]
    whole = whole_mask(whole_probability >= settings.threshold, labels > 0)
    around = zip(distances_mm(labels, grid), oedema_ml(labels, whole, grid), strict=True)
    uids = tracking_uids(labels)
    lesions = tuple(
        replace(
            lesion,
            number=number,
            nearest_lesion_mm=gap,
            oedema_ml=oedema,
            side=None if position is None else position.side(lesion.centroid_ras_mm),
            lobe=None if position is None else position.lobe(lesion.centroid_ras_mm),
            tracking_uid=uids[number],
        )
        for number, ((_, lesion), (gap, oedema)) in enumerate(zip(measured, around, strict=True), start=1)
    )
    return labels, whole, lesions


def separate(
    core: NDArray[np.bool_], grid: Grid, settings: LesionSettings
) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """The bodies of a core mask, of any size: its components, divided at their necks where the settings say so.

    Parameters
    ----------
    core : ndarray of bool, shape (I, J, K) = ``grid.shape``
        The whole volume, or any box that cuts no component.
    grid : Grid
    settings : LesionSettings

    Returns
    -------
    bodies : ndarray of int32, shape (I, J, K)
        0 background, 1..n.
    voxels : ndarray of int, shape (n + 1,)
        How many each has; the first number means nothing.
    """
    bodies, count = label_components(core)
    if settings.split_touching:
        bodies, count = split_touching(bodies, count, grid, settings.min_volume_mm3)
    return bodies, np.bincount(bodies[bodies > 0], minlength=count + 1)


def is_large_enough(voxels: int, grid: Grid, settings: LesionSettings) -> bool:
    """Whether a body of so many voxels can be a lesion."""
    # A thousandth of a voxel of slack keeps rounding in the header from deciding.
    return voxels >= settings.min_volume_mm3 / grid.voxel_volume_mm3 - 1e-3


def place_in_order(voxels: int, lesion: Lesion) -> tuple[float, ...]:
    """The key that lesions are numbered by: the largest first, then the most superior, anterior, right one."""
    right, anterior, superior = (round(value, _POSITION_DIGITS) for value in lesion.centroid_ras_mm)
    return -voxels, -superior, -anterior, -right


def whole_mask(candidates: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The components of ``candidates`` united with ``core`` that hold a core."""
    components, count = label_components(candidates | core)
    keep = np.zeros(count + 1, dtype=bool)
    keep[np.unique(components[core])] = True
    return keep[components]
