"""From probabilities to numbered lesions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.lesions.components import Box, label_components, within
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.measure import measure_lesion
from sgnet.lesions.neighbours import distances_mm, oedema_ml
from sgnet.lesions.position import HeadPosition
from sgnet.lesions.split import split_touching
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening
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
    tightening: Tightening = AT_THRESHOLD,
) -> tuple[NDArray[np.uint16], NDArray[np.bool_], tuple[Lesion, ...]]:
    """Separate, number and measure the lesions of one study.

    A body is a 26-connected component of the voxels whose core probability is at least the threshold; with
    ``split_touching`` a component of two clearly joined bodies is two (:mod:`sgnet.lesions.split`). Its outline is
    tightened where it is small and sure (:mod:`sgnet.lesions.tightening`); what falls apart by that is several bodies.
    A body is a lesion unless its outline is smaller than ``min_volume_mm3`` or less sure than ``min_confidence``.
    Lesions are numbered from the largest;
    those of equal size from the most superior, then the most anterior, then the most right one, so
    that the numbers do not depend on the orientation in which the file happens to be stored.

    The whole-lesion mask is that of :func:`whole_mask`: oedema without an enhancing core is no finding of
    this tool, and oedema that merely touches a core belongs to it.

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
    tightening : Tightening, optional
        The model's; without one every body is outlined at the threshold.

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
    bodies = []
    for box, mask in outlined(core_probability, grid, settings, tightening):
        crop = grid.with_shape(mask.shape, [part.start for part in box])
        voxels = int(np.count_nonzero(mask))
        large = is_large_enough(voxels, grid, settings)
        if large and confidence.of(mask, core_probability[box], crop) >= settings.min_confidence:
            bodies.append((voxels, box, mask, crop))
    if len(bodies) > _MOST_LESIONS:
        raise InputError(
            f"{len(bodies)} lesions were found, more than {_MOST_LESIONS}; raise the threshold or min_volume_mm3."
        )
    found = [
        (voxels, box, mask, measure_lesion(mask, core_probability[box], crop, confidence))
        for voxels, box, mask, crop in bodies
    ]
    found.sort(key=lambda one: place_in_order(one[0], one[3]))

    labels = np.zeros(grid.shape, dtype=np.uint16)
    for number, (_, box, mask, _) in enumerate(found, start=1):
        labels[box][mask] = number
    whole = whole_mask(whole_probability, labels > 0, grid, settings, tightening)
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
        for number, ((*_, lesion), (gap, oedema)) in enumerate(zip(found, around, strict=True), start=1)
    )
    return labels, whole, lesions


def outlined(
    probability: NDArray[np.floating], grid: Grid, settings: LesionSettings, tightening: Tightening
) -> Iterator[tuple[Box, NDArray[np.bool_]]]:
    """The outlines of all bodies, of any size and however unsure.

    Parameters
    ----------
    probability : ndarray of float, shape (I, J, K) = ``grid.shape``
        Of the core; the whole volume, or any box that cuts no body.
    grid : Grid
    settings : LesionSettings
    tightening : Tightening

    Yields
    ------
    tuple of three slices, ndarray of bool
        A bounding box and the outline therein, one 26-connected component.
    """
    bodies, count = label_components(probability >= settings.threshold)
    if settings.split_touching:
        bodies, _ = split_touching(bodies, count, grid, settings.min_volume_mm3)
    for number, box in enumerate(ndimage.find_objects(bodies), start=1):
        mask = bodies[box] == number
        crop = grid.with_shape(mask.shape, [part.start for part in box])
        own = tightening.threshold_of(mask, probability[box], crop, settings.threshold)
        if own <= settings.threshold:
            yield box, mask
            continue
        parts, _ = label_components(mask & (probability[box] >= own))
        for part, inner in enumerate(ndimage.find_objects(parts), start=1):
            yield within(box, inner), parts[inner] == part


def is_large_enough(voxels: int, grid: Grid, settings: LesionSettings) -> bool:
    """Whether a body of so many voxels can be a lesion."""
    # A thousandth of a voxel of slack keeps rounding in the header from deciding.
    return voxels >= settings.min_volume_mm3 / grid.voxel_volume_mm3 - 1e-3


def place_in_order(voxels: int, lesion: Lesion) -> tuple[float, ...]:
    """The key that lesions are numbered by: the largest first, then the most superior, anterior, right one."""
    right, anterior, superior = (round(value, _POSITION_DIGITS) for value in lesion.centroid_ras_mm)
    return -voxels, -superior, -anterior, -right


def whole_mask(
    probability: NDArray[np.floating],
    core: NDArray[np.bool_],
    grid: Grid,
    settings: LesionSettings,
    tightening: Tightening = AT_THRESHOLD,
) -> NDArray[np.bool_]:
    """The whole lesions around cores.

    The voxels whose whole probability reaches the threshold, united with the cores: of their 26-connected components
    those that hold a core, tightened as the cores are.

    Parameters
    ----------
    probability : ndarray of float, shape (I, J, K) = ``grid.shape``
        Of the whole lesion.
    core : ndarray of bool, same shape
        Of all lesions.
    grid : Grid
    settings : LesionSettings
    tightening : Tightening, optional
    """
    reached = probability >= settings.threshold
    components = _with_core(reached | core, core)
    tight = core.copy()
    for number, box in enumerate(ndimage.find_objects(np.where(reached, components, 0)), start=1):
        if box is not None:
            mask = reached[box] & (components[box] == number)
            crop = grid.with_shape(mask.shape, [part.start for part in box])
            raised = tightening.threshold_of(mask, probability[box], crop, settings.threshold)
            tight[box] |= mask & (probability[box] >= raised)
    return _with_core(tight, core) > 0


def _with_core(mask: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The labelled components of ``mask`` that hold a voxel of ``core``."""
    components, count = label_components(mask)
    keep = np.zeros(count + 1, dtype=bool)
    keep[np.unique(components[core])] = True
    return np.where(keep[components], components, 0)
