"""The child's result read with NumPy alone: importing SimpleITK into the application would freeze its window."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.errors import InputError
from sgnet.geometry import Grid

_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_HEADER_BYTES = 348


def read_nifti(path: Path, grid: Grid) -> NDArray[Any]:
    """The voxels of a NIfTI-1 file written by :mod:`sgnet.export`, shape (I, J, K), on ``grid``.

    Only what this package writes is understood (one file, three dimensions, no scaling); for other
    files there is :func:`sgnet.data.read.read_volume`.

    Raises
    ------
    InputError
        If the file is damaged or lies on another grid than ``grid``.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} cannot be read back ({error}); run the segmentation again.") from error
    if len(data) < _HEADER_BYTES or struct.unpack_from("<i", data, 0)[0] != _HEADER_BYTES:
        raise InputError(f"{path.name} is not a NIfTI file of this program; run the segmentation again.")
    dimensions = struct.unpack_from("<8h", data, 40)
    code = struct.unpack_from("<h", data, 70)[0]
    slope, intercept = struct.unpack_from("<2f", data, 112)
    first = int(struct.unpack_from("<f", data, 108)[0])
    shape = dimensions[1:4]
    # Trailing dimensions of 1 are common and harmless.
    if code not in _TYPES or any(n > 1 for n in dimensions[4 : dimensions[0] + 1]):
        raise InputError(f"{path.name} is not a NIfTI file of this program; run the segmentation again.")
    if slope not in (0.0, 1.0) or intercept != 0.0:
        raise InputError(f"{path.name} holds scaled values, which this program never writes; run it again.")
    affine = np.vstack([np.array(struct.unpack_from("<12f", data, 280)).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])
    dtype = np.dtype("<" + _TYPES[code])
    count = int(np.prod(shape, dtype=np.int64))
    if len(data) < first + count * dtype.itemsize:
        raise InputError(f"{path.name} ends too early; run the segmentation again.")
    # The header holds 32-bit numbers, hence the tolerance.
    if not grid.matches(Grid(shape, affine), tolerance_mm=0.01):
        raise InputError("The T1ce has changed since the run began, so that the result does not fit it; run it again.")
    return np.frombuffer(data, dtype, count, first).reshape(shape, order="F")
