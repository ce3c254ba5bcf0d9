"""A rigid transform as an ITK file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from sgnet.atomic import atomic_path, os_errors_as_input_errors
from sgnet.errors import InputError
from sgnet.geometry import LPS_TO_RAS

ENDINGS = (".tfm", ".h5")


def write_transform(moving_to_fixed_ras: NDArray[np.float64], path: Path) -> None:
    """Write the transform that moves an image onto a fixed one, as ITK and 3D Slicer read it.

    ITK's files hold the opposite direction, in LPS: where in the moving image a fixed point is found.

    Parameters
    ----------
    moving_to_fixed_ras : ndarray, shape (4, 4)
        Of positions in mm.
    path : Path
        ``.tfm`` or ``.h5``; missing folders are made.

    Raises
    ------
    InputError
        If the ending is another one or the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise InputError(f"{path}: the ending names no known transform file; use {' or '.join(ENDINGS)}.")
    lps = LPS_TO_RAS @ np.linalg.inv(moving_to_fixed_ras) @ LPS_TO_RAS
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(lps[:3, :3].ravel().tolist())
    transform.SetTranslation(lps[:3, 3].tolist())
    with os_errors_as_input_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        sitk.WriteTransform(transform, str(temporary))
