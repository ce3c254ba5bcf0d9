"""The petrous bone on both sides with its internal auditory canal, nerves and inner ear, from simple solids.

Coordinates are millimetres in the head: x to the side (positive on the side that is drawn), y forwards,
z upwards, from the middle of the brainstem at the level of the canals. Sizes are of the textbook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.synthesis.fields import smooth_noise
from sgnet.synthesis.tissue import Tissue

Array = NDArray[np.float32]

# The posterior face of the petrous bone runs backwards as it runs to the side.
_RIDGE = np.array([0.77, -0.64])
_OUTWARDS = np.array([-0.64, -0.77])


@dataclass(frozen=True)
class SkullBase:
    """One side.

    Attributes
    ----------
    porus_mm : three float
        Middle of the canal's opening.
    length_mm : float
        From the opening to the fundus.
    radius_mm : float
        Of the canal at its opening; it narrows to 70 % at the fundus.
    tilt : float
        How much the canal runs forwards (positive) for each millimetre to the side.
    nerve_mm : float
        Radius of the nerves.
    cistern_mm : three float
        Half axes of the fluid between brainstem and opening.
    pneumatised : float
        Share of the bone that is air cells.
    seed : int
        Of the cells.
    """

    porus_mm: tuple[float, float, float]
    length_mm: float
    radius_mm: float
    tilt: float
    nerve_mm: float
    cistern_mm: tuple[float, float, float]
    pneumatised: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> SkullBase:
        """Opening 22-27 mm from the midline; canal 9-13 mm long and 4-7 mm wide."""
        return cls(
            porus_mm=(float(rng.uniform(22, 27)), float(rng.uniform(1, 6)), float(rng.uniform(-2, 2))),
            length_mm=float(rng.uniform(9, 13)),
            radius_mm=float(rng.uniform(2.0, 3.5)),
            tilt=float(rng.uniform(-0.2, 0.2)),
            nerve_mm=float(rng.uniform(0.35, 0.6)),
            cistern_mm=(float(rng.uniform(8, 12)), float(rng.uniform(6, 10)), float(rng.uniform(7, 12))),
            pneumatised=float(rng.uniform(0, 0.5)),
            seed=int(rng.integers(2**31)),
        )

    def bone(self, x: Array, y: Array, z: Array) -> NDArray[np.bool_]:
        """The petrous pyramid."""
        along = (x - self.porus_mm[0]) * _RIDGE[0] + (y - self.porus_mm[1]) * _RIDGE[1]
        depth = -((x - self.porus_mm[0]) * _OUTWARDS[0] + (y - self.porus_mm[1]) * _OUTWARDS[1])
        level = z - self.porus_mm[2]
        # Flat behind, curved in front, tapering towards its tip and towards the side of the head.
        thickness = 25 * np.sqrt(np.clip(1 - ((along - 15) / 35) ** 2, 0, 1)) + np.sin(0.45 * x + 0.2 * z)
        height = np.clip(9 + 0.25 * along, 3, 18) + np.sin(0.5 * along + 0.3 * depth)
        hollow = 0.15 * level + 0.5 * np.sin(0.3 * along + 0.25 * z)
        return (depth > hollow) & (depth < thickness) & (np.abs(level + 1) < height)

    def cistern(self, x: Array, y: Array, z: Array) -> NDArray[np.bool_]:
        """Fluid around the way from the brainstem to the opening."""
        a, b, c = self.cistern_mm
        distance = ((x - self.porus_mm[0] + a * 0.7) / a) ** 2 + ((y - self.porus_mm[1]) / b) ** 2
        return distance + ((z - self.porus_mm[2]) / c) ** 2 < 1

    def in_canal(self, x: Array, y: Array, z: Array, wider: float = 1.0) -> NDArray[np.bool_]:
        """The canal, its mouth flared; ``wider`` scales its width."""
        return (
            (self.depth(x) > -3) & (self.depth(x) < self.length_mm) & (self.off_axis(x, y, z) < wider * self.width(x))
        )

    def depth(self, x: Array) -> Array:
        """Distance from the opening into the canal."""
        return x - np.float32(self.porus_mm[0])

    def width(self, x: Array) -> Array:
        """Radius of the canal at a depth."""
        share = np.clip(self.depth(x) / self.length_mm, -0.3, 1)
        return np.float32(self.radius_mm) * (1 - 0.3 * share + 1.2 * np.clip(0.1 - share, 0, 0.4))

    def off_axis(self, x: Array, y: Array, z: Array) -> Array:
        """Distance from the canal's axis."""
        across = y - self.porus_mm[1] - self.tilt * self.depth(x)
        return np.sqrt(across**2 + (z - self.porus_mm[2]) ** 2)

    def nerves(self, x: Array, y: Array, z: Array) -> NDArray[np.bool_]:
        """Facial, cochlear and two vestibular nerves, close together in the cistern, apart at the fundus."""
        share = np.clip((self.depth(x) + 15) / (self.length_mm + 15), 0, 1)
        found = np.zeros(x.shape, np.bool_)
        for forwards, upwards in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            across = y - self.porus_mm[1] - self.tilt * self.depth(x) - forwards * (0.3 + 0.9 * share)
            above = z - self.porus_mm[2] - upwards * (0.2 + 0.9 * share)
            found |= across**2 + above**2 < self.nerve_mm**2
        return found & (self.depth(x) > -16) & (self.depth(x) < self.length_mm)

    def inner_ear(self, x: Array, y: Array, z: Array) -> NDArray[np.bool_]:
        """Fluid of cochlea, vestibule and semicircular canals behind the fundus."""
        u = self.depth(x) - self.length_mm
        v = y - self.porus_mm[1] - self.tilt * self.length_mm
        w = z - self.porus_mm[2]
        turn = np.sqrt((u - 2.5) ** 2 + (v - 3.5) ** 2 + w**2)
        cochlea = (turn < 2.8) & (np.abs(turn - 1.9) < 0.75)
        vestibule = ((u - 4) / 1.9) ** 2 + ((v + 2.5) / 2.6) ** 2 + (w / 2.2) ** 2 < 1
        found = cochlea | vestibule
        for first, second, third in ((u - 6.5, v + 4, w), (u - 5, w - 3, v + 2), (v + 5.5, w - 1, u - 5)):
            found |= (np.sqrt(first**2 + second**2) - 3) ** 2 + third**2 < 0.5**2
        return found

    def paint(self, image: Array, x: Array, y: Array, z: Array, brainstem: NDArray[np.bool_], levels: Array) -> None:
        """Draw this side into ``image`` in place; ``levels`` are those of each :class:`Tissue`.

        Parameters
        ----------
        image, x, y, z : ndarray of float32, one shape
        brainstem : ndarray of bool, same shape
            Is left as it is.
        """
        rng = np.random.default_rng(self.seed)
        bone = self.bone(x, y, z) & ~brainstem
        grain = smooth_noise(rng, image.shape, 7)
        capsule = np.abs(self.depth(x) - self.length_mm) < 12
        image[bone] = levels[Tissue.BONE] * np.clip(1 + 0.4 * grain[bone], 0.2, 2)
        image[bone & ~capsule & (grain > 1.6 - 3 * self.pneumatised)] = 0.02
        image[bone & ~capsule & (grain < -1.0)] = 0.7 * levels[Tissue.MARROW]
        fluid = (self.cistern(x, y, z) & ~brainstem & ~bone) | self.in_canal(x, y, z)
        fluid |= self.inner_ear(x, y, z)
        image[fluid] = levels[Tissue.CSF]
        image[self.nerves(x, y, z) & ~brainstem] = levels[Tissue.NERVE]


def paint_clivus(image: Array, x: Array, y: Array, z: Array, levels: Array, rng: np.random.Generator) -> None:
    """Draw the marrow in the middle, in front of the fluid before the brainstem, into ``image`` in place."""
    behind = rng.uniform(21, 25) + 0.35 * z + 0.02 * x**2
    inside = (y > behind) & (y < behind + 22) & (np.abs(x) < 17 + np.sin(0.4 * y))
    marrow = np.clip(0.8 + 0.3 * smooth_noise(rng, image.shape, 12), 0.1, 1.5)
    image[inside] = levels[Tissue.MARROW] * marrow[inside]
