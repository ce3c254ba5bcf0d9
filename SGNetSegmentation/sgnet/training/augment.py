"""The augmentation that a stored study cannot hold: other brightness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def gain_and_gamma(rng: np.random.Generator, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gain and gamma of each channel by itself: where the upper percentile lies must not matter."""
    for channel in image:
        if rng.random() < 0.6:
            gain = float(np.exp(rng.uniform(np.log(0.65), np.log(1.5))))
            gamma = float(np.exp(rng.uniform(np.log(0.75), np.log(1.33))))
            channel[:] = np.clip(channel**gamma * gain, 0, 1)
    return image


def gain_and_offset(rng: np.random.Generator, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a z-scored image: how much air the scan covers shifts both."""
    return (image * np.float32(rng.uniform(0.8, 1.25)) + np.float32(rng.uniform(-0.2, 0.2))).astype(np.float32)
