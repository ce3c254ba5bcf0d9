"""One anisotropic image for a network: RAS by permutation, z-scored, not resampled (Wang et al., arXiv 1906.03906)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.reorient import Reorientation


@dataclass(frozen=True, eq=False)
class PreprocessedImage:
    """What the network sees of one image, and the way back.

    Attributes
    ----------
    image : ndarray of float32, shape (1, X, Y, Z)
        Mean 0 and standard deviation 1 over all voxels.
    grid : Grid
        The voxels of the image with their axes nearest to +R, +A, +S; its spacing is the image's own.
    exact : Reorientation
        From the native grid to ``grid``.
    """

    image: NDArray[np.float32]
    grid: Grid
    exact: Reorientation


def preprocess_image(volume: Volume) -> PreprocessedImage:
    """Turn ``volume`` to RAS and scale it to mean 0 and standard deviation 1, as the VS_Seg code does.

    Raises
    ------
    InputError
        If the volume lies obliquely by about 45 degrees, or is constant.
    """
    try:
        exact = Reorientation.to_ras(volume.grid, (0, 0, 0), volume.grid.shape)
    except ValueError as error:
        raise InputError(f"{volume.name}: {error}; resample it along the patient's axes.") from error
    array = exact.apply(volume.array).astype(np.float32)
    deviation = float(array.std(dtype=np.float64))
    if deviation == 0:
        raise InputError(f"{volume.name}: every voxel has the same value; give a volume that holds an image.")
    scaled = (array - np.float32(array.mean(dtype=np.float64))) / np.float32(deviation)
    return PreprocessedImage(scaled[None], exact.grid(volume.grid), exact)
