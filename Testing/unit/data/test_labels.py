"""Masks from label maps, on the grid where they are wanted."""

from __future__ import annotations

import numpy as np

from sgnet.data.labels import mask_on
from sgnet.geometry import Grid, Volume


def line(values: list[int], start_mm: float = 0.0) -> Volume:
    affine = np.eye(4)
    affine[0, 3] = start_mm
    return Volume(np.array(values, np.bool_).reshape(-1, 1, 1), Grid((len(values), 1, 1), affine), "mask")


def test_mask_is_where_its_interpolation_is_at_least_a_half() -> None:
    quarter = line([0, 0, 0, 0], 0.25).grid
    assert mask_on(line([0, 1, 1, 0]), quarter).ravel().tolist() == [False, True, True, False]
    half = line([0, 0, 0, 0], -0.5).grid
    assert mask_on(line([0, 1, 1, 0]), half).ravel().tolist() == [False, True, True, True]


def test_mask_on_its_own_grid_is_left_as_it_is() -> None:
    mask = line([1, 0, 1, 0])
    assert mask_on(mask, line([0, 0, 0, 0], 0.05).grid).ravel().tolist() == [True, False, True, False]
