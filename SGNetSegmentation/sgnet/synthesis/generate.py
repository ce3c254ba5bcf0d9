"""A synthetic study: draw every parameter from a seed, record them, apply them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.config import SynthesisSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.synthesis.acquisition import Acquisition
from sgnet.synthesis.anatomy import Anatomy, find_anatomies, load_anatomy
from sgnet.synthesis.contrast import Contrast
from sgnet.synthesis.deformation import Deformation
from sgnet.synthesis.extraaxial import ExtraAxial
from sgnet.synthesis.fields import smooth_noise
from sgnet.synthesis.hyperintensity import Hyperintensities
from sgnet.synthesis.lesion import SyntheticLesion
from sgnet.synthesis.procedural import procedural_anatomy
from sgnet.synthesis.tissue import BRAIN, Tissue
from sgnet.synthesis.vessels import Vessels

LESION_HOST = {
    Tissue.WHITE_MATTER: 1.0, Tissue.CORTEX: 1.0, Tissue.CEREBELLAR_CORTEX: 1.0, Tissue.CEREBELLAR_WHITE: 0.8,
    Tissue.DEEP_GREY: 0.4, Tissue.BRAINSTEM: 0.25, Tissue.CSF: 0.12, Tissue.VENTRICLE: 0.04,
}  # fmt: skip
"""How likely a voxel of each tissue is the centre of a lesion."""

PROCEDURAL_HEADS = 4


@dataclass(frozen=True)
class StudyParameters:
    """Everything drawn for one study; :func:`render` turns it into images, always the same ones."""

    seed: int
    anatomy: str
    skull: bool
    strip_offset_mm: float
    deformation: Deformation
    contrast: Contrast
    extra_axial: ExtraAxial
    vessels: Vessels
    hyperintensities: Hyperintensities
    lesions: tuple[SyntheticLesion, ...]
    t1ce: Acquisition
    flair: Acquisition
    gain: float

    @classmethod
    def draw(cls, seed: int, settings: SynthesisSettings, anatomies: tuple[str, ...]) -> StudyParameters:
        """Parameters of study ``seed``; ``anatomies`` are the names to choose from."""
        rng = np.random.default_rng([seed, 20261121])
        skull = bool(rng.random() < settings.skull_share)
        anatomy = anatomies[int(rng.integers(len(anatomies)))]
        strip_offset = float(rng.uniform(-2, 6)) if rng.random() < 0.6 else float(rng.uniform(0, 3))
        deformation = Deformation.draw(rng, skull)
        contrast = Contrast.draw(rng)
        return cls(
            seed=seed,
            anatomy=anatomy,
            skull=skull,
            strip_offset_mm=strip_offset,
            deformation=deformation,
            contrast=contrast,
            extra_axial=ExtraAxial.draw(rng),
            vessels=Vessels.draw(rng),
            hyperintensities=Hyperintensities.draw(rng),
            lesions=_without_oedema(
                [SyntheticLesion.draw(rng, d).visible(contrast.brightest) for d in _diameters(rng, settings)],
                settings.oedema_free_share,
                np.random.default_rng([seed, 20261122]),
            ),
            t1ce=Acquisition.draw(rng, thick_share=0.3, thickest_mm=4.0, shift_mm=0.0),
            flair=Acquisition.draw(rng, thick_share=0.65, thickest_mm=6.0, shift_mm=1.2),
            gain=float(np.exp(rng.uniform(np.log(50), np.log(2000)))),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class SyntheticStudy:
    """A study with its truth on the T1ce grid.

    Attributes
    ----------
    study : Study
        1 mm, RAS, arbitrary scanner units, 0 outside the brain when the skull was removed.
    instances : ndarray of uint8
        0 background, n = core of ``parameters.lesions`` drawn n-th; the core mask is ``instances > 0``.
    whole : ndarray of bool
        Cores and oedema.
    head : ndarray of bool
        Voxels that a scaling by percentiles has to consider.
    parameters : StudyParameters
    """

    study: Study
    instances: NDArray[np.uint8]
    whole: NDArray[np.bool_]
    head: NDArray[np.bool_]
    parameters: StudyParameters


def generate_study(
    seed: int, settings: SynthesisSettings | None = None, anatomy: Path | tuple[Path, ...] | None = None
) -> SyntheticStudy:
    """Study number ``seed``: the same for the same arguments on every machine.

    Parameters
    ----------
    seed : int
    settings : SynthesisSettings, optional
    anatomy : Path or tuple of Path, optional
        A folder of FreeSurfer-style label maps at 1 mm, or the maps themselves; without it a head
        is drawn from formulas (for demonstrations and tests).
    """
    settings = settings or SynthesisSettings()
    if anatomy is None:
        names = tuple(f"procedural-{n}" for n in range(PROCEDURAL_HEADS))
        parameters = StudyParameters.draw(seed, settings, names)
        return render(parameters, _procedural(int(parameters.anatomy.split("-")[1])))
    maps = anatomy if isinstance(anatomy, tuple) else tuple(find_anatomies(anatomy))
    by_name = {path.name.split(".")[0]: path for path in maps}
    parameters = StudyParameters.draw(seed, settings, tuple(sorted(by_name)))
    return render(parameters, load_anatomy(by_name[parameters.anatomy]))


@lru_cache(maxsize=PROCEDURAL_HEADS)
def _procedural(number: int) -> Anatomy:
    return procedural_anatomy(number)


def render(parameters: StudyParameters, anatomy: Anatomy) -> SyntheticStudy:
    """The images of ``parameters`` on ``anatomy``: deterministic."""
    rng = np.random.default_rng([parameters.seed, 7])
    head = parameters.deformation.apply(anatomy)
    t1ce, flair = parameters.contrast.apply(head.tissue)
    parameters.extra_axial.paint(t1ce, flair, head)
    parameters.hyperintensities.paint(t1ce, flair, head)
    instances = np.zeros(head.tissue.shape, np.uint8)
    whole = np.zeros(head.tissue.shape, bool)
    for number, lesion in enumerate(parameters.lesions, start=1):
        for _ in range(6):
            if lesion.paint((t1ce, flair), instances, whole, head, _place(rng, head), number):
                break
    lesion_free = t1ce.copy()
    parameters.vessels.paint(t1ce, head)
    np.copyto(t1ce, lesion_free, where=instances > 0)

    t1ce = parameters.t1ce.apply(t1ce)
    flair = parameters.flair.apply(flair)
    mask = _visible(parameters, rng, head)
    grid = Grid(t1ce.shape, _affine(t1ce.shape))
    gain = np.float32(parameters.gain)
    volumes = [
        Volume(np.where(mask, np.maximum(image * gain, np.float32(1e-3) * gain), 0).astype(np.float32), grid, name)
        for name, image in (("synthetic T1ce", t1ce), ("synthetic FLAIR", flair))
    ]
    instances[~mask], whole[~mask] = 0, False
    return SyntheticStudy(Study(volumes[0], volumes[1]), instances, whole, mask, parameters)


def _visible(parameters: StudyParameters, rng: np.random.Generator, head: Anatomy) -> NDArray[np.bool_]:
    """What an imperfect brain extraction leaves, or the whole head."""
    if parameters.skull:
        return head.tissue != Tissue.AIR
    ragged = parameters.strip_offset_mm + 0.8 * smooth_noise(rng, head.tissue.shape, 16)
    return (head.brain_distance <= ragged) & ((head.tissue != Tissue.AIR) | (head.brain_distance < 1))


def _place(rng: np.random.Generator, head: Anatomy) -> tuple[int, int, int]:
    """A voxel for a lesion's centre, by :data:`LESION_HOST`, not on the rim of the field of view."""
    weights = np.zeros(256)
    for tissue, weight in LESION_HOST.items():
        weights[tissue] = weight
    for _ in range(2000):
        i, j, k = (int(rng.integers(2, n - 2)) for n in head.tissue.shape)
        if head.brain_distance[i, j, k] < 0 and rng.random() < weights[head.tissue[i, j, k]]:
            return i, j, k
    i, j, k = np.argwhere(np.isin(head.tissue, BRAIN))[0]
    return int(i), int(j), int(k)


def _diameters(rng: np.random.Generator, settings: SynthesisSettings) -> list[float]:
    """Sizes of one patient's lesions: many small ones, a few, one or two large ones, or none."""
    kind = rng.choice(4, p=[0.30, 0.30, 0.34, 0.06])
    small = np.exp(np.log(5.0) + 0.5 * rng.standard_normal(int(rng.integers(2, settings.max_lesions + 1))))
    middle = np.exp(np.log(9.5) + 0.65 * rng.standard_normal(int(rng.integers(1, 9))))
    large = rng.uniform(20, settings.max_diameter_mm, int(rng.integers(1, 3)))
    chosen = [small, middle, np.concatenate([large, middle[:3]]), np.zeros(0)][int(kind)]
    # Largest first, so that the small ones fill the room that is left.
    return sorted(np.clip(chosen, settings.min_diameter_mm, settings.max_diameter_mm).tolist(), reverse=True)


def _without_oedema(
    lesions: list[SyntheticLesion], share: float, rng: np.random.Generator
) -> tuple[SyntheticLesion, ...]:
    """The lesions, a ``share`` of them without oedema; ``rng`` is its own, so that nothing else of a study changes."""
    return tuple(replace(one, oedema_mm=0.0) if rng.random() < share else one for one in lesions)


def _affine(shape: tuple[int, ...]) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, 3] = -(np.array(shape) - 1) / 2
    return affine
