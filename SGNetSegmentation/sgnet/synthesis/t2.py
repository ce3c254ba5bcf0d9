"""A heavily T2-weighted scan with thick slices: what brightness tissues have, and what the scanner does to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.synthesis.fields import smooth_noise, upsample
from sgnet.synthesis.tissue import DRAWN, Tissue, all_levels

SUBSLICES = 2
"""Sheets that are averaged into one slice."""

T2_RANGES: dict[Tissue, tuple[float, float]] = {
    Tissue.CSF: (2.4, 4.2), Tissue.VENTRICLE: (2.4, 4.2), Tissue.WHITE_MATTER: (0.9, 1.0), Tissue.CORTEX: (1.1, 1.5),
    Tissue.DEEP_GREY: (1.0, 1.3), Tissue.PALLIDUM: (0.7, 1.0), Tissue.CEREBELLAR_WHITE: (0.9, 1.05),
    Tissue.CEREBELLAR_CORTEX: (1.1, 1.5), Tissue.BRAINSTEM: (0.95, 1.15), Tissue.CHOROID_PLEXUS: (1.3, 2.4),
    Tissue.WHITE_MATTER_HYPERINTENSITY: (1.3, 1.9), Tissue.DURA: (0.2, 0.6), Tissue.SINUS: (0.2, 2.0),
    Tissue.ARTERY: (0.05, 0.3), Tissue.BONE: (0.05, 0.25), Tissue.MARROW: (0.4, 1.6), Tissue.MUSCLE: (0.4, 0.8),
    Tissue.SKIN: (0.6, 1.6), Tissue.EYE: (2.4, 4.0), Tissue.MUCOSA: (1.5, 3.0), Tissue.PITUITARY: (0.9, 1.4),
    Tissue.NERVE: (0.7, 1.1),
}  # fmt: skip
"""Relative to white matter, as on FIESTA, CISS and turbo spin echo; textbook contrast, ours."""


@dataclass(frozen=True)
class T2Contrast:
    """Drawn tissue levels by the number of the :class:`Tissue` (air is 0), and the texture inside tissue."""

    levels: tuple[float, ...]
    texture: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> T2Contrast:
        """Each tissue within :data:`T2_RANGES`; cisterns and ventricles hold the same fluid."""
        drawn = {tissue: float(rng.uniform(*T2_RANGES[tissue])) for tissue in DRAWN}
        drawn[Tissue.VENTRICLE] = drawn[Tissue.CSF]
        return cls(all_levels(list(drawn.values())), float(rng.uniform(0.02, 0.07)))


@dataclass(frozen=True)
class T2Acquisition:
    """Drawn degradations; :meth:`apply` is deterministic.

    Attributes
    ----------
    blur_mm : float
        SD of the in-plane point spread.
    bias : float
        Log-amplitude of the receive field.
    noise : float
        SD relative to white matter.
    banding : float
        Depth of the dark bands that balanced sequences show beside air and bone.
    gamma : float
    seed : int
    """

    blur_mm: float
    bias: float
    noise: float
    banding: float
    gamma: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> T2Acquisition:
        """In-plane blur 0.2-0.5 mm, noise up to 12 % of white matter."""
        return cls(
            blur_mm=float(rng.uniform(0.2, 0.5)),
            bias=float(rng.uniform(0, 0.3)),
            noise=float(0.02 + 0.1 * rng.beta(1.3, 2.5)),
            banding=float(0.25 * rng.beta(1, 3)),
            gamma=float(rng.uniform(0.75, 1.2)),
            seed=int(rng.integers(2**31)),
        )

    def apply(self, image: NDArray[np.float32], in_plane_mm: float) -> NDArray[np.float32]:
        """The scan of ``image``, shape (X, Y, SUBSLICES * Z): float32, shape (X, Y, Z), not negative."""
        rng = np.random.default_rng(self.seed)
        sigma = self.blur_mm / in_plane_mm
        image = ndimage.gaussian_filter(image, (sigma, sigma, 0.5), truncate=3.0, mode="nearest")
        x, y, z = image.shape
        slices = image.reshape(x, y, z // SUBSLICES, SUBSLICES).mean(axis=3, dtype=np.float32)
        slices *= np.exp(np.float32(self.bias) * upsample(rng.standard_normal((4, 4, 3), np.float32), slices.shape))
        slices *= 1 - np.float32(self.banding) * np.cos(3 * smooth_noise(rng, slices.shape, 60)) ** 8
        # Magnitude images carry Rician noise: in air it does not cancel.
        noise = self.noise * rng.standard_normal((2, *slices.shape), np.float32)
        slices = np.hypot(slices + noise[0], noise[1])
        return np.power(slices, np.float32(self.gamma), dtype=np.float32)
