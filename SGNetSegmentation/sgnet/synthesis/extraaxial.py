"""Bright tissue on the outside of the brain: venous sinuses, meninges, skull base left by the extraction.

On real scans these bands along the brim of the brain are the commonest false lesions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import smooth_noise
from sgnet.synthesis.tissue import BRAIN


@dataclass(frozen=True)
class ExtraAxial:
    """Patches of a shell around the brain.

    Attributes
    ----------
    share : float
        Share of the brain's surface that is covered.
    thickness_mm : float
        Of the thickest parts.
    t1ce, flair : float
        Levels relative to white matter.
    low : float
        How much the patches prefer the skull base and the posterior fossa.
    seed : int
    """

    share: float
    thickness_mm: float
    t1ce: float
    flair: float
    low: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> ExtraAxial:
        """Absent in a quarter of the studies; else up to 40 % of the surface, 1.5-11 mm thick, T1ce 0.9-3.4."""
        present = rng.random() < 0.75
        return cls(
            share=float(0.4 * rng.beta(1.2, 2)) if present else 0.0,
            thickness_mm=float(rng.uniform(1.5, 11)),
            t1ce=float(rng.uniform(0.9, 3.4)),
            flair=float(rng.uniform(0.1, 1.8)),
            low=float(rng.uniform(0, 1.5)),
            seed=int(rng.integers(2**31)),
        )

    def paint(self, t1ce: NDArray[np.float32], flair: NDArray[np.float32], anatomy: Anatomy) -> None:
        """Draw into both images in place."""
        if self.share < 0.01:
            return
        rng = np.random.default_rng(self.seed)
        shape = t1ce.shape
        thickness = self.thickness_mm * np.clip(0.6 + 0.4 * smooth_noise(rng, shape, 18), 0.15, 1.2)
        shell = (anatomy.brain_distance > -3) & (anatomy.brain_distance <= thickness - 1)
        shell &= ~np.isin(anatomy.tissue, BRAIN)
        height = np.linspace(1, -1, shape[2], dtype=np.float32)[None, None, :]
        back = np.linspace(1, -1, shape[1], dtype=np.float32)[None, :, None]
        field = smooth_noise(rng, shape, 24) + 0.5 * smooth_noise(rng, shape, 10) + self.low * (height + 0.5 * back)
        inside = field[shell]
        if inside.size == 0:
            return
        patch = shell & (field > np.quantile(inside, 1 - self.share))
        level = 1 + 0.12 * smooth_noise(rng, shape, 7)
        t1ce[patch] = self.t1ce * level[patch]
        flair[patch] = self.flair * level[patch]
