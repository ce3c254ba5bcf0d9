"""How much tighter a model's small sure bodies are to be outlined, from bodies whose true outline is known."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Grid
from sgnet.lesions.steps import peak_reached
from sgnet.lesions.tightening import Tightening

RATES = tuple(n / 100 for n in range(41))
FROM_PEAKS = tuple(n / 100 for n in range(50, 100, 2))
"""Every pair of these is tried; the best is so flat that a finer grid would only fit chance."""


@dataclass(frozen=True, eq=False)
class DrawnBody:
    """A body as a threshold outlines it, with its Dice at any higher one.

    Attributes
    ----------
    volume_ml, peak : float
        Of the body.
    probabilities : ndarray of float, shape (N,)
        Of its voxels, ascending.
    dices : ndarray of float, shape (N + 1,)
        Of what is left without the first n of these voxels.
    """

    volume_ml: float
    peak: float
    probabilities: NDArray[np.floating]
    dices: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        mask: NDArray[np.bool_],
        probability: NDArray[np.floating],
        true: NDArray[np.bool_],
        true_voxels: int,
        grid: Grid,
    ) -> DrawnBody:
        """A body in its box.

        Parameters
        ----------
        mask : ndarray of bool, shape (I, J, K) = ``grid.shape``
            The body, at least one voxel.
        probability : ndarray of float, same shape
        true : ndarray of bool, same shape
            The lesions that it touches.
        true_voxels : int
            How many these have, within the box and outside of it.
        grid : Grid
            Of the box.
        """
        values, inside = probability[mask], true[mask]
        order = np.argsort(values)
        left_out = np.concatenate(([0], np.cumsum(inside[order])))
        voxels_left = len(order) - np.arange(len(order) + 1)
        dices = 2 * (left_out[-1] - left_out) / (voxels_left + true_voxels)
        volume_ml = len(order) * grid.voxel_volume_mm3 / 1000
        return cls(volume_ml, peak_reached(mask, probability), values[order], dices)

    def dice(self, threshold: float) -> float:
        """Of its voxels that reach ``threshold``, all together should they fall apart."""
        # Compared in the type of the probabilities, as an outline is.
        first = np.searchsorted(self.probabilities, self.probabilities.dtype.type(threshold))
        return float(self.dices[first])

    def tightened_dice(self, tightening: Tightening, threshold: float) -> float:
        """Of its outline with ``tightening``; ``threshold`` is the one that outlined the body."""
        return self.dice(tightening.raised(threshold, self.volume_ml, self.peak))


def fit_tightening(bodies: Sequence[DrawnBody], threshold: float) -> Tightening:
    """The pair of weights with the largest mean Dice of the bodies; of several the one with the least rate.

    Parameters
    ----------
    bodies : sequence of DrawnBody
        That touch a true lesion, outlined at ``threshold``; at least one.
    threshold : float

    Raises
    ------
    ValueError
        If there is no body.
    """
    if not bodies:
        raise ValueError("Fitting a tightening takes at least one body.")
    pairs = (Tightening(rate, peak) for rate, peak in itertools.product(RATES, FROM_PEAKS))
    return max(pairs, key=lambda one: sum(body.tightened_dice(one, threshold) for body in bodies))
