"""A FLAIR that lies well is not touched; one that does not is brought back; another head is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sgnet.data.align import align_flair
from sgnet.data.read import read_volume
from sgnet.data.registration import coarsen, edge_agreement, register
from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.head import head_mask


def moved(volume: Volume, degrees: float, millimetres: float, axis=(1, 1, 1), towards=(1, -1, 1)) -> Volume:
    """The volume with a header that lies: turned about its middle, then shifted."""
    turn, shift = np.array(axis, float), np.array(towards, float)
    rigid = np.eye(4)
    rigid[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * turn / np.linalg.norm(turn)).as_matrix()
    centre = volume.grid.to_ras([(np.array(volume.grid.shape) - 1) / 2])[0]
    rigid[:3, 3] = centre - rigid[:3, :3] @ centre + millimetres * shift / np.linalg.norm(shift)
    return Volume(volume.array, Grid(volume.grid.shape, rigid @ volume.grid.affine_ijk_to_ras), volume.name)


def error_mm(found: Grid, true: Grid, head: np.ndarray) -> float:
    """Mean distance of head voxels from where they belong."""
    voxels = np.argwhere(head)[::53]
    return float(np.linalg.norm(found.to_ras(voxels) - true.to_ras(voxels), axis=1).mean())


@pytest.mark.parametrize("skull", [False, True])
def test_a_well_placed_flair_is_left_exactly_as_it_is(head, recorder, skull):
    study = head(skull=skull)
    result = align_flair(study, recorder)
    assert result.flair is study.flair
    assert result.notes == () and recorder.warnings == []


@pytest.mark.parametrize("skull", [False, True])
@pytest.mark.parametrize("millimetres", [12, 300])
def test_a_misplaced_flair_is_brought_back_without_resampling(head, recorder, millimetres, skull):
    study = head(skull=skull)
    result = align_flair(Study(study.t1ce, moved(study.flair, 8, millimetres)), recorder)
    assert result.flair.array is study.flair.array
    assert error_mm(result.flair.grid, study.flair.grid, study.flair.array > 100) < 0.5
    assert len(result.notes) == 1 and "registered" in result.notes[0]
    assert recorder.warnings == list(result.notes)


@pytest.mark.parametrize(("millimetres", "registered"), [(1.5, False), (3.5, True)])
def test_what_is_less_than_a_thick_voxel_is_let_be(head, recorder, millimetres, registered):
    flair = moved(head().flair, 0, millimetres)
    assert (align_flair(Study(head().t1ce, flair), recorder).flair is not flair) == registered


def test_registration_is_deterministic(head, recorder):
    study = Study(head().t1ce, moved(head().flair, 5, 8))
    first, second = (align_flair(study, recorder).flair.grid.affine_ijk_to_ras for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_earlier_notes_are_kept(head, recorder):
    study = Study(head().t1ce, moved(head().flair, 5, 8), ("an earlier note.",))
    assert align_flair(study, recorder).notes[0] == "an earlier note."
    assert len(recorder.warnings) == 1


def test_a_slab_of_flair_is_legal_and_its_coverage_is_told(head, recorder):
    study = head()
    flair = study.flair
    slab = Volume(flair.array[:, :, 14:30], flair.grid.with_shape((50, 60, 16), (0, 0, 14)), "slab")
    result = align_flair(Study(study.t1ce, slab), recorder)
    assert result.flair is slab
    assert len(result.notes) == 1 and "covers only" in result.notes[0]


def test_the_head_of_another_patient_is_refused(head, recorder):
    with pytest.raises(InputError, match="do not show the same head"):
        align_flair(Study(head().t1ce, head(seed=1).flair), recorder)


def test_edges_agree_within_a_patient_and_by_chance_across_patients(head):
    one, other = head(), head(seed=1)
    fixed = coarsen(one.t1ce, 2.0)
    assert edge_agreement(fixed, coarsen(one.flair, 2.0), np.eye(4)) > 0.6
    assert edge_agreement(fixed, coarsen(other.flair, 2.0), np.eye(4)) == pytest.approx(1 / 3, abs=0.05)


def test_nothing_in_common_counts_as_no_agreement(head):
    one = head()
    away = np.eye(4)
    away[0, 3] = 500.0
    assert edge_agreement(coarsen(one.t1ce, 2.0), coarsen(one.flair, 2.0), away) == 0.0


REAL = ["glioma_0003", "glioma_0004", "glioma_unlabelled", "metastasis_unlabelled"]


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_real_studies_are_left_as_they_are(real_data, recorder, name):
    study = Study(read_volume(real_data / name / "t1ce.nii.gz"), read_volume(real_data / name / "flair.nii.gz"))
    assert align_flair(study, recorder).flair is study.flair
    assert recorder.warnings == []


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_real_studies_are_brought_back(real_data, recorder, name):
    t1ce, flair = (read_volume(real_data / name / f"{channel}.nii.gz") for channel in ("t1ce", "flair"))
    # One of these was registered to within 1.6 mm only before it came here, so the yardstick is where
    # registration leads from the header's pose.
    fixed, moving = coarsen(t1ce, 2.0), coarsen(flair, 2.0)
    best = np.linalg.inv(register(fixed, moving, np.eye(4))[0])
    yardstick = Grid(flair.grid.shape, best @ flair.grid.affine_ijk_to_ras)
    found = align_flair(Study(t1ce, moved(flair, 8, 12)), recorder).flair.grid
    assert error_mm(found, yardstick, head_mask(flair.array)) < 0.5


@pytest.mark.real
def test_real_scans_of_two_patients_are_refused(real_data, recorder):
    t1ce = read_volume(real_data / "glioma_unlabelled" / "t1ce.nii.gz")
    flair = read_volume(real_data / "metastasis_unlabelled" / "flair.nii.gz")
    with pytest.raises(InputError, match="do not show the same head"):
        align_flair(Study(t1ce, flair), recorder)
