"""What the scanner does to one image: blur, thick slices, shift, bias field, noise, gamma."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.synthesis.fields import apply_along, blur, linear_matrix, upsample


@dataclass(frozen=True)
class Acquisition:
    """Drawn degradations of one image; :meth:`apply` is deterministic.

    Attributes
    ----------
    blur_mm : float
        SD of the in-plane point spread.
    slice_mm : float
        Slice thickness; 1 = isotropic.
    slice_axis : int
        Axis of the slices.
    shift_mm : three float
        Displacement of the image against the truth.
    bias : float
        Log-amplitude of the receive field.
    noise : float
        SD of the noise relative to white matter.
    gamma : float
    seed : int
    """

    blur_mm: float
    slice_mm: float
    slice_axis: int
    shift_mm: tuple[float, float, float]
    bias: float
    noise: float
    gamma: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, thick_share: float, thickest_mm: float, shift_mm: float) -> Acquisition:
        """Thick slices (1.5 mm up) in ``thick_share`` of the images; shift uniform within ``shift_mm``."""
        shift = rng.uniform(-shift_mm, shift_mm, 3)
        return cls(
            blur_mm=float(rng.uniform(0.45, 1.05)),
            slice_mm=float(rng.uniform(1.5, thickest_mm)) if rng.random() < thick_share else 1.0,
            slice_axis=int(rng.choice(3, p=[0.12, 0.13, 0.75])),
            shift_mm=(float(shift[0]), float(shift[1]), float(shift[2])),
            bias=float(rng.uniform(0, 0.22)),
            noise=float(0.07 * rng.beta(1.2, 2.5)),
            gamma=float(rng.uniform(0.75, 1.35)),
            seed=int(rng.integers(2**31)),
        )

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """The degraded image, same shape, float32, not negative."""
        rng = np.random.default_rng(self.seed)
        image = blur(image, self.blur_mm)
        if max(abs(s) for s in self.shift_mm) > 0.05:
            image = ndimage.shift(image, self.shift_mm, order=1, mode="nearest")
        coarse = rng.standard_normal((4, 4, 4), dtype=np.float32)
        image *= np.exp(np.float32(self.bias) * upsample(coarse, image.shape))
        if self.slice_mm <= 1.0:
            image += self.noise * rng.standard_normal(image.shape, dtype=np.float32)
        else:
            image = self._thick_slices(rng, image)
        np.maximum(image, 0, out=image)
        return np.power(image, np.float32(self.gamma), dtype=np.float32)

    def _thick_slices(self, rng: np.random.Generator, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Average over the slice profile, sample every ``slice_mm``, interpolate back as a viewer would."""
        axis, length = self.slice_axis, image.shape[self.slice_axis]
        image = ndimage.gaussian_filter1d(image, 0.36 * self.slice_mm, axis=axis, mode="nearest", truncate=2.5)
        positions = np.arange(rng.uniform(0, self.slice_mm), length, self.slice_mm)
        if len(positions) < 2:
            return image
        slices = apply_along(image, linear_matrix(positions, length), axis)
        slices += self.noise * rng.standard_normal(slices.shape, dtype=np.float32)
        back = (np.arange(length) - positions[0]) / self.slice_mm
        return apply_along(slices, linear_matrix(back, len(positions)), axis)
