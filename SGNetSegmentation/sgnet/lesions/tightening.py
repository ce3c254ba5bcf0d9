"""Small sure lesions are outlined tighter than the threshold says.

A threshold that outlines large lesions rightly outlines small ones too widely: the network blurs what is not much
larger than its cells, and the surer it is of a body, the farther the blur reaches above any fixed threshold. As one
measures a blurred spot at a share of its maximum (the full width at half maximum), the threshold of a body rises with
its peak, the more the smaller it is. How much belongs to a model as its temperatures do, and stands in its
``config.json``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.errors import ModelError
from sgnet.geometry import Grid
from sgnet.lesions.steps import STEPS, log_odds, peak_reached, probability_of, steps_of
from sgnet.lesions.weights import read_weights

LARGE_ML = 10.0
"""Bodies from this volume on, a ball of 27 mm, are outlined at the threshold itself."""


@dataclass(frozen=True)
class Tightening:
    """How the threshold of a body rises; by default it does not, as for models that name none.

    ``log odds = those of the threshold + rate * ln(10 ml / V) * (those of the peak - those of from_peak)`` with the
    body's volume V and its peak probability; neither factor is less than 0. The result is rounded to steps of
    1 / STEPS and never above the peak.
    """

    rate: float = 0.0
    from_peak: float = 0.5

    def threshold_of(
        self, mask: NDArray[np.bool_], probability: NDArray[np.floating], grid: Grid, threshold: float
    ) -> float:
        """The probability from which on a voxel of a body belongs to its outline.

        Parameters
        ----------
        mask : ndarray of bool, shape (I, J, K) = ``grid.shape``
            The body at ``threshold``, at least one voxel. Give its bounding box, not the whole volume.
        probability : ndarray of float, same shape
        grid : Grid
            Of the box.
        threshold : float

        Examples
        --------
        >>> mask, box = np.ones((5, 5, 4), bool), Grid((5, 5, 4), np.eye(4))
        >>> sure = np.full(mask.shape, 0.99)
        >>> Tightening().threshold_of(mask, sure, box, 0.3), Tightening(0.1, 0.8).threshold_of(mask, sure, box, 0.3)
        (0.3, 0.6526)
        """
        volume_ml = np.count_nonzero(mask) * grid.voxel_volume_mm3 / 1000
        return self.raised(threshold, volume_ml, peak_reached(mask, probability))

    def raised(self, threshold: float, volume_ml: float, peak: float) -> float:
        """The same of a body of that volume and peak."""
        size = max(math.log(LARGE_ML / volume_ml), 0.0)
        excess = self.rate * size * max(log_odds(peak) - log_odds(self.from_peak), 0.0)
        if excess == 0:
            return threshold
        return min(steps_of(probability_of(log_odds(threshold) + excess)) / STEPS, peak)

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> Tightening:
        """The inverse of :meth:`to_dict`; no tightening for None. Raises ModelError for anything else."""
        if values is None:
            return cls()
        found = cls(**read_weights([item.name for item in fields(cls)], values, "tightening"))
        if not (found.rate >= 0 and 0 < found.from_peak < 1):
            raise ModelError(
                "The tightening of a model cannot be read: "
                "its rate must be at least 0, and its from_peak between 0 and 1."
            )
        return found


AT_THRESHOLD = Tightening()
"""Every body is outlined at the threshold."""
