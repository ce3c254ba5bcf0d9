"""A label map in another image format, whole or as one mask a lesion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sgnet.atomic import os_errors_as_input_errors
from sgnet.errors import InputError
from sgnet.export.volume import write_volume
from sgnet.geometry import Volume

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_labelmap(labels: Volume, path: Path) -> Path:
    """Write the whole map, as uint8 where its numbers allow; returns ``path``.

    Parameters
    ----------
    labels : Volume
        Unsigned integers, 0 is background.
    path : Path
        The ending names the format: .nii.gz, .nii, .nrrd or .mha. Missing folders are made.

    Raises
    ------
    InputError
        If the ending is another one or the file cannot be written.
    """
    path = Path(path)
    if not path.name.endswith(ENDINGS):
        raise InputError(f"{path}: the ending names no known format; use one of {', '.join(ENDINGS)}.")
    array = labels.array
    if array.max(initial=0) <= np.iinfo(np.uint8).max:
        array = array.astype(np.uint8)
    with os_errors_as_input_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_volume(Volume(array, labels.grid, path.name), path)
    return path


def write_masks(labels: Volume, folder: Path, ending: str = "nii.gz") -> list[Path]:
    """Write one uint8 mask a lesion on the whole grid, ``lesion_01.nii.gz`` and so on; returns the files.

    Each file is complete or not there. A map without lesions gives no file.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    return [
        write_labelmap(Volume(labels.array == number, labels.grid), Path(folder) / f"lesion_{number:02d}.{ending}")
        for number in np.unique(labels.array[labels.array != 0]).tolist()
    ]
