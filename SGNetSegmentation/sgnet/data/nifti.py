"""What ITK's NIfTI reader passes over in silence: it fills truncated data with zeros and turns NaN into 0."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sgnet.errors import InputError

_CHUNK = 1 << 22  # a multiple of every voxel size
_FLOATS = {16: "f4", 64: "f8"}


def check_nifti(path: Path) -> None:
    """Read a single-file NIfTI to its end, and refuse it if voxels are missing or not finite.

    Any other file is only read to its end where it is compressed; what is no NIfTI is left to its reader.

    Raises
    ------
    InputError
    """
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if compressed else path.open("rb") as stream:
            layout = _layout(stream.read(544))
            if layout is not None:
                _check_voxels(path, stream, *layout)
            while compressed and stream.read(_CHUNK):
                pass  # to the checksum at the end
    except (EOFError, OSError, zlib.error) as error:
        raise _truncated(path) from error


def _layout(header: bytes) -> tuple[int, int, np.dtype[np.floating] | None] | None:
    """First byte and number of bytes of the voxels, and their type if floating; None if it is no such NIfTI."""
    for order in "<>":
        if header[:4] == struct.pack(order + "i", 348) and header[344:347] == b"n+1":
            dims = struct.unpack_from(order + "8h", header, 40)
            kind, bits = struct.unpack_from(order + "2h", header, 70)
            offset = int(struct.unpack_from(order + "f", header, 108)[0])
        elif header[:4] == struct.pack(order + "i", 540) and header[4:7] == b"n+2":
            kind, bits = struct.unpack_from(order + "2h", header, 12)
            dims = struct.unpack_from(order + "8q", header, 16)
            offset = struct.unpack_from(order + "q", header, 168)[0]
        else:
            continue
        count = 1
        for size in dims[1 : 1 + min(max(dims[0], 0), 7)]:
            count *= max(size, 0)
        number = np.dtype(order + _FLOATS[kind]) if kind in _FLOATS else None
        return offset, count * bits // 8, number
    return None


def _check_voxels(
    path: Path, stream: BinaryIO | gzip.GzipFile, offset: int, count: int, number: np.dtype[np.floating] | None
) -> None:
    stream.seek(offset)
    while count:
        chunk = stream.read(min(_CHUNK, count))
        if not chunk:
            raise _truncated(path)
        count -= len(chunk)
        if number is not None and not np.isfinite(np.frombuffer(chunk, number, len(chunk) // number.itemsize)).all():
            raise InputError(f"{path.name}: the volume holds NaN or infinite values; export it again without them.")


def _truncated(path: Path) -> InputError:
    return InputError(f"{path.name}: the file is truncated or damaged; copy or export it again.")
