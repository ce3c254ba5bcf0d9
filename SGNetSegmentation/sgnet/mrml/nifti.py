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
from sgnet.mrml.steps import Steps

_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_HEADER_BYTES = 348


# Decompressed within some milliseconds.
_PIECE_BYTES = 4_000_000


def read_nifti(path: Path, grid: Grid) -> Steps[NDArray[Any]]:
    """The voxels of a NIfTI-1 file written by :mod:`sgnet.export`, shape (I, J, K), on ``grid``; read in small steps.

    Only what this package writes is understood (one file, three dimensions, no scaling); for other
    files there is :func:`sgnet.data.read.read_volume`.

    Raises
    ------
    InputError
        If the file is damaged or lies on another grid than ``grid``.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            first, shape, dtype = _layout(path, header, grid)
            file.seek(first)
            array = np.empty(int(np.prod(shape, dtype=np.int64)), dtype)
            # A view of the array's memory: the pieces are decompressed into their place.
            voxels, filled = array.data.cast("B"), 0
            while filled < len(voxels):
                count = file.readinto(voxels[filled : filled + _PIECE_BYTES])
                if not count:
                    raise InputError(f"{path.name} ends too early; run the segmentation again.")
                filled += count
                yield
            file.read(1)  # The checksum stands behind the last byte, and is looked at only there.
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} cannot be read back ({error}); run the segmentation again.") from error
    return array.reshape(shape, order="F")


def read_nifti_grid(path: Path) -> Grid:
    """The grid of a NIfTI-1 file written by :mod:`sgnet.export`. Raises InputError if it is damaged."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} cannot be read back ({error}); run the segmentation again.") from error
    return _grid(path, header)


def _layout(path: Path, header: bytes, grid: Grid) -> tuple[int, tuple[int, ...], np.dtype[Any]]:
    """Where the voxels begin, their shape and type."""
    found = _grid(path, header)
    dimensions = struct.unpack_from("<8h", header, 40)
    code = struct.unpack_from("<h", header, 70)[0]
    slope, intercept = struct.unpack_from("<2f", header, 112)
    first = int(struct.unpack_from("<f", header, 108)[0])
    shape = dimensions[1:4]
    # Trailing dimensions of 1 are common and harmless.
    if code not in _TYPES or any(n > 1 for n in dimensions[4 : dimensions[0] + 1]):
        raise InputError(f"{path.name} is not a NIfTI file of this program; run the segmentation again.")
    if slope not in (0.0, 1.0) or intercept != 0.0:
        raise InputError(f"{path.name} holds scaled values, which this program never writes; run it again.")
    # The header holds 32-bit numbers, hence the tolerance.
    if not grid.matches(found, tolerance_mm=0.01):
        raise InputError("The T1ce has changed since the run began, so that the result does not fit it; run it again.")
    return first, shape, np.dtype("<" + _TYPES[code])


def _grid(path: Path, header: bytes) -> Grid:
    if len(header) < _HEADER_BYTES or struct.unpack_from("<i", header, 0)[0] != _HEADER_BYTES:
        raise InputError(f"{path.name} is not a NIfTI file of this program; run the segmentation again.")
    shape = struct.unpack_from("<3h", header, 42)
    affine = np.vstack([np.array(struct.unpack_from("<12f", header, 280)).reshape(3, 4), [0.0, 0.0, 0.0, 1.0]])
    return Grid(shape, affine)
