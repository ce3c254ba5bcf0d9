"""Every body that the network outlines, sure or not, true or false: what lesion confidence is fitted and judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.geometry import Grid
from sgnet.lesions.confidence import Confidence, features
from sgnet.lesions.find import find_lesions
from sgnet.lesions.tightening import Tightening

BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
"""Confidences are counted between these."""


@dataclass(frozen=True)
class Body:
    """What is known of one body.

    Attributes
    ----------
    features : tuple of float
        :func:`sgnet.lesions.confidence.features`.
    confidence : float
        That it is a lesion.
    true : bool
        Whether it holds a voxel of a true core.
    """

    features: tuple[float, ...]
    confidence: float
    true: bool


def bodies_of(
    core: NDArray[np.floating],
    true_core: NDArray[np.bool_],
    grid: Grid,
    settings: LesionSettings,
    confidence: Confidence,
    tightening: Tightening,
) -> Iterator[Body]:
    """The bodies of a core probability, shape (I, J, K) = ``grid.shape``, that are large enough, however unsure."""
    any_sure = replace(settings, min_confidence=0)
    labels, _, lesions = find_lesions(core, core, grid, any_sure, confidence=confidence, tightening=tightening)
    for lesion, box in zip(lesions, ndimage.find_objects(labels), strict=True):
        mask = labels[box] == lesion.number
        crop = grid.with_shape(mask.shape, [part.start for part in box])
        assert lesion.confidence is not None
        yield Body(features(mask, core[box], crop), lesion.confidence, bool(true_core[box][mask].any()))


def by_confidence(bodies: Sequence[Body]) -> dict[str, list[int]]:
    """How many bodies of each band of confidence are true, and how many there are."""
    result = {}
    for low, high in pairwise(BANDS):
        inside = [one for one in bodies if low <= one.confidence < high or (one.confidence == high == 1)]
        result[f"{low:g}-{high:g}"] = [sum(one.true for one in inside), len(inside)]
    return result
