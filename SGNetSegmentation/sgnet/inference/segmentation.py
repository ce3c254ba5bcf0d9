"""The result of one run: everything that writers, reports and the Slicer module need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.data.study import Study
from sgnet.geometry import Grid
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.position import NOWHERE, HeadPosition
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Lesions of one study on its native T1ce grid; arrays are (I, J, K).

    Attributes
    ----------
    study : Study
    core_probability, whole_probability : ndarray of float32 in [0, 1]
        Core = enhancing + necrotic (what is irradiated); whole = core + oedema.
    labels : ndarray of uint16
        0 background, n = voxels of ``lesions[n - 1]``.
    whole : ndarray of bool
        Whole-lesion mask; contains every lesion's core.
    lesions : tuple of Lesion
    provenance : dict
        Versions, weight hash, settings, input geometry, notes: JSON-ready.
    position : HeadPosition
        For the lesions' sides and lobes.
    confidence : Confidence
    tightening : Tightening
        The model's.
    """

    study: Study
    core_probability: NDArray[np.float32]
    whole_probability: NDArray[np.float32]
    labels: NDArray[np.uint16]
    whole: NDArray[np.bool_]
    lesions: tuple[Lesion, ...]
    provenance: dict[str, Any]
    position: HeadPosition = NOWHERE
    confidence: Confidence = AS_PEAK
    tightening: Tightening = AT_THRESHOLD

    @property
    def grid(self) -> Grid:
        """The native T1ce grid."""
        return self.study.t1ce.grid

    @property
    def core(self) -> NDArray[np.bool_]:
        """Mask of all lesion cores."""
        return self.labels > 0
