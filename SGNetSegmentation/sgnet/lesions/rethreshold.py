"""Lesions at another threshold or smallest size, from the kept probabilities: no network, no whole volume.

Lesions at any threshold lie within the regions above the floor, so each region is looked at by itself, in
its own small box, by the very functions that :func:`sgnet.lesions.find.find_lesions` uses. The functions
that take long are generators and yield between regions, so that a window can answer meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.lesions.components import label_components
from sgnet.lesions.find import is_large_enough, place_in_order, separate
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.measure import measure_lesion
from sgnet.lesions.placed import PlacedMask
from sgnet.lesions.probability_map import FLOOR, STEPS, ProbabilityMap, Region, steps_of

REVIEW_FLOOR = 0.2
"""A region whose peak probability stays below the threshold, but reaches this, is listed for review."""

LEAST_LISTED_MM3 = 5.0
"""Smaller ones are counted, not listed."""


class Doubt(Enum):
    """Why a body is listed for review instead of being a lesion."""

    BELOW_THRESHOLD = "below threshold"
    TOO_SMALL = "too small"


@dataclass(frozen=True, eq=False)
class Body:
    """One body of the core.

    Attributes
    ----------
    placed : PlacedMask
        Its voxels in the T1ce grid.
    peak_ijk : tuple of three int
        Its voxel of the highest probability; it stays the same body's at any threshold.
    peak : float
        That probability.
    doubt : Doubt or None
        None for a lesion.
    """

    placed: PlacedMask
    peak_ijk: tuple[int, int, int]
    peak: float
    doubt: Doubt | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """What lies in a map at some settings, in no particular order.

    Attributes
    ----------
    lesions : tuple of Body
        The lesions of :func:`~sgnet.lesions.find.find_lesions`.
    doubtful : tuple of Body
        What was dropped for its size, with the outline it has at the threshold; and what stays below
        the threshold but reaches :data:`REVIEW_FLOOR`, outlined at half its peak.
    unlisted : int
        How many more were smaller than :data:`LEAST_LISTED_MM3`.
    """

    lesions: tuple[Body, ...]
    doubtful: tuple[Body, ...]
    unlisted: int


def find_again(kept: ProbabilityMap, settings: LesionSettings) -> Generator[None, None, Found]:
    """Find the lesions of a map; yields after each region."""
    found: list[Body] = []
    for region in kept.core_regions:
        if region.peak >= min(steps_of(settings.threshold), steps_of(REVIEW_FLOOR)):
            found += _bodies(kept, region, settings)
            yield
    doubtful = [body for body in found if body.doubt is not None]
    least = LEAST_LISTED_MM3 / kept.grid.voxel_volume_mm3 - 1e-3
    listed = tuple(body for body in doubtful if body.placed.voxels >= least)
    lesions = tuple(body for body in found if body.doubt is None)
    return Found(lesions, listed, len(doubtful) - len(listed))


def measure_again(kept: ProbabilityMap, placed: PlacedMask) -> Lesion:
    """Measure any mask, the user's own drawing too, with at least one voxel; ``number`` is 1.

    As :func:`~sgnet.lesions.find.find_lesions` measures, but for the distance to other lesions and the
    oedema, which follow from all lesions together. Probabilities are exact to 1 / STEPS.
    """
    placed = placed.trimmed()
    probability = kept.probabilities(placed.first_ijk, placed.mask.shape)
    grid = kept.grid.with_shape(placed.mask.shape, placed.first_ijk)
    lesion = measure_lesion(placed.mask, probability, grid)
    side = None if kept.midplane is None else kept.midplane.side(lesion.centroid_ras_mm)
    return replace(lesion, side=side, tracking_uid=placed.tracking_uid(kept.grid.shape))


def in_order(bodies: Iterator[tuple[Body, Lesion]] | list[tuple[Body, Lesion]]) -> list[tuple[Body, Lesion]]:
    """Lesions with their measurements in the order, and with the numbers, that ``find_lesions`` gives them."""
    ordered = sorted(bodies, key=lambda item: place_in_order(item[0].placed.voxels, item[1]))
    return [(body, replace(lesion, number=n)) for n, (body, lesion) in enumerate(ordered, start=1)]


def _bodies(kept: ProbabilityMap, region: Region, settings: LesionSettings) -> list[Body]:
    values = _values(kept, region)
    level = steps_of(settings.threshold)
    if region.peak < level:
        return [_outline(kept, region, values)]
    grid = kept.box_grid(region.slices)
    bodies, voxels = separate(values >= level, grid, settings)
    found = []
    for number, box in enumerate(ndimage.find_objects(bodies), start=1):
        if box is None:
            continue
        enough = is_large_enough(int(voxels[number]), grid, settings)
        found.append(_body(kept, region, values, box, bodies[box] == number, None if enough else Doubt.TOO_SMALL))
    return found


def _outline(kept: ProbabilityMap, region: Region, values: NDArray[np.uint16]) -> Body:
    """What stays below the threshold: the part around its peak down to half the peak."""
    labels, _ = label_components(values >= max(steps_of(FLOOR), region.peak // 2))
    number = int(labels[region.peak_in_box])
    box = ndimage.find_objects(labels, max_label=number)[number - 1]
    return _body(kept, region, values, box, labels[box] == number, Doubt.BELOW_THRESHOLD)


def _body(
    kept: ProbabilityMap,
    region: Region,
    values: NDArray[np.uint16],
    box: tuple[slice, slice, slice],
    mask: NDArray[np.bool_],
    doubt: Doubt | None,
) -> Body:
    outer = region.slices
    i, j, k = kept.placed(
        tuple(slice(a.start + b.start, a.start + b.stop) for a, b in zip(outer, box, strict=True))  # type: ignore[arg-type]
    )
    inside = np.where(mask, values[box], 0)
    di, dj, dk = (int(n) for n in np.unravel_index(int(inside.argmax()), mask.shape))
    return Body(PlacedMask((i, j, k), mask), (i + di, j + dj, k + dk), int(inside[di, dj, dk]) / STEPS, doubt)


def _values(kept: ProbabilityMap, region: Region) -> NDArray[np.uint16]:
    """The core of one region in its box, without what belongs to others."""
    values = kept.core[region.slices]
    if region.alone:
        return values
    labels, _ = label_components(values > 0)
    return np.where(labels == labels[region.peak_in_box], values, 0).astype(np.uint16)
