"""One synthetic metastasis: an irregular core with rim, necrosis and septa, and oedema around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import erfinv

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import blur, smooth_noise
from sgnet.synthesis.tissue import Tissue

FAINTEST, SPAN = 1.12, 1.6
"""Enhancement is drawn from the one to their sum."""
LEAST_CONTRAST = 0.1
"""Of a large lesion: what it exceeds the brightest healthy tissue by, as a share of that."""
CONTRAST_MM = 1.8
"""Contrast times diameter beyond that: what is smaller is seen if it is brighter (Rose, J Opt Soc Am 1948;38:196)."""
RIM_CONTRAST_MM = 0.4
"""The same for the thickness of a rim, which is seen along its length."""
SMALL_MM = 10.0
"""Below, a lesion is not a cyst without much of a wall, nor weak: nobody would call it a metastasis."""


class Pattern(str, Enum):
    """How the core enhances."""

    SOLID = "solid"
    RING = "ring"
    CYST = "cyst"
    PATCHY = "patchy"
    WEAK = "weak"


@dataclass(frozen=True)
class SyntheticLesion:
    """Drawn parameters of one lesion. Intensities are relative to white matter = 1.

    Attributes
    ----------
    diameter_mm : float
        Of the ball with the volume the core is drawn for, 2-70 mm.
    axes : three float
        Ratios of the ellipsoid's axes.
    roughness : float
        Amplitude of the surface noise, as a share of the radius.
    pattern : Pattern
    enhancement, rim_flair, necrosis_t1ce, necrosis_flair : float
        Levels of rim and interior.
    rim_mm, rim_variation, rim_gap : float
        Median thickness, log-SD of the thickness over the surface, share of the surface without rim.
    septa : float
        Half-width of the septa on the noise scale; 0 = none.
    nodule : float
        Diameter of an enhancing mural nodule as a share of the lesion's; 0 = none.
    texture : float
        SD of the texture inside the core.
    oedema_mm, oedema_flair, oedema_t1ce : float
        Reach into white matter, and what the oedema adds to FLAIR and T1ce.
    cortex_barrier : float
        How much slower oedema spreads in grey than in white matter.
    seed : int
    """

    diameter_mm: float
    axes: tuple[float, float, float]
    roughness: float
    pattern: Pattern
    enhancement: float
    rim_flair: float
    necrosis_t1ce: float
    necrosis_flair: float
    rim_mm: float
    rim_variation: float
    rim_gap: float
    septa: float
    nodule: float
    texture: float
    oedema_mm: float
    oedema_flair: float
    oedema_t1ce: float
    cortex_barrier: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, diameter_mm: float) -> SyntheticLesion:
        """Ranges of SYNTHESIS.md, with the pattern chosen by size: small lesions are mostly solid."""
        solid = np.clip(1.15 - diameter_mm / 18, 0.12, 0.9)
        rest = np.array([0.40, 0.24, 0.20, 0.16]) * (1 - solid)
        pattern = list(Pattern)[int(rng.choice(5, p=[solid, *rest]))]
        enhancement = FAINTEST + SPAN * rng.beta(1.2, 1.8)
        gap = float(rng.beta(1, 6)) if pattern is not Pattern.CYST else float(rng.beta(1.2, 2))
        if pattern is Pattern.WEAK:
            enhancement, gap = 1.0 + 0.35 * rng.random(), float(rng.uniform(0.2, 0.9))
        has_oedema = rng.random() < np.clip(0.25 + diameter_mm / 14, 0, 0.88)
        return cls(
            diameter_mm=float(diameter_mm),
            axes=tuple(float(v) for v in np.exp(0.16 * rng.standard_normal(3))),  # type: ignore[arg-type]
            roughness=float(rng.uniform(0.02, 0.28)),
            pattern=pattern,
            enhancement=float(enhancement),
            rim_flair=float(rng.uniform(0.75, 2.0)),
            necrosis_t1ce=float(rng.uniform(0.15, 0.95) if pattern is not Pattern.CYST else rng.uniform(0.12, 0.65)),
            necrosis_flair=float(rng.uniform(0.1, 2.1)),
            rim_mm=float(np.exp(np.log(2.2) + 0.5 * rng.standard_normal())) * (0.55 if pattern is Pattern.CYST else 1),
            rim_variation=float(rng.uniform(0.1, 0.7)),
            rim_gap=gap,
            septa=float(rng.uniform(0.05, 0.2) if rng.random() < 0.3 else 0.0),
            nodule=float(rng.uniform(0.25, 0.5) if rng.random() < (0.5 if pattern is Pattern.CYST else 0.1) else 0.0),
            texture=float(rng.uniform(0.0, 0.16)),
            oedema_mm=float(min(32, np.exp(np.log(6 + 0.15 * diameter_mm) + 0.55 * rng.standard_normal())))
            if has_oedema
            else 0.0,
            oedema_flair=float(rng.uniform(0.18, 1.4)),
            oedema_t1ce=float(-rng.uniform(0.03, 0.5)),
            cortex_barrier=float(rng.uniform(1.8, 4.5)),
            seed=int(rng.integers(2**31)),
        )

    def visible(self, brightest: float) -> SyntheticLesion:
        """The lesion as one that a reader sees on T1ce: what no reader sees, none has marked.

        Parameters
        ----------
        brightest : float
            T1ce of the brightest healthy tissue around.
        """
        small = self.diameter_mm < SMALL_MM
        pattern = Pattern.RING if small and self.pattern in (Pattern.CYST, Pattern.WEAK) else self.pattern
        rim = max(1.0, self.rim_mm)
        contrast = CONTRAST_MM / self.diameter_mm
        if pattern not in (Pattern.SOLID, Pattern.WEAK):
            contrast = max(contrast, RIM_CONTRAST_MM / rim)
        least = 1 + LEAST_CONTRAST + contrast
        # The range it was drawn from, begun at the least.
        share = np.clip((self.enhancement - FAINTEST) / SPAN, 0, 1)
        return replace(
            self,
            pattern=pattern,
            rim_mm=rim,
            rim_gap=min(self.rim_gap, 0.3 if small else 0.7),
            enhancement=float(brightest * (least + share * (max(least, FAINTEST + SPAN) - least))),
        )

    def paint(
        self,
        images: tuple[NDArray[np.float32], NDArray[np.float32]],
        instances: NDArray[np.uint8],
        whole: NDArray[np.bool_],
        anatomy: Anatomy,
        centre: tuple[int, int, int],
        number: int,
    ) -> bool:
        """Draw the lesion into (t1ce, flair), its core into ``instances`` and its extent into ``whole``, in place.

        Returns whether it was drawn: nothing changes where it would touch another lesion's core or
        less than a third of it would lie inside the brain.
        """
        rng = np.random.default_rng(self.seed)
        reach = int(np.ceil(0.85 * self.diameter_mm * (1 + 2 * self.roughness) + 1.3 * self.oedema_mm + 4))
        box = tuple(slice(max(0, c - reach), min(n, c + reach + 1)) for c, n in zip(centre, whole.shape, strict=True))
        shape = tuple(s.stop - s.start for s in box)
        offset = [c - s.start for c, s in zip(centre, box, strict=True)]
        radius = self._radius(rng, shape, offset)
        # The brain's outline bounds the lesion; dura and sinus do not become tumour.
        room = (anatomy.brain_distance[box] < 0) & ~np.isin(anatomy.tissue[box], (Tissue.DURA, Tissue.SINUS))
        free = radius < 1
        core = free & room
        if core.sum() < max(1, free.sum() / 3):
            return False
        if (instances[box][ndimage.binary_dilation(core, iterations=2)] > 0).any():
            return False

        t1ce, flair = images[0][box], images[1][box]
        outside = ndimage.distance_transform_edt(~core).astype(np.float32)
        self._paint_oedema(rng, t1ce, flair, whole[box], anatomy, box, core, outside)
        self._paint_core(rng, t1ce, flair, core)
        instances[box][core] = number
        whole[box][core] = True
        return True

    def _radius(self, rng: np.random.Generator, shape: tuple[int, ...], centre: list[int]) -> NDArray[np.float32]:
        """Normalised radius with a rough, lobulated surface: below 1 inside the core."""
        turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
        axes = np.array(self.axes) / np.prod(self.axes) ** (1 / 3) * self.diameter_mm / 2
        within = rng.uniform(-0.5, 0.5, 3)
        grid = [np.arange(n, dtype=np.float32) - c - w for n, c, w in zip(shape, centre, within, strict=True)]
        squared = np.zeros(shape, np.float32)
        for row, axis in zip(turn.astype(np.float32), axes, strict=True):
            along = row[0] * grid[0][:, None, None] + row[1] * grid[1][None, :, None] + row[2] * grid[2][None, None, :]
            squared += (along / np.float32(axis)) ** 2
        lobes = smooth_noise(rng, shape, max(2.0, 0.5 * self.diameter_mm))
        bumps = smooth_noise(rng, shape, max(1.5, 0.2 * self.diameter_mm))
        return np.sqrt(squared) + np.float32(self.roughness) * (0.7 * lobes + 0.35 * bumps)

    def _paint_oedema(
        self,
        rng: np.random.Generator,
        t1ce: NDArray[np.float32],
        flair: NDArray[np.float32],
        whole: NDArray[np.bool_],
        anatomy: Anatomy,
        box: tuple[slice, ...],
        core: NDArray[np.bool_],
        outside: NDArray[np.float32],
    ) -> None:
        if self.oedema_mm < 0.5:
            return
        tissue = anatomy.tissue[box]
        white = np.isin(tissue, (Tissue.WHITE_MATTER, Tissue.CEREBELLAR_WHITE, Tissue.WHITE_MATTER_HYPERINTENSITY))
        deep = np.isin(tissue, (Tissue.DEEP_GREY, Tissue.PALLIDUM, Tissue.BRAINSTEM))
        grey = np.isin(tissue, (Tissue.CORTEX, Tissue.CEREBELLAR_CORTEX))
        ease = white + np.float32(0.5) * deep + grey / np.float32(self.cortex_barrier)
        speed = blur(ease.astype(np.float32), 1.2)
        uneven = np.exp(0.35 * smooth_noise(rng, core.shape, 14) + 0.12 * smooth_noise(rng, core.shape, 4))
        reach = np.float32(self.oedema_mm) * speed * uneven
        oedema = (outside < reach) & (white | deep | grey) & ~core & (anatomy.brain_distance[box] < 0)
        joined, _ = ndimage.label(oedema | core)
        oedema &= np.isin(joined, np.unique(joined[core]))
        fade = np.clip((reach - outside) / 2.5, 0.35, 1) * oedema
        mottle = 1 + 0.15 * smooth_noise(rng, core.shape, 6)
        flair += self.oedema_flair * fade * mottle
        t1ce += self.oedema_t1ce * fade * mottle
        np.maximum(t1ce, 0.15, out=t1ce, where=oedema)
        whole |= oedema

    def _paint_core(
        self, rng: np.random.Generator, t1ce: NDArray[np.float32], flair: NDArray[np.float32], core: NDArray[np.bool_]
    ) -> None:
        shape = core.shape
        enhancing = core.copy()
        if self.pattern is not Pattern.SOLID:
            depth = ndimage.distance_transform_edt(core).astype(np.float32)
            scale = max(3.0, 0.3 * self.diameter_mm)
            thickness = self.rim_mm * np.exp(self.rim_variation * smooth_noise(rng, shape, scale))
            # The gap is a quantile of a unit normal: that share of the surface has no rim.
            broken = smooth_noise(rng, shape, scale) < np.sqrt(2) * _inverse_erf(2 * self.rim_gap - 1)
            enhancing = core & (depth <= thickness) & ~broken
            if self.pattern is Pattern.PATCHY:
                enhancing |= core & (smooth_noise(rng, shape, max(2.0, 0.18 * self.diameter_mm)) > 0.3)
            if self.septa > 0:
                enhancing |= core & (np.abs(smooth_noise(rng, shape, max(4.0, 0.35 * self.diameter_mm))) < self.septa)
            if self.nodule > 0:
                enhancing |= core & self._nodule(rng, core, depth)
        grain = self.texture * smooth_noise(rng, shape, 2.5)
        t1ce[core] = self.necrosis_t1ce
        flair[core] = self.necrosis_flair
        level = self.enhancement * (1 + 0.12 * smooth_noise(rng, shape, max(3.0, 0.3 * self.diameter_mm)))
        t1ce[enhancing] = level[enhancing]
        flair[enhancing] = self.rim_flair
        t1ce[core] += grain[core]
        flair[core] += grain[core]

    def _nodule(
        self, rng: np.random.Generator, core: NDArray[np.bool_], depth: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """A ball of ``nodule`` x diameter, centred on the wall."""
        wall = np.argwhere(core & (depth <= 2))
        middle = wall[rng.integers(len(wall))]
        distance = np.sqrt(sum((np.arange(n).reshape([-1 if a == b else 1 for b in range(3)]) - middle[a]) ** 2.0
                               for a, n in enumerate(core.shape)))  # fmt: skip
        return distance < self.nodule * self.diameter_mm / 2


def _inverse_erf(value: float) -> float:
    return float(erfinv(np.clip(value, -0.9999, 0.9999)))
