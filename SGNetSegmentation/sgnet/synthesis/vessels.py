"""Contrast-filled vessels: the commonest thing that is bright on T1ce and is no metastasis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import blur
from sgnet.synthesis.tissue import Tissue

STEPS = 70
"""Longest walk in mm."""


@dataclass(frozen=True)
class Vessels:
    """Random walks that follow the fluid spaces, plus thin ones that pierce the brain.

    Attributes
    ----------
    pial, piercing : int
        Number of tubes in sulci and cisterns, and of straight thin tubes inside the brain.
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
        """0-160 pial and 0-60 piercing tubes of radius 0.4-2.2 mm, brightness 0.7-3.2."""
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
        self._tubes(t1ce, rng, self.piercing, brain, brain, wander=0.12, largest=0.9)

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
        limit = np.array(t1ce.shape) - 1
        position = np.stack(np.unravel_index(rng.choice(candidates, count), t1ce.shape), 1).astype(np.float32)
        heading = _unit(rng.standard_normal((count, 3)))
        length = rng.integers(8, STEPS, count)
        radius = np.clip(largest * rng.beta(1.2, 2.5, count) + 0.35, 0.35, None)
        level = self.brightness * rng.uniform(0.6, 1.15, count)
        for step in range(STEPS):
            alive = step < length
            if not alive.any():
                break
            options = _unit(heading[:, None] + wander * rng.standard_normal((count, 5, 3)))
            ahead = np.clip(np.rint(position[:, None] + 2 * options), 0, limit).astype(int)
            appeal = attraction[ahead[..., 0], ahead[..., 1], ahead[..., 2]] + 0.1 * rng.random((count, 5))
            heading = options[np.arange(count), appeal.argmax(1)]
            position = np.clip(position + heading, 0, limit)
            _stamp(t1ce, position[alive], radius[alive] * rng.uniform(0.8, 1.1), level[alive])


def _stamp(
    image: NDArray[np.float32], centres: NDArray[np.floating], radius: NDArray[np.floating], level: NDArray[np.floating]
) -> None:
    """Set the voxels within ``radius`` of each centre to ``level``."""
    reach = int(np.ceil(radius.max()))
    steps = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    voxels = np.rint(centres).astype(int)[:, None] + offsets
    near = np.linalg.norm(voxels - centres[:, None], axis=-1) <= np.maximum(radius, 0.5)[:, None]
    near &= ((voxels >= 0) & (voxels < np.array(image.shape))).all(-1)
    i, j, k = voxels[near].T
    image[i, j, k] = np.broadcast_to(level[:, None], near.shape)[near]


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
