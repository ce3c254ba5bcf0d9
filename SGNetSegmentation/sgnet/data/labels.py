"""Label maps from files: what was predicted, or drawn by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sgnet.data.read import read_image
from sgnet.errors import InputError
from sgnet.geometry import Volume

_HIGHEST = int(np.iinfo(np.uint16).max)


def read_labels(path: Path) -> Volume:
    """Read a label map; unlike a scan it may be all zero.

    Returns
    -------
    Volume
        uint16, 0 is background; named by the path.

    Raises
    ------
    InputError
        If the file is no three-dimensional image, or holds anything but whole numbers from 0 to 65535.
    """
    image = read_image(path)
    if not (np.isfinite(image.array).all() and (image.array == np.rint(image.array)).all()):
        raise InputError(f"{path} holds values that are no whole numbers; give a label map, not an image.")
    if image.array.min() < 0 or image.array.max() > _HIGHEST:
        raise InputError(f"{path} holds labels outside 0 to {_HIGHEST}; number the lesions from 1.")
    return Volume(image.array.astype(np.uint16), image.grid, str(path))
