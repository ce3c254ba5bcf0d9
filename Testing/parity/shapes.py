"""Lesions of every shape that an export has to carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Grid, Volume

SINGLE, SHELL, EDGE = 6, 7, 10


def lesions(on: Grid) -> Volume:
    """Balls of 15, 10, 6, 4 and 2.5 mm, one voxel, a shell, two blocks that touch, one in a corner of the image."""
    labels = np.zeros(on.shape, np.uint16)
    x, y, z = (index * step for index, step in zip(np.indices(on.shape), on.spacing_mm, strict=True))
    middle = round(on.shape[2] / 2) * on.spacing_mm[2]

    def radius(at: tuple[float, float]) -> NDArray[np.float64]:
        # From a voxel's centre, so that the smallest ball is never empty.
        a, b = (round(c / step) * step for c, step in zip(at, on.spacing_mm, strict=False))
        return np.sqrt((x - a) ** 2 + (y - b) ** 2 + (z - middle) ** 2)

    balls = [((10, 10), 15.0), ((26, 8), 10.0), ((38, 8), 6.0), ((47, 8), 4.0), ((55, 8), 2.5)]
    for number, (at, diameter) in enumerate(balls, start=1):
        labels[radius(at) <= diameter / 2] = number
    labels[on.shape[0] - 8, on.shape[1] // 2, on.shape[2] // 2] = SINGLE
    shell = radius((12, 34))
    labels[(shell <= 8) & (shell >= 4)] = SHELL
    block = (np.abs(y - 32) <= 4) & (np.abs(z - middle) <= 4)
    labels[block & (x > 28) & (x <= 34)] = 8
    labels[block & (x > 34) & (x <= 39)] = 9
    labels[-4:, -5:, -2:] = EDGE
    assert len(np.unique(labels)) == 11
    return Volume(labels, on, "lesions.nii.gz")
