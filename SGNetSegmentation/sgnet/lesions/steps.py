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


def peak_reached(mask: NDArray[np.bool_], probability: NDArray[np.floating]) -> float:
    """The highest probability inside a mask of at least one voxel, as a multiple of 1 / STEPS.

    Examples
    --------
    >>> peak_reached(np.array([True, True, False]), np.array([0.35, 0.12345, 0.9]))
    0.35
    """
    return int(steps_reached(probability[mask].max(keepdims=True))[0]) / STEPS


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)) of a probability, taken as one step inside 0 and 1 at most.

    Examples
    --------
    >>> log_odds(0.5), round(log_odds(1.0), 3)
    (0.0, 9.21)
    """
    inside = min(max(probability, 1 / STEPS), 1 - 1 / STEPS)
    return math.log(inside / (1 - inside))


def probability_of(log_odds: float) -> float:
    """The logistic function, without its overflow.

    Examples
    --------
    >>> probability_of(0.0), probability_of(-1e6)
    (0.5, 0.0)
    """
    return (1 + math.tanh(log_odds / 2)) / 2
