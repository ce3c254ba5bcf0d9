"""Probabilities in steps of one ten-thousandth: the same number on the network's output and on what is kept of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

STEPS = 10_000


def steps_of(probability: float) -> int:
    """A threshold in steps: voxels with at least so many reach it.

    Examples
    --------
    >>> steps_of(0.5), steps_of(0.35), steps_of(0.00005)
    (5000, 3500, 1)
    """
    return math.ceil(probability * STEPS - 1e-6)


def steps_reached(probability: NDArray[np.floating]) -> NDArray[np.uint16]:
    """The highest step that each probability in [0, 1] reaches, compared in its own number format.

    Examples
    --------
    >>> steps_reached(np.array([0.0, 0.35, 0.34999], dtype=np.float32)).tolist()
    [0, 3500, 3499]
    """
    ladder = (np.arange(STEPS + 1) / STEPS).astype(probability.dtype)
    return (np.searchsorted(ladder, probability, side="right") - 1).astype(np.uint16)
