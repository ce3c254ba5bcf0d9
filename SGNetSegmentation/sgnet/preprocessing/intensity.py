"""Scaling of one channel by the voxels of the head: by percentiles (SG-Net, arXiv 2511.22606) or a median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import PreprocessSettings

# Every third voxel each way is enough for a median, and 27 times faster.
_STEP = 3
# The deepest part of a head is brain: no scalp, no face, and little of the neck.
_DEEP_SHARE = 0.3


@dataclass(frozen=True)
class IntensityRange:
    """The values that were mapped to 0 and 1; ``array = scaled * (high - low) + low`` inverts it."""

    low: float
    high: float


def scale_to_unit(
    array: NDArray[np.floating], mask: NDArray[np.bool_], settings: PreprocessSettings
) -> tuple[NDArray[np.float32], IntensityRange]:
    """Scale a channel to [0, 1] by its voxels inside ``mask``; outside it is 0.

    The lower percentile becomes 0; the upper one 1 or, with ``median_level``, the median of the deepest 30 % of the
    mask that level. What is brighter than normal tissue moves the upper percentile (a bright tumour makes everything
    else darker), and not that median (docs/adr/0014).

    Each channel is scaled by itself: the source's notebook shared one range between T1ce and FLAIR,
    which weakens one of them depending on the scanner. Background never enters them, so
    the result does not depend on how much air or padding surrounds the head.

    Parameters
    ----------
    array : ndarray, shape (I, J, K)
        On cubic voxels.
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
    low, high = np.percentile(inside, [settings.lower_percentile, settings.upper_percentile])
    if settings.median_level:
        high = low + (_deep_median(array, mask) - low) / settings.median_level
    used = IntensityRange(float(low), float(high))
    if used.high <= used.low:
        return np.zeros(array.shape, np.float32), used
    scaled = (array.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    return np.where(mask, np.clip(scaled, 0.0, 1.0), np.float32(0.0)).astype(np.float32), used


def _deep_median(array: NDArray[np.floating], mask: NDArray[np.bool_]) -> float:
    """Median of those voxels of ``mask`` that lie farthest from its outside."""
    thinned = (slice(_STEP // 2, None, _STEP),) * 3
    head = mask[thinned]
    if not head.any():
        return float(np.median(array[mask]))
    if head.all():
        return float(np.median(array[thinned]))
    depth = ndimage.distance_transform_edt(head)
    return float(np.median(array[thinned][head & (depth >= np.quantile(depth[head], 1 - _DEEP_SHARE))]))
