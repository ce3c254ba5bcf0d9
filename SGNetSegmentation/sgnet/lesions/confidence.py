"""How sure it is that a body is a lesion: its peak probability, corrected for its size and its shape.

A voxel's probability says how likely the tissue there is tumour; whether a whole body is a lesion or, say, a stretch
of a vessel, also shows in its size and shape. The correction is a logistic regression (D. R. Cox, 1958) on the bodies
of development studies; it belongs to a model as its temperatures do, and stands in its ``config.json``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Grid
from sgnet.lesions.steps import log_odds, peak_reached, probability_of
from sgnet.lesions.weights import read_weights

REFERENCE_ML = 0.1
"""Volumes are counted in units of this, a ball of 5.8 mm."""
_DIGITS = 6


@dataclass(frozen=True)
class Confidence:
    """The weights; by default a body's confidence is its peak probability, as it is for models that name none.

    ``log odds = intercept + peak * ln(p / (1 - p)) + volume * ln(V / 0.1 ml) + flatness * ln(F)`` with the peak
    probability p, the volume V and the flatness F (:func:`flatness`).
    """

    intercept: float = 0.0
    peak: float = 1.0
    volume: float = 0.0
    flatness: float = 0.0

    def of(self, mask: NDArray[np.bool_], probability: NDArray[np.floating], grid: Grid) -> float:
        """The confidence in [0, 1] that a body is a lesion.

        Parameters
        ----------
        mask : ndarray of bool, shape (I, J, K) = ``grid.shape``
            At least one voxel set. Give the body's bounding box, not the whole volume.
        probability : ndarray of float, same shape
            Of the core; steps of 1 / STEPS (:mod:`sgnet.lesions.steps`) are all that counts of the peak.
        grid : Grid
            Of the box.

        Examples
        --------
        >>> mask, box = np.ones((5, 5, 4), bool), Grid((5, 5, 4), np.eye(4))
        >>> Confidence().of(mask, np.full(mask.shape, 0.8), box)
        0.8
        >>> Confidence(0.0, 1.0, 0.5).of(mask, np.full(mask.shape, 0.8), box)  # 0.1 ml: no correction
        0.8
        """
        return self.of_features(features(mask, probability, grid))

    def of_features(self, values: Sequence[float]) -> float:
        """The same from what :func:`features` gives."""
        weights = self.intercept, self.peak, self.volume, self.flatness
        total = sum(weight * value for weight, value in zip(weights, values, strict=True))
        # Rounding keeps the last digit of a logarithm from deciding.
        return round(probability_of(total), _DIGITS)

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> Confidence:
        """The inverse of :meth:`to_dict`; the peak probability for None. Raises ModelError for anything else."""
        if values is None:
            return cls()
        return cls(**read_weights([item.name for item in fields(cls)], values, "confidence"))


AS_PEAK = Confidence()
"""The peak probability and nothing else."""


def confidence_text(confidence: float) -> str:
    """As it is shown: in two digits, and never as certain.

    Examples
    --------
    >>> confidence_text(0.4), confidence_text(0.9949), confidence_text(0.9999), confidence_text(0.0001)
    ('0.40', '0.99', '> 0.99', '< 0.01')
    """
    text = f"{confidence:.2f}"
    return {"0.00": "< 0.01", "1.00": "> 0.99"}.get(text, text)


def features(
    mask: NDArray[np.bool_], probability: NDArray[np.floating], grid: Grid
) -> tuple[float, float, float, float]:
    """What :class:`Confidence` weighs: 1, log odds of the peak, ln(V / 0.1 ml), ln(flatness); parameters as there."""
    volume_ml = np.count_nonzero(mask) * grid.voxel_volume_mm3 / 1000
    peak = log_odds(peak_reached(mask, probability))
    return 1.0, peak, math.log(volume_ml / REFERENCE_ML), math.log(flatness(mask, grid))


def flatness(mask: NDArray[np.bool_], grid: Grid) -> float:
    """The shortest principal axis of a body as a share of its longest: 1 for a ball, towards 0 for a tube or a sheet.

    The "flatness" of IBSI (Zwanenburg et al., Radiology 2020), with the extent of the voxels themselves: without it
    a body in one slice would have none.

    Parameters
    ----------
    mask : ndarray of bool, shape (I, J, K) = ``grid.shape``
        At least one voxel set.
    grid : Grid

    Examples
    --------
    >>> cube, stick = np.ones((4, 4, 4), bool), np.ones((1, 1, 8), bool)
    >>> [round(flatness(body, Grid(body.shape, np.eye(4))), 3) for body in (cube, stick)]
    [1.0, 0.125]
    """
    to_mm = grid.affine_ijk_to_ras[:3, :3]
    voxels = np.argwhere(mask)
    offsets = voxels - voxels.mean(axis=0)
    # A voxel is a box, whose own variance is a twelfth along each edge.
    covariance = to_mm @ (offsets.T @ offsets / len(voxels) + np.eye(3) / 12) @ to_mm.T
    shortest, _, longest = np.linalg.eigvalsh(covariance)
    return float(math.sqrt(shortest / longest))
