"""A synthetic study of the second task: one T2 with thick slices around the inner ears, and its schwannoma."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import Grid, Volume
from sgnet.synthesis.anatomy import Anatomy, find_anatomies, load_anatomy
from sgnet.synthesis.fields import smooth_noise
from sgnet.synthesis.procedural import procedural_anatomy
from sgnet.synthesis.schwannoma_tumour import SchwannomaTumour
from sgnet.synthesis.skull_base import SkullBase, paint_clivus
from sgnet.synthesis.t2 import SUBSLICES, T2Acquisition, T2Contrast
from sgnet.synthesis.tissue import Tissue

SPACING_MM = (0.4, 0.4, 1.5)
SHAPE = (264, 160, 28)
"""106 x 64 x 42 mm: both inner ears and the posterior fossa (the paper crops its scans likewise)."""

PROCEDURAL_HEADS = 4
# How far up the brainstem, from its lowest to its highest voxel, the canals lie.
_LEVEL = 0.47


@dataclass(frozen=True)
class SchwannomaParameters:
    """Everything drawn for one study; :func:`render_schwannoma` turns it into the image, always the same one.

    ``rotation_deg``, ``scale`` and ``shift_mm`` place the head in the scan; ``elastic_mm`` is the SD of a
    displacement that varies over 25 mm. ``left`` and ``right`` are the two skull bases.
    """

    seed: int
    anatomy: str
    rotation_deg: tuple[float, float, float]
    scale: tuple[float, float, float]
    shift_mm: tuple[float, float, float]
    elastic_mm: float
    contrast: T2Contrast
    left: SkullBase
    right: SkullBase
    tumour: SchwannomaTumour
    acquisition: T2Acquisition
    gain: float

    @classmethod
    def draw(cls, seed: int, anatomies: tuple[str, ...]) -> SchwannomaParameters:
        """Parameters of study ``seed``; ``anatomies`` are the names to choose from."""
        rng = np.random.default_rng([seed, 1906, 3906])
        anatomy = anatomies[int(rng.integers(len(anatomies)))]
        left = SkullBase.draw(rng)
        # Both sides of one head resemble each other.
        other = SkullBase.draw(rng)
        mixed = {name: _mix(getattr(left, name), getattr(other, name)) for name in _SIDE}
        right = replace(left, **mixed, seed=other.seed)
        return cls(
            seed=seed,
            anatomy=anatomy,
            rotation_deg=_three(rng.uniform(-8, 8, 3)),
            scale=_three(rng.uniform(0.92, 1.08) * rng.uniform(0.97, 1.03, 3)),
            shift_mm=_three(rng.uniform(-1, 1, 3) * (6, 8, 7)),
            elastic_mm=float(rng.uniform(0.3, 1.5)),
            contrast=T2Contrast.draw(rng),
            left=left,
            right=right,
            tumour=SchwannomaTumour.draw(rng),
            acquisition=T2Acquisition.draw(rng),
            gain=float(np.exp(rng.uniform(np.log(50), np.log(1000)))),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


_SIDE = ("length_mm", "radius_mm", "tilt", "nerve_mm", "cistern_mm", "pneumatised")


@dataclass(frozen=True, eq=False)
class SyntheticSchwannoma:
    """A T2 volume (0.4 x 0.4 x 1.5 mm, RAS, arbitrary units) with the mask of its tumour, bool on the same grid."""

    t2: Volume
    tumour: NDArray[np.bool_]
    parameters: SchwannomaParameters


def generate_schwannoma(seed: int, anatomy: Path | tuple[Path, ...] | None = None) -> SyntheticSchwannoma:
    """Study number ``seed``: the same for the same arguments on every machine.

    Parameters
    ----------
    seed : int
    anatomy : Path or tuple of Path, optional
        As for :func:`sgnet.synthesis.generate.generate_study`.
    """
    if anatomy is None:
        names = tuple(f"procedural-{n}" for n in range(PROCEDURAL_HEADS))
        parameters = SchwannomaParameters.draw(seed, names)
        return render_schwannoma(parameters, _procedural(int(parameters.anatomy.split("-")[1])))
    maps = anatomy if isinstance(anatomy, tuple) else tuple(find_anatomies(anatomy))
    by_name = {path.name.split(".")[0]: path for path in maps}
    parameters = SchwannomaParameters.draw(seed, tuple(sorted(by_name)))
    return render_schwannoma(parameters, load_anatomy(by_name[parameters.anatomy]))


@lru_cache(maxsize=PROCEDURAL_HEADS)
def _procedural(number: int) -> Anatomy:
    return procedural_anatomy(number)


def render_schwannoma(parameters: SchwannomaParameters, anatomy: Anatomy) -> SyntheticSchwannoma:
    """The image of ``parameters`` on ``anatomy``: deterministic."""
    rng = np.random.default_rng([parameters.seed, 11])
    levels = np.asarray(parameters.contrast.levels, np.float32)
    x, y, z = _head_coordinates(parameters, rng)
    image, brainstem = _background(anatomy, levels, (x, y, z))
    paint_clivus(image, x, y, z, levels, rng)
    tumour = np.zeros(image.shape, np.bool_)
    for sign, base in ((1, parameters.right), (-1, parameters.left)):
        # The half of the image around this side; where the two overlap, at the midline, neither draws.
        half = slice(image.shape[0] // 2 - 20, None) if sign > 0 else slice(None, image.shape[0] // 2 + 20)
        side = sign * x[half], y[half], z[half]
        base.paint(image[half], *side, brainstem[half], levels)
        if parameters.tumour.right == (sign > 0):
            tumour[half] = parameters.tumour.paint(image[half], *side, base, float(levels[Tissue.CSF]))
    image *= 1 + parameters.contrast.texture * smooth_noise(rng, image.shape, 4)
    scan = parameters.acquisition.apply(np.maximum(image, 0), SPACING_MM[0]) * np.float32(parameters.gain)
    share = tumour.reshape(*SHAPE, SUBSLICES).mean(axis=3)
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = -(np.array(SHAPE) - 1) / 2 * SPACING_MM
    return SyntheticSchwannoma(Volume(scan, Grid(SHAPE, affine), "synthetic T2"), share >= 0.5, parameters)


def _head_coordinates(
    parameters: SchwannomaParameters, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """For each voxel of each sheet its place in the head, in mm from the brainstem at the level of the canals."""
    shape = (SHAPE[0], SHAPE[1], SHAPE[2] * SUBSLICES)
    spacing = (SPACING_MM[0], SPACING_MM[1], SPACING_MM[2] / SUBSLICES)
    axes = [
        ((np.arange(n) - (n - 1) / 2) * step - shift).astype(np.float32)
        for n, step, shift in zip(shape, spacing, parameters.shift_mm, strict=True)
    ]
    matrix = _rotation(parameters.rotation_deg) / np.array(parameters.scale)
    scale = 25 / float(np.mean(spacing))
    coordinates = []
    for row in matrix.astype(np.float32):
        place = row[0] * axes[0][:, None, None] + row[1] * axes[1][None, :, None] + row[2] * axes[2][None, None, :]
        coordinates.append(place + np.float32(parameters.elastic_mm) * smooth_noise(rng, shape, scale))
    return coordinates[0], coordinates[1], coordinates[2]


def _background(
    anatomy: Anatomy, levels: NDArray[np.float32], head_mm: tuple[NDArray[np.float32], ...]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The healthy head and its brainstem at the places ``head_mm``."""
    origin = _brainstem_middle(anatomy)
    places = np.stack([axis + np.float32(start) for axis, start in zip(head_mm, origin, strict=True)])
    low = [max(int(axis.min()) - 2, 0) for axis in places]
    high = [int(axis.max()) + 3 for axis in places]
    crop = anatomy.tissue[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    places -= np.array(low, np.float32).reshape(3, 1, 1, 1)
    image = ndimage.map_coordinates(levels[crop], places, order=1, mode="nearest")
    stem = ndimage.map_coordinates((crop == Tissue.BRAINSTEM).astype(np.float32), places, order=1, mode="nearest")
    return image, stem >= 0.5


def _brainstem_middle(anatomy: Anatomy) -> tuple[float, float, float]:
    """Voxel in the middle of the brainstem at the level of the canals."""
    stem = anatomy.tissue == Tissue.BRAINSTEM
    heights = np.flatnonzero(stem.any(axis=(0, 1)))
    level = round(heights[0] + _LEVEL * (heights[-1] - heights[0]))
    i, j = np.argwhere(stem[:, :, level]).mean(axis=0)
    return float(i), float(j), float(level)


def _rotation(degrees: tuple[float, float, float]) -> NDArray[np.float64]:
    a, b, c = np.radians(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


def _mix(mine: Any, other: Any) -> Any:
    """Mostly ``mine``; numbers or tuples of them."""
    if isinstance(mine, tuple):
        return tuple(_mix(a, b) for a, b in zip(mine, other, strict=True))
    return 0.75 * mine + 0.25 * other


def _three(values: NDArray[np.floating]) -> tuple[float, float, float]:
    r, a, s = (float(v) for v in values)
    return r, a, s
