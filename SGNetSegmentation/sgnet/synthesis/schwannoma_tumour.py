"""A vestibular schwannoma: a plug in the internal auditory canal that may grow out of it into the cistern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.fields import smooth_noise
from sgnet.synthesis.skull_base import Array, SkullBase


@dataclass(frozen=True)
class SchwannomaTumour:
    """Drawn shape and brightness; :meth:`paint` is deterministic.

    Attributes
    ----------
    right : bool
        On which side of the head.
    reach : tuple of float
        Where in the canal it begins and ends, as shares of its length from the opening.
    outer_mm : three float
        Half axes of the part outside the canal; zeros where there is none.
    wider : float
        How much it has widened the canal.
    lobes : float
        Roughness of its surface, as a share of the radius.
    level : float
        Relative to white matter: between brain and fluid, nearer to brain.
    uneven : float
        SD of the level inside it.
    cysts : float
        Share of it that is nearly as bright as fluid.
    cleft_mm : float
        Film of fluid between it and the brain it touches.
    seed : int
    """

    right: bool
    reach: tuple[float, float]
    outer_mm: tuple[float, float, float]
    wider: float
    lobes: float
    level: float
    uneven: float
    cysts: float
    cleft_mm: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> SchwannomaTumour:
        """One in four stays in the canal; the others reach 4 to 30 mm into the cistern (Koos grades 1 to 4)."""
        outside = rng.random() < 0.75
        radius = float(np.exp(rng.uniform(np.log(2.5), np.log(13)))) if outside else 0.0
        axes = radius * rng.uniform(0.8, 1.2, 3)
        begin = 0.0 if outside else float(rng.uniform(0, 0.35))
        return cls(
            right=bool(rng.random() < 0.5),
            reach=(begin, float(rng.uniform(begin + 0.4, 1.0))),
            outer_mm=(float(axes[0]), float(axes[1]), float(axes[2])),
            wider=float(rng.uniform(1.0, 1.35)),
            lobes=float(rng.uniform(0.02, 0.14)),
            level=float(rng.uniform(0.95, 1.9)),
            uneven=float(rng.uniform(0.03, 0.2)),
            cysts=float(rng.uniform(0.05, 0.4)) if rng.random() < 0.25 else 0.0,
            cleft_mm=float(rng.uniform(0, 0.9)),
            seed=int(rng.integers(2**31)),
        )

    def paint(self, image: Array, x: Array, y: Array, z: Array, base: SkullBase, csf: float) -> NDArray[np.bool_]:
        """Draw into ``image`` in place (coordinates of :mod:`sgnet.synthesis.skull_base`); returns its mask."""
        rng = np.random.default_rng(self.seed)
        rough = self.lobes * smooth_noise(rng, image.shape, 18)
        begin, end = (share * base.length_mm for share in self.reach)
        depth = base.depth(x)
        plug = (base.off_axis(x, y, z) < self.wider * base.width(x) * (1 - 0.5 * np.abs(rough))) & (depth < end)
        # Where it leaves the canal it also fills the flared mouth.
        plug &= depth > (-4.0 if self.outer_mm[0] else begin)
        mask = plug
        cleft = np.zeros(image.shape, np.bool_)
        if self.outer_mm[0]:
            a, b, c = self.outer_mm
            # Its flat side leans on the opening.
            centre = base.porus_mm[0] - 0.75 * a
            radius = np.sqrt(
                ((x - centre) / a) ** 2 + ((y - base.porus_mm[1]) / b) ** 2 + ((z - base.porus_mm[2]) / c) ** 2
            )
            beside_bone = ~base.bone(x, y, z)
            mask = plug | ((radius < 1 + rough) & beside_bone)
            cleft = (radius < 1 + rough + self.cleft_mm / min(self.outer_mm)) & beside_bone & ~mask
        image[cleft] = csf
        texture = smooth_noise(rng, image.shape, 10)
        tumour = self.level * (1 + self.uneven * texture[mask])
        if self.cysts and mask.any():
            holes = smooth_noise(rng, image.shape, 9)[mask]
            tumour[holes > np.quantile(holes, 1 - self.cysts)] = 0.85 * csf
        image[mask] = tumour
        return mask
