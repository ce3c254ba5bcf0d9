"""Grids of scans in every orientation, for the readers that exports are compared with."""

from __future__ import annotations

import numpy as np

from sgnet.geometry import Grid


def grid(directions: list[list[float]], spacing: tuple[float, float, float], shape: tuple[int, int, int]) -> Grid:
    """A grid off the scanner's centre; ``directions`` of rows, columns and slices in RAS."""
    affine = np.eye(4)
    affine[:3, :3] = np.array(directions, dtype=float).T * spacing
    affine[:3, 3] = [31.5, -40.25, 5.125]
    return Grid(shape, affine)


def turned(first_deg: float, second_deg: float) -> list[list[float]]:
    """Directions of a scan turned about two axes."""
    a, b = np.radians([first_deg, second_deg])
    one = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    two = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return (one @ two).T.tolist()


AXIAL_DIRECTIONS = [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]
DOWNWARDS = [[-1, 0, 0], [0, -1, 0], [0, 0, -1]]
SAGITTAL = [[0, -1, 0], [0, 0, -1], [-1, 0, 0]]
CORONAL = [[-1, 0, 0], [0, 0, -1], [0, 1, 0]]

# Directions and spacing in mm. The writer of the series shuffles the files.
ORIENTATIONS: dict[str, tuple[list[list[float]], tuple[float, float, float]]] = {
    "axial": (AXIAL_DIRECTIONS, (1, 1, 1)),
    "axial, slices stored downwards": (DOWNWARDS, (1, 1, 1)),
    "sagittal": (SAGITTAL, (1, 1, 1.5)),
    "coronal": (CORONAL, (0.9, 0.9, 2)),
    "oblique": (turned(17, 26), (1, 1, 1.2)),
    "pixels not square": (AXIAL_DIRECTIONS, (0.6, 1.1, 1)),
    "anisotropic": (AXIAL_DIRECTIONS, (0.5, 0.5, 5)),
}


def grids_of_shape(shape: tuple[int, int, int]) -> dict[str, Grid]:
    """Every orientation with so many voxels."""
    return {name: grid(directions, spacing, shape) for name, (directions, spacing) in ORIENTATIONS.items()}


def grids_of_extent(extent_mm: tuple[float, float, float]) -> dict[str, Grid]:
    """Every orientation with as many voxels as fill the extent along rows, columns and slices."""
    return {
        name: grid(directions, spacing, tuple(round(n / step) for n, step in zip(extent_mm, spacing, strict=True)))  # type: ignore[arg-type]
        for name, (directions, spacing) in ORIENTATIONS.items()
    }
