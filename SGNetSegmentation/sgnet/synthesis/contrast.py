"""What brightness each tissue has on T1ce and FLAIR: drawn anew for every study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.fields import smooth_noise
from sgnet.synthesis.tissue import BRAIN, DRAWN, PLEXUS, Tissue, all_levels

T1CE_RANGES: dict[Tissue, tuple[float, float]] = {
    Tissue.CSF: (0.10, 0.50), Tissue.VENTRICLE: (0.08, 0.45), Tissue.WHITE_MATTER: (1.0, 1.0),
    Tissue.CORTEX: (0.62, 0.97), Tissue.DEEP_GREY: (0.70, 1.02), Tissue.PALLIDUM: (0.80, 1.10),
    Tissue.CEREBELLAR_WHITE: (0.90, 1.05), Tissue.CEREBELLAR_CORTEX: (0.62, 0.97), Tissue.BRAINSTEM: (0.85, 1.05),
    Tissue.CHOROID_PLEXUS: (0.7, 2.6), Tissue.WHITE_MATTER_HYPERINTENSITY: (0.75, 1.0), Tissue.DURA: (0.4, 2.4),
    Tissue.SINUS: (0.8, 3.2), Tissue.ARTERY: (0.3, 3.0), Tissue.BONE: (0.03, 0.4), Tissue.MARROW: (0.4, 2.2),
    Tissue.MUSCLE: (0.5, 1.3), Tissue.SKIN: (0.8, 2.6), Tissue.EYE: (0.15, 0.6), Tissue.MUCOSA: (0.7, 2.8),
    Tissue.PITUITARY: (1.0, 2.6), Tissue.NERVE: (0.7, 1.1),
}  # fmt: skip
"""Relative to white matter; ranges of SYNTHESIS.md, the extracerebral ones from textbook contrast."""

FLAIR_RANGES: dict[Tissue, tuple[float, float]] = {
    Tissue.CSF: (0.05, 0.50), Tissue.VENTRICLE: (0.04, 0.40), Tissue.WHITE_MATTER: (1.0, 1.0),
    Tissue.CORTEX: (0.90, 1.45), Tissue.DEEP_GREY: (0.90, 1.40), Tissue.PALLIDUM: (0.75, 1.15),
    Tissue.CEREBELLAR_WHITE: (0.90, 1.10), Tissue.CEREBELLAR_CORTEX: (0.90, 1.50), Tissue.BRAINSTEM: (0.90, 1.20),
    Tissue.CHOROID_PLEXUS: (0.7, 1.7), Tissue.WHITE_MATTER_HYPERINTENSITY: (1.2, 2.2), Tissue.DURA: (0.3, 1.4),
    Tissue.SINUS: (0.1, 1.4), Tissue.ARTERY: (0.05, 0.8), Tissue.BONE: (0.02, 0.3), Tissue.MARROW: (0.3, 1.5),
    Tissue.MUSCLE: (0.3, 1.0), Tissue.SKIN: (0.5, 2.0), Tissue.EYE: (0.05, 0.5), Tissue.MUCOSA: (0.5, 2.2),
    Tissue.PITUITARY: (0.8, 1.4), Tissue.NERVE: (0.8, 1.3),
}  # fmt: skip


@dataclass(frozen=True)
class Contrast:
    """Drawn tissue levels; :meth:`apply` is deterministic.

    Attributes
    ----------
    t1ce, flair : tuple of float
        Level of each :class:`Tissue`, by its number; air is 0.
    texture : float
        SD of the fine and coarse texture inside every tissue.
    seed : int
    """

    t1ce: tuple[float, ...]
    flair: tuple[float, ...]
    texture: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Contrast:
        """Ranges above; in 12 % of the studies each tissue is anything, so that contrast is no crutch."""
        wild = rng.random() < 0.12

        def levels(ranges: dict[Tissue, tuple[float, float]]) -> tuple[float, ...]:
            drawn = []
            for tissue in DRAWN:
                low, high = ranges[tissue]
                if wild and tissue is not Tissue.WHITE_MATTER:
                    low, high = 0.6 * low, 1.35 * high
                drawn.append(float(rng.uniform(low, high)))
            return all_levels(drawn)

        return cls(levels(T1CE_RANGES), levels(FLAIR_RANGES), float(rng.uniform(0.0, 0.06)), int(rng.integers(2**31)))

    @property
    def brightest(self) -> float:
        """T1ce of the brightest tissue inside the pia that a contrast agent does not reach."""
        return max(self.t1ce[tissue] for tissue in BRAIN if tissue not in PLEXUS)

    def apply(self, tissue: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """T1ce and FLAIR of the healthy head, float32, white matter about 1."""
        rng = np.random.default_rng(self.seed)
        images = []
        for levels in (self.t1ce, self.flair):
            image = np.asarray(levels, np.float32)[tissue]
            image *= 1 + self.texture * (
                0.6 * smooth_noise(rng, tissue.shape, 3) + 0.6 * smooth_noise(rng, tissue.shape, 9)
            )
            images.append(image)
        # Enhancement of dura, sinuses and mucosa comes and goes along them.
        uneven = np.isin(tissue, (Tissue.DURA, Tissue.SINUS, Tissue.MUCOSA, *PLEXUS, Tissue.MARROW))
        # The plexus varies less: a bright spot of it would look like a lesion.
        most = np.where(np.isin(tissue[uneven], PLEXUS), 1.2, 1.8).astype(np.float32)
        images[0][uneven] *= np.clip(1 + 0.35 * smooth_noise(rng, tissue.shape, 8)[uneven], 0.3, most)
        return images[0], images[1]
