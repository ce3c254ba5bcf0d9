"""A volume written as NRRD with NumPy alone: exact geometry, nothing compressed, so that a window does not freeze."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.mrml.steps import Steps

_TYPES = {
    "i1": "int8",
    "u1": "uint8",
    "i2": "int16",
    "u2": "uint16",
    "i4": "int32",
    "u4": "uint32",
    "i8": "int64",
    "u8": "uint64",
    "f4": "float",
    "f8": "double",
}


# Some milliseconds of a slow disk.
_PIECE_BYTES = 4_000_000


def write_nrrd(volume: Volume, path: Path) -> Steps[None]:
    """Write ``volume`` to ``path`` (``.nrrd``, raw, little endian, LPS), voxel order as in the array, in small steps.

    Raises
    ------
    InputError
        If the voxel type has no place in NRRD, or the file cannot be written (a full disk).
    """
    array = volume.array
    kind = array.dtype.str[1:]
    if kind not in _TYPES:
        raise InputError(f"{volume.name}: voxels of type {array.dtype} cannot be used; convert the volume to float.")
    affine = volume.grid.affine_ijk_to_ras * np.array([[-1.0], [-1.0], [1.0], [1.0]])
    header = "\n".join(
        [
            "NRRD0004",
            f"type: {_TYPES[kind]}",
            "dimension: 3",
            "space: left-posterior-superior",
            "sizes: " + " ".join(str(n) for n in array.shape),
            "space directions: " + " ".join(_vector(affine[:3, axis]) for axis in range(3)),
            "kinds: domain domain domain",
            "endian: little",
            "encoding: raw",
            f"space origin: {_vector(affine[:3, 3])}",
            "",
            "",
        ]
    )
    little_endian = array.astype(array.dtype.newbyteorder("<"), order="F", copy=False)
    try:
        with path.open("wb") as file:
            file.write(header.encode("ascii"))
            # The transpose of a Fortran-ordered array is C-contiguous: written without another copy.
            voxels = little_endian.T.data.cast("B")
            for start in range(0, len(voxels), _PIECE_BYTES):
                file.write(voxels[start : start + _PIECE_BYTES])
                yield
    except OSError as error:
        raise InputError(
            f"{path.parent} cannot be written ({error.strerror or error}); free space there or choose another folder."
        ) from error


def _vector(values: np.ndarray) -> str:
    # repr of a Python float reads back to the same 64 bits.
    return "(" + ",".join(repr(float(value)) for value in values) + ")"
