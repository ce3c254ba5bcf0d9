"""The rough lobe of a point: by where it lies in the ICBM 152 average brain, to which the head was brought affinely.

What this can and cannot do: an affine map brings brains of other size and shape onto the average, but not their
folds, and a tumour that displaces its surroundings is not followed. A rule that is smooth in the position (see
``tools/make_lobe_atlas.py``) gives each lobe a share; where none has :data:`CLEAR`, the two likeliest are named.
How often it is right: docs/adr/0009-rough-lobes.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).with_name("atlas_data")

LOBES = ("frontal", "parietal", "temporal", "occipital", "deep", "cerebellum", "brainstem")
"""``deep``: insula, basal ganglia, thalamus, corpus callosum and what surrounds them."""

CLEAR = 0.7
"""A lobe with this share stands alone."""

_SCALE_MM = 50.0


def features(mni_mm: NDArray[np.floating]) -> NDArray[np.float64]:
    """What the rule weighs: 1, |R|, A, S and their products, shape (N, 10), of points (N, 3) in the average brain."""
    r, a, s = np.abs(mni_mm[:, 0]) / _SCALE_MM, mni_mm[:, 1] / _SCALE_MM, mni_mm[:, 2] / _SCALE_MM
    return np.stack([np.ones_like(r), r, a, s, r * r, a * a, s * s, r * a, r * s, a * s], axis=1)


def lobe_shares(mni_mm: NDArray[np.floating]) -> NDArray[np.float64]:
    """The share of each of :data:`LOBES`, shape (N, 7), of points (N, 3) in the average brain."""
    scores = features(mni_mm) @ _weights()
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(shares)


@lru_cache(maxsize=1)
def _weights() -> NDArray[np.float64]:
    return np.array(json.loads((FOLDER / "lobes.json").read_text(encoding="utf-8"))["weights"])


@dataclass(frozen=True)
class AtlasPose:
    """Where a head lies in the average brain.

    Attributes
    ----------
    ras_to_mni : tuple of 12 float
        The first three rows of the affine map, row by row.
    agreement : float
        Mutual information of the head and the average.
    """

    ras_to_mni: tuple[float, ...]
    agreement: float

    def lobe(self, ras_mm: Sequence[float]) -> str:
        """One of :data:`LOBES`, or the two likeliest as ``"frontal/parietal"``.

        Examples
        --------
        >>> pose = AtlasPose((1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0), 0.5)
        >>> [pose.lobe(point) for point in ((30, 45, 20), (-30, -70, -40), (25, -85, 5), (0, -25, -30))]
        ['frontal', 'cerebellum', 'occipital', 'brainstem']
        """
        matrix = np.array(self.ras_to_mni).reshape(3, 4)
        shares = lobe_shares((matrix[:, :3] @ np.asarray(ras_mm) + matrix[:, 3])[None])[0]
        first, second = np.argsort(shares)[::-1][:2]
        return LOBES[first] if shares[first] >= CLEAR else f"{LOBES[first]}/{LOBES[second]}"

    def to_list(self) -> list[float]:
        """Plain numbers: the map, then the agreement."""
        return [*self.ras_to_mni, self.agreement]

    @classmethod
    def from_list(cls, numbers: Sequence[float]) -> AtlasPose:
        """The inverse of :meth:`to_list`."""
        *matrix, agreement = (float(n) for n in numbers)
        if len(matrix) != 12:
            raise ValueError(f"an atlas pose has 13 numbers, not {len(matrix) + 1}")
        return cls(tuple(matrix), agreement)
