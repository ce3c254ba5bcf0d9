"""A new individual from a known head: affine and elastic deformation, and what the scan covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import smooth_noise, upsample
from sgnet.synthesis.tissue import Tissue

MAX_ROTATION_DEG = 15.0


@dataclass(frozen=True)
class Deformation:
    """Drawn parameters; :meth:`apply` is deterministic.

    Attributes
    ----------
    rotation_deg, scale, shear : three numbers each (R, A, S)
    mirrored : bool
        Left and right exchanged.
    elastic_mm : float
        SD of the coarse displacement, which varies over about 40 mm.
    fine_mm : float
        SD of the fine displacement, which varies over about 10 mm.
    margin_mm : int
        Kept around the brain.
    cut : tuple of float
        Share of the brain's height cut away below and above (field of view).
    narrow_sulci : bool
        Cortex grows by one voxel into the fluid: a younger or swollen brain.
    seed : int
        Of the displacement fields.
    """

    rotation_deg: tuple[float, float, float]
    scale: tuple[float, float, float]
    shear: tuple[float, float, float]
    mirrored: bool
    elastic_mm: float
    fine_mm: float
    margin_mm: int
    cut: tuple[float, float]
    narrow_sulci: bool
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, with_skull: bool) -> Deformation:
        """Ranges of SYNTHESIS.md: rotation 15 degrees, scale 0.87-1.15, shear 0.08, elastic SD 0-4.5 mm."""
        size = rng.uniform(0.89, 1.13)
        cut = rng.uniform(0, 0.3, 2) * (rng.random(2) < 0.15)
        return cls(
            rotation_deg=_three(rng.uniform(-MAX_ROTATION_DEG, MAX_ROTATION_DEG, 3)),
            scale=_three(size * rng.uniform(0.96, 1.04, 3)),
            shear=_three(rng.uniform(-0.08, 0.08, 3)),
            mirrored=bool(rng.random() < 0.5),
            elastic_mm=float(rng.uniform(0, 4.5)),
            fine_mm=float(rng.uniform(0, 1.0)),
            margin_mm=int(rng.integers(14, 30)) if with_skull else 9,
            cut=(float(cut[0]), float(cut[1])),
            narrow_sulci=bool(rng.random() < 0.5),
            seed=int(rng.integers(2**31)),
        )

    def apply(self, anatomy: Anatomy) -> Anatomy:
        """The deformed head on the 1 mm lattice around its brain."""
        source_shape = np.array(anatomy.tissue.shape)
        inside = anatomy.brain_distance < 0
        extents = [
            np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis)))[[0, -1]] for axis in range(3)
        ]
        middle = np.array([e.mean() for e in extents])
        half = np.array([(e[1] - e[0]) / 2 for e in extents])
        shape = np.ceil(2 * half * np.array(self.scale) + 2 * self.margin_mm + 6).astype(int)

        inverse = np.linalg.inv(self._matrix())
        axes = [np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in shape]
        low, high = (round(c * int(shape[2])) for c in self.cut)
        axes[2] = axes[2][low : shape[2] - high]
        shape = np.array([len(a) for a in axes])
        rng = np.random.default_rng(self.seed)
        flat = np.zeros(tuple(shape), np.int64)
        for axis in range(3):
            row = inverse[axis].astype(np.float32)
            position = (
                row[0] * axes[0][:, None, None] + row[1] * axes[1][None, :, None] + row[2] * axes[2][None, None, :]
            ) + np.float32(middle[axis])
            coarse = rng.standard_normal([max(2, -(-n // 40) + 1) for n in shape], dtype=np.float32)
            position += np.float32(self.elastic_mm) * upsample(coarse, tuple(shape))
            if self.fine_mm > 0.1:
                position += np.float32(self.fine_mm) * smooth_noise(rng, tuple(shape), 10.0)
            index = np.clip(np.rint(position), 0, source_shape[axis] - 1).astype(np.int32)
            flat = flat * source_shape[axis] + index
        tissue = anatomy.tissue.ravel()[flat]
        if self.narrow_sulci:
            _narrow_sulci(tissue)
        return Anatomy(anatomy.name, tissue, anatomy.brain_distance.ravel()[flat])

    def _matrix(self) -> NDArray[np.float64]:
        """From source to target positions about the middle of the brain."""
        a, b, c = np.radians(self.rotation_deg)
        about_r = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        about_a = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        about_s = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        shear = np.eye(3)
        shear[0, 1], shear[0, 2], shear[1, 2] = self.shear
        stretch = np.diag([-self.scale[0] if self.mirrored else self.scale[0], self.scale[1], self.scale[2]])
        return about_r @ about_a @ about_s @ shear @ stretch


def _narrow_sulci(tissue: NDArray[np.uint8]) -> None:
    """Fluid beside cortex becomes cortex, in place."""
    cortex = tissue == Tissue.CORTEX
    beside = ndimage.binary_dilation(cortex)
    tissue[beside & (tissue == Tissue.CSF)] = Tissue.CORTEX


def _three(values: NDArray[np.floating]) -> tuple[float, float, float]:
    r, a, s = (float(v) for v in values)
    return r, a, s
