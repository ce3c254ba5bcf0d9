"""Grey values: what is shown black and what white."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Volume
from sgnet.preprocessing.head import background_value, head_mask


def windowed(volume: Volume) -> tuple[Volume, NDArray[np.bool_]]:
    """The volume in [0, 1] for display, and its head mask.

    Black and white are the 0.5 and 99.8 percentiles of the head, so that neither air nor one bright
    vessel decides. A constant background is black even where it lies amid the brain's values, as in
    z-scored scans. A constant volume is all black.

    Examples
    --------
    >>> from sgnet.geometry import Grid
    >>> shown, head = windowed(Volume(np.full((4, 4, 4), 7), Grid((4, 4, 4), np.eye(4))))
    >>> float(shown.array.max()), bool(head.any())
    (0.0, False)
    """
    array = volume.array.astype(np.float32)
    head = head_mask(array)
    if not head.any():
        return Volume(np.zeros(array.shape, np.float32), volume.grid, volume.name), head
    low, high = np.percentile(array[head], [0.5, 99.8])
    background = background_value(array)
    if background is not None:
        array[array == np.float32(background)] = low
    scaled = np.clip((array - low) / max(high - low, np.finfo(np.float32).tiny), 0.0, 1.0)
    return Volume(scaled.astype(np.float32), volume.grid, volume.name), head
