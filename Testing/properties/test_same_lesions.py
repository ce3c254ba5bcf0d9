"""The same study in another geometry gives the same lesions, with the shipped weights on a real scan.

Run by ``pytest -m slow Testing/properties/test_same_lesions.py -s``; prints the Dice of each variant.
"""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.data.align import align_flair
from sgnet.data.load import load_study
from sgnet.data.study import Study
from sgnet.events import Progress
from sgnet.geometry import Grid, Volume
from sgnet.inference.model import load_model
from sgnet.inference.segment import segment_study
from sgnet.preprocessing.itk import from_itk, resample, to_itk

CASE = "glioma_0003"


def turned(degrees, axis):
    angle = np.radians(degrees)
    first, second = [a for a in range(3) if a != axis]
    turn = np.eye(4)
    turn[first, first] = turn[second, second] = np.cos(angle)
    turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
    return turn


def reoriented(volume, codes):
    # SimpleITK names an orientation by where the axes come from, its LPS is RAS's opposite.
    array, grid = from_itk(sitk.DICOMOrient(to_itk(volume.array, volume.grid), codes))
    return Volume(array, grid, volume.name)


def regridded(volume, grid):
    """Sampled on another grid; coarse slices are averaged, as a scanner would."""
    array = volume.array.astype(np.float32)
    own, other = np.array(volume.grid.spacing_mm), np.array(grid.spacing_mm)
    if (other > 1.5 * own).any():
        image = to_itk(array, volume.grid)
        sigma = [float(max(o * 0.36, 1e-3)) if o > 1.5 * s else 1e-3 for o, s in zip(other, own, strict=True)]
        array = from_itk(sitk.DiscreteGaussian(image, [s**2 for s in sigma]))[0]
    background = float(array.min())
    return Volume(resample(array - background, volume.grid, grid) + background, grid, volume.name)


def spaced(grid, spacing):
    factor = np.array(grid.spacing_mm) / np.array(spacing)
    affine = grid.affine_ijk_to_ras @ np.diag([*(1 / factor), 1.0])
    shape = np.floor((np.array(grid.shape) - 1) * factor).astype(int) + 1
    return Grid(tuple(shape), affine)


def oblique(grid):
    centre = grid.to_ras([(np.array(grid.shape) - 1) / 2])[0]
    about, back = np.eye(4), np.eye(4)
    about[:3, 3], back[:3, 3] = centre, -centre
    return Grid(grid.shape, about @ turned(12, 0) @ turned(9, 2) @ back @ grid.affine_ijk_to_ras)


def misplaced(volume):
    centre = volume.grid.to_ras([(np.array(volume.grid.shape) - 1) / 2])[0]
    about, back, shift = np.eye(4), np.eye(4), np.eye(4)
    about[:3, 3], back[:3, 3], shift[:3, 3] = centre, -centre, [9.0, -6.0, 5.2]  # 12 mm
    moved = shift @ about @ turned(8, 2) @ back @ volume.grid.affine_ijk_to_ras
    return replace(volume, grid=Grid(volume.grid.shape, moved))


VARIANTS = {
    "LPS": lambda s: Study(reoriented(s.t1ce, "LPS"), reoriented(s.flair, "LPS")),
    "RAS": lambda s: Study(reoriented(s.t1ce, "RAS"), reoriented(s.flair, "RAS")),
    "0.5 mm": lambda s: Study(*(regridded(v, spaced(v.grid, (0.5, 0.5, 0.5))) for v in (s.t1ce, s.flair))),
    "3 mm slices": lambda s: Study(*(regridded(v, spaced(v.grid, (1, 1, 3))) for v in (s.t1ce, s.flair))),
    "oblique": lambda s: Study(*(regridded(v, oblique(v.grid)) for v in (s.t1ce, s.flair))),
    "FLAIR shifted 12 mm and rotated 8 degrees": lambda s: Study(s.t1ce, misplaced(s.flair)),
}


@pytest.fixture(scope="module")
def plain(real_data):
    study = load_study(real_data / CASE / "t1ce.nii.gz", real_data / CASE / "flair.nii.gz", Progress())
    return study, segment_study(study, load_model())


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("variant", VARIANTS)
def test_core_agrees_with_the_plain_run(plain, variant, capsys):
    study, reference = plain
    assert reference.lesions, f"the plain run finds no lesion in {CASE}: choose another study"
    other = align_flair(VARIANTS[variant](study), Progress())
    result = segment_study(other, load_model())
    expected = resample(reference.core.astype(np.float32), reference.grid, result.grid) >= 0.5
    dice = 2 * (result.core & expected).sum() / (result.core.sum() + expected.sum())
    with capsys.disabled():
        print(f"\n{CASE}, {variant}: core Dice against the plain run {dice:.3f}, {len(result.lesions)} lesions")
    assert dice >= 0.9
