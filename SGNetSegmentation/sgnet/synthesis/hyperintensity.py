"""Bright FLAIR and dark T1ce that is no tumour: white-matter hyperintensities and old lacunes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import blur, smooth_noise
from sgnet.synthesis.tissue import Tissue


@dataclass(frozen=True)
class Hyperintensities:
    """Negatives for both outputs.

    Attributes
    ----------
    spots : int
        Number of spots in white matter, 2-10 mm.
    caps_mm : float
        Thickness of the bright cap around the ventricles.
    flair : float
        Added to FLAIR.
    lacunes : int
        Number of small fluid-filled holes.
    seed : int
    """

    spots: int
    caps_mm: float
    flair: float
    lacunes: int
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Hyperintensities:
        """None in half of the studies; otherwise up to 24 spots, caps to 4 mm, up to 3 lacunes."""
        present = rng.random() < 0.5
        return cls(
            spots=int(rng.integers(1, 25)) if present else 0,
            caps_mm=float(rng.uniform(0, 4)) if rng.random() < 0.5 else 0.0,
            flair=float(rng.uniform(0.15, 0.9)),
            lacunes=int(rng.integers(0, 4)) if present else 0,
            seed=int(rng.integers(2**31)),
        )

    def paint(self, t1ce: NDArray[np.float32], flair: NDArray[np.float32], anatomy: Anatomy) -> None:
        """Draw into both images in place."""
        rng = np.random.default_rng(self.seed)
        white = anatomy.tissue == Tissue.WHITE_MATTER
        if self.caps_mm > 0.5:
            near = blur((anatomy.tissue == Tissue.VENTRICLE).astype(np.float32), self.caps_mm)
            cap = white & (near * (1 + 0.4 * smooth_noise(rng, near.shape, 9)) > 0.2)
            flair[cap] += 0.7 * self.flair
        places = np.flatnonzero(white)
        if places.size == 0:
            return
        for index in range(self.spots + self.lacunes):
            centre = np.unravel_index(rng.choice(places), white.shape)
            diameter = 2 + 8 * rng.beta(1, 2.5)
            reach = int(np.ceil(diameter))
            box = tuple(slice(max(0, c - reach), c + reach + 1) for c in centre)
            view = white[box]
            axes = [np.arange(s.start, s.start + n) - c for s, n, c in zip(box, view.shape, centre, strict=True)]
            grid = np.meshgrid(*axes, indexing="ij", sparse=True)
            stretch = np.exp(0.3 * rng.standard_normal(3))
            radius = np.sqrt(sum((g / s) ** 2 for g, s in zip(grid, stretch, strict=True))) / (diameter / 2)
            spot = view & (radius + 0.25 * smooth_noise(rng, view.shape, 3) < 1)
            if index < self.spots:
                flair[box][spot] += self.flair * rng.uniform(0.6, 1.2)
                t1ce[box][spot] -= 0.12 * rng.random()
            else:
                flair[box][spot] = 0.3
                t1ce[box][spot] = 0.35
