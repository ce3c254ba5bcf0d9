"""Every body that the network outlines, sure or not, true or false: what lesion confidence is fitted and judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sgnet.config import LesionSettings
from sgnet.geometry import Grid
from sgnet.lesions.confidence import Confidence, features
from sgnet.lesions.find import find_lesions

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
    core: NDArray[np.floating], true_core: NDArray[np.bool_], grid: Grid, settings: LesionSettings, model: Confidence
) -> Iterator[Body]:
    """The bodies of a core probability, shape (I, J, K) = ``grid.shape``, that are large enough, however unsure."""
    settings = LesionSettings(settings.threshold, settings.min_volume_mm3, 0, settings.split_touching)
    labels, _, lesions = find_lesions(core, core, grid, settings, confidence=model)
    for lesion in lesions:
        mask = labels == lesion.number
        assert lesion.confidence is not None
        yield Body(features(mask, core, grid), lesion.confidence, bool(true_core[mask].any()))


def by_confidence(bodies: Sequence[Body]) -> dict[str, list[int]]:
    """How many bodies of each band of confidence are true, and how many there are."""
    result = {}
    for low, high in pairwise(BANDS):
        inside = [one for one in bodies if low <= one.confidence < high or (one.confidence == high == 1)]
        result[f"{low:g}-{high:g}"] = [sum(one.true for one in inside), len(inside)]
    return result
