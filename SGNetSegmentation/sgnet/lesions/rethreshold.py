"""Lesions at another threshold, smallest size or least confidence, from the kept probabilities, without the network.

Lesions at any threshold lie within the regions above the floor, so each region is looked at by itself, in
its own small box, by the very functions that :func:`sgnet.lesions.find.find_lesions` uses. The functions
that take long are generators and yield between regions, so that a window can answer meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.lesions.components import label_components, within
from sgnet.lesions.find import is_large_enough, outlined, place_in_order, whole_mask
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.measure import measure_lesion
from sgnet.lesions.neighbours import oedema_in_steps
from sgnet.lesions.placed import PlacedMask
from sgnet.lesions.probability_map import ProbabilityMap, Region
from sgnet.lesions.steps import STEPS, steps_of

REVIEW_PEAK = 0.4
"""What reaches this probability and is no lesion is listed for review; what does not is seldom a lesion (measured)."""

LARGEST_REGION_VOXELS = 2_500_000
"""Oedema in a box of so many voxels is looked at in steps of less than 0.1 s (measured)."""

LEAST_LISTED_MM3 = 5.0
"""Smaller ones are counted, not listed."""


class Doubt(Enum):
    """Why a body is listed for review instead of being a lesion."""

    BELOW_THRESHOLD = "below threshold"
    TOO_SMALL = "too small"
    TOO_UNSURE = "too unsure"


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
        What reaches :data:`REVIEW_PEAK` and was dropped: for its size or its confidence, with the outline it has at the
        threshold; or because it stays below the threshold, outlined at half its peak.
    unlisted : int
        How many more were smaller than :data:`LEAST_LISTED_MM3`, or reach the threshold but not that peak.
    """

    lesions: tuple[Body, ...]
    doubtful: tuple[Body, ...]
    unlisted: int


def find_again(kept: ProbabilityMap, settings: LesionSettings) -> Generator[None, None, Found]:
    """Find the lesions of a map; yields after each region."""
    found: list[Body] = []
    for region in kept.core_regions:
        if region.peak >= min(steps_of(settings.threshold), steps_of(REVIEW_PEAK)):
            found += _bodies(kept, region, settings)
            yield
    doubtful = [body for body in found if body.doubt is not None]
    least = LEAST_LISTED_MM3 / kept.grid.voxel_volume_mm3 - 1e-3
    listed = tuple(body for body in doubtful if body.placed.voxels >= least and body.peak >= REVIEW_PEAK)
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
    lesion = measure_lesion(placed.mask, probability, grid, kept.confidence)
    return replace(
        lesion,
        side=kept.position.side(lesion.centroid_ras_mm),
        lobe=kept.position.lobe(lesion.centroid_ras_mm),
        tracking_uid=placed.tracking_uid(kept.grid.shape),
    )


def in_order(bodies: Iterable[tuple[Body, Lesion]]) -> list[tuple[Body, Lesion]]:
    """Lesions with their measurements in the order, and with the numbers, that ``find_lesions`` gives them."""
    ordered = sorted(bodies, key=lambda item: place_in_order(item[0].placed.voxels, item[1]))
    return [(body, replace(lesion, number=n)) for n, (body, lesion) in enumerate(ordered, start=1)]


def _bodies(kept: ProbabilityMap, region: Region, settings: LesionSettings) -> list[Body]:
    values = _values(kept, region)
    level = steps_of(settings.threshold)
    found = _faint(kept, region, values, level)
    if region.peak < level:
        return found
    grid = kept.box_grid(region.slices)
    probability = values / np.float32(STEPS)
    for box, mask in outlined(probability, grid, settings, kept.tightening):
        doubt = None
        if not is_large_enough(int(np.count_nonzero(mask)), grid, settings):
            doubt = Doubt.TOO_SMALL
        # Where the box lies does not matter, only its lattice does.
        elif (
            kept.confidence.of(mask, probability[box], grid.with_shape(mask.shape, (0, 0, 0))) < settings.min_confidence
        ):
            doubt = Doubt.TOO_UNSURE
        found.append(_body(kept, region, values, box, mask, doubt))
    return found


def _faint(kept: ProbabilityMap, region: Region, values: NDArray[np.uint16], level: int) -> list[Body]:
    """What reaches :data:`REVIEW_PEAK` but nowhere the threshold; it may be joined to a lesion below half that peak."""
    least = steps_of(REVIEW_PEAK)
    if level <= least:
        return []
    labels, count = label_components(values >= least // 2)
    peaks = ndimage.maximum(values, labels, range(1, count + 1)) if count else []
    found = []
    for number, (box, peak) in enumerate(zip(ndimage.find_objects(labels), peaks, strict=True), start=1):
        if not least <= peak < level:
            continue
        inside = np.where(labels[box] == number, values[box], 0)
        parts, _ = label_components(inside >= int(peak) // 2)
        mask = parts == parts[np.unravel_index(int(inside.argmax()), inside.shape)]
        found.append(_body(kept, region, values, box, mask, Doubt.BELOW_THRESHOLD))
    return found


def _body(
    kept: ProbabilityMap,
    region: Region,
    values: NDArray[np.uint16],
    box: tuple[slice, slice, slice],
    mask: NDArray[np.bool_],
    doubt: Doubt | None,
) -> Body:
    i, j, k = kept.placed(within(region.slices, box))
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


def oedema_again(
    kept: ProbabilityMap, masks: Sequence[PlacedMask], settings: LesionSettings
) -> Generator[None, None, tuple[list[float | None], list[PlacedMask] | None]]:
    """The oedema around any lesions, by the rule of :func:`~sgnet.lesions.find.find_lesions`; yields between regions.

    Parameters
    ----------
    kept : ProbabilityMap
    masks : sequence of PlacedMask
        The lesions' cores, as found or as edited.
    settings : LesionSettings

    Returns
    -------
    millilitres : list of float or None
        Of each lesion; None in a region larger than :data:`LARGEST_REGION_VOXELS`, which takes too long in one step.
    oedema : list of PlacedMask or None
        All of it, region by region; the regions do not overlap, their boxes may. None if one was too large.
    """
    millilitres: list[float | None] = [0.0] * len(masks)
    oedema: list[PlacedMask] | None = []
    for region in kept.regions:
        box = region.slices
        here = PlacedMask(kept.placed(box), np.ones([part.stop - part.start for part in box], bool))
        inside = [n for n, mask in enumerate(masks) if here.shared_voxels(mask)]
        if not inside:
            continue
        if here.mask.size > LARGEST_REGION_VOXELS:
            for n in inside:
                millilitres[n] = None
            oedema = None
            continue
        labels, members = _labels_in(kept, region, masks)
        yield
        if not members:
            continue
        probability = kept.whole[box] / np.float32(STEPS)
        whole = whole_mask(probability, labels > 0, kept.box_grid(box), settings, kept.tightening)
        yield
        volumes = yield from oedema_in_steps(labels, whole, kept.box_grid(box))
        for n, volume in zip(members, volumes, strict=True):
            before = millilitres[n]
            millilitres[n] = None if before is None else before + volume
        if oedema is not None:
            oedema.append(PlacedMask(here.first_ijk, whole & (labels == 0)))
        yield
    return millilitres, oedema


def _labels_in(
    kept: ProbabilityMap, region: Region, masks: Sequence[PlacedMask]
) -> tuple[NDArray[np.int32], list[int]]:
    """Labels 1..n of the masks that lie in a region, in the region's box, and which masks these are."""
    box = region.slices
    labels = np.zeros([part.stop - part.start for part in box], dtype=np.int32)
    first = kept.placed(box)
    for n, mask in enumerate(masks, start=1):
        starts = [a - b for a, b in zip(mask.first_ijk, first, strict=True)]
        here = tuple(
            slice(max(a, 0), max(min(a + size, whole), 0))
            for a, size, whole in zip(starts, mask.mask.shape, labels.shape, strict=True)
        )
        if any(part.start >= part.stop for part in here):
            continue
        there = tuple(slice(part.start - a, part.stop - a) for part, a in zip(here, starts, strict=True))
        labels[here][mask.mask[there]] = n
    if not region.alone:
        regions, _ = label_components((kept.core[box] > 0) | (kept.whole[box] > 0))
        labels[regions != regions[region.peak_in_box]] = 0
    present = np.unique(labels[labels > 0])
    renumber = np.zeros(len(masks) + 1, dtype=np.int32)
    renumber[present] = np.arange(1, len(present) + 1)
    return renumber[labels], [int(n) - 1 for n in present]
