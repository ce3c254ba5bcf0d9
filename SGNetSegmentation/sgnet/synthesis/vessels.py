"""Contrast-filled vessels: the commonest thing that is bright on T1ce and is no metastasis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import blur
from sgnet.synthesis.tissue import Tissue

DRAWN_SHORTEST, STEPS = 24, 70
"""Shortest and longest walk in mm, where nothing ends it before."""
SHORTEST, LEAST_SLENDERNESS = 15, 12
"""What has ended sooner, in mm and as a multiple of the radius, is not painted: by its looks it would be a lesion."""
TAPER_MM = 10
"""Length over which a tube thins out at either end."""
TRAIL_MM = 8
"""A tube ends where it meets what another, or itself, has left behind by this much: trees rather than knots."""
GAP_MM = 0.5
"""Between the walls of two tubes as thick as each other: side by side they would be a lump."""


@dataclass(frozen=True)
class Vessels:
    """Random walks that follow the fluid spaces, plus thin ones that pierce the brain.

    Attributes
    ----------
    pial, piercing : int
        Number of tubes begun in sulci and cisterns, and of straight thin ones inside the brain; what soon meets
        another is not painted.
    brightness : float
        T1ce of the vessels relative to white matter; every tube varies about it.
    largest_radius_mm : float
    seed : int
    """

    pial: int
    piercing: int
    brightness: float
    largest_radius_mm: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Vessels:
        """0-160 pial and 0-60 piercing tubes of radius 0.4-2.5 and 0.4-0.9 mm, brightness 0.7-3.2."""
        return cls(
            pial=int(rng.integers(0, 160)),
            piercing=int(rng.integers(0, 60)),
            brightness=float(rng.uniform(0.7, 3.2)),
            largest_radius_mm=float(rng.uniform(0.6, 2.2)),
            seed=int(rng.integers(2**31)),
        )

    def paint(self, t1ce: NDArray[np.float32], anatomy: Anatomy) -> None:
        """Draw the tubes into ``t1ce`` (shape (R, A, S), white matter = 1) in place."""
        rng = np.random.default_rng(self.seed)
        fluid = (
            np.isin(anatomy.tissue, (Tissue.CSF, Tissue.DURA, Tissue.SINUS)) & (anatomy.brain_distance < 3)
        ).astype(np.float32)
        likes_fluid = blur(fluid, 1.5)
        brain = (anatomy.brain_distance < -3).astype(np.float32)
        self._tubes(t1ce, rng, self.pial, fluid, likes_fluid, wander=0.5, largest=self.largest_radius_mm)
        self._tubes(t1ce, rng, self.piercing, brain, brain, wander=0.12, largest=0.5)

    def _tubes(
        self,
        t1ce: NDArray[np.float32],
        rng: np.random.Generator,
        count: int,
        start: NDArray[np.float32],
        attraction: NDArray[np.float32],
        wander: float,
        largest: float,
    ) -> None:
        candidates = np.flatnonzero(start > 0.5)
        if count == 0 or candidates.size == 0:
            return
        origin = np.stack(np.unravel_index(rng.choice(candidates, count), t1ce.shape), 1).astype(np.float32)
        radius = np.clip(largest * rng.beta(1.2, 2.5, count) + 0.35, 0.35, None)
        level = self.brightness * rng.uniform(0.6, 1.15, count)
        path, length = _walk(rng, origin, radius, attraction, wander)
        long = length >= np.maximum(SHORTEST, LEAST_SLENDERNESS * radius)
        for step in range(STEPS):
            on = long & (step < length)
            ends = np.minimum(step, length - 1 - step) / TAPER_MM
            thickness = (radius * rng.uniform(0.8, 1.1, count) * np.clip(0.3 + ends, 0, 1))[on]
            tube, (i, j, k) = _around(path[step][on], thickness, t1ce.shape)
            # A tube thinner than a voxel fills a share of it.
            share = np.minimum(1, np.pi * thickness[tube] ** 2)
            t1ce[i, j, k] += share * (level[on][tube] - t1ce[i, j, k])


def _walk(
    rng: np.random.Generator,
    position: NDArray[np.float32],
    radius: NDArray[np.floating],
    attraction: NDArray[np.float32],
    wander: float,
) -> tuple[NDArray[np.floating], NDArray[np.int_]]:
    """Where each tube runs, (STEPS, count, 3), and how many of its steps, of a millimetre each, it lasts."""
    count, shape = len(position), attraction.shape
    limit = np.array(shape) - 1
    heading = _unit(rng.standard_normal((count, 3)))
    length = rng.integers(DRAWN_SHORTEST, STEPS, count)
    # A thick vessel bends little.
    bend = (wander * np.clip(0.6 / radius, 0.4, 1))[:, None, None]
    taken = np.zeros(shape, bool)
    path = np.zeros((STEPS, count, 3))
    for step in range(STEPS):
        options = _unit(heading[:, None] + bend * rng.standard_normal((count, 5, 3)))
        ahead = np.clip(np.rint(position[:, None] + 2 * options), 0, limit).astype(int)
        appeal = attraction[ahead[..., 0], ahead[..., 1], ahead[..., 2]] + 0.1 * rng.random((count, 5))
        heading = options[np.arange(count), appeal.argmax(1)]
        path[step] = position = np.clip(position + heading, 0, limit)
        if step >= TRAIL_MM:
            left = step - TRAIL_MM < length
            taken[_around(path[step - TRAIL_MM][left], 2 * radius[left] + GAP_MM, shape)[1]] = True
            met = taken[tuple(np.rint(position).astype(int).T)]
            length = np.where(met, np.minimum(length, step), length)
    return path, length


def _around(
    centres: NDArray[np.floating], radius: NDArray[np.floating], shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], tuple[NDArray[np.int_], ...]]:
    """The voxels within ``radius`` of each centre, its own voxel at least: whose they are, and their indices."""
    reach = int(np.ceil(radius.max(initial=0.5)))
    steps = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    voxels = np.rint(centres).astype(int)[:, None] + offsets
    near = np.linalg.norm(voxels - centres[:, None], axis=-1) <= radius[:, None]
    near[:, len(offsets) // 2] = True
    near &= ((voxels >= 0) & (voxels < np.array(shape))).all(-1)
    return np.nonzero(near)[0], tuple(voxels[near].T)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
