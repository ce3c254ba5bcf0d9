"""Scaling of one channel by the voxels of the head: percentiles (SG-Net, arXiv 2511.22606), or the median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.config import PreprocessSettings


@dataclass(frozen=True)
class IntensityRange:
    """The values that were mapped to 0 and 1; ``array = scaled * (high - low) + low`` inverts it."""

    low: float
    high: float


def scale_to_unit(
    array: NDArray[np.floating], mask: NDArray[np.bool_], settings: PreprocessSettings
) -> tuple[NDArray[np.float32], IntensityRange]:
    """Scale a channel to [0, 1] by its voxels inside ``mask``; outside it is 0.

    The lower percentile becomes 0; the upper one 1 or, with ``median_level``, the median that level. What is brighter
    than normal tissue moves the upper percentile (a bright tumour makes everything else darker) and not the median
    (docs/adr/0014).

    Each channel is scaled by itself: the source's notebook shared one range between T1ce and FLAIR,
    which weakens one of them depending on the scanner. Background never enters them, so
    the result does not depend on how much air or padding surrounds the head.

    Parameters
    ----------
    array : ndarray, shape (I, J, K)
    mask : ndarray of bool, same shape
        Voxels of the head (or of the brain where the skull was removed).

    Returns
    -------
    scaled : ndarray of float32 in [0, 1], same shape
    range : IntensityRange
        An empty mask or a constant channel gives all zeros and an empty range at its value.

    Examples
    --------
    >>> scaled, used = scale_to_unit(np.array([[[0.0, 10.0, 20.0]]]), np.array([[[False, True, True]]]),
    ...                              PreprocessSettings(lower_percentile=0, upper_percentile=100))
    >>> scaled.ravel().tolist(), used
    ([0.0, 0.0, 1.0], IntensityRange(low=10.0, high=20.0))
    """
    inside = array[mask]
    if inside.size == 0:
        return np.zeros(array.shape, np.float32), IntensityRange(0.0, 0.0)
    low, middle, high = np.percentile(inside, [settings.lower_percentile, 50, settings.upper_percentile])
    if settings.median_level:
        high = low + (middle - low) / settings.median_level
    used = IntensityRange(float(low), float(high))
    if used.high <= used.low:
        return np.zeros(array.shape, np.float32), used
    scaled = (array.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    return np.where(mask, np.clip(scaled, 0.0, 1.0), np.float32(0.0)).astype(np.float32), used
