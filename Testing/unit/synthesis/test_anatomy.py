from pathlib import Path

import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.synthesis.anatomy import find_anatomies, prepare_anatomy, split_anatomies
from sgnet.synthesis.procedural import procedural_anatomy
from sgnet.synthesis.tissue import Tissue, tissue_of


def test_every_fifth_label_map_is_kept_out():
    maps = [Path(f"{n:02d}.nii.gz") for n in range(1, 12)]
    training, held = split_anatomies(maps, 5)
    assert [p.name[:2] for p in held] == ["05", "10"]
    assert len(training) == 9


def test_zero_keeps_no_label_map_out():
    maps = [Path("a.nii"), Path("b.nii")]
    assert split_anatomies(maps, 0) == (tuple(maps), ())


def test_folder_without_label_maps_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(InputError, match="holds no label maps"):
        find_anatomies(tmp_path)


def test_label_map_without_a_brain_is_refused():
    with pytest.raises(InputError, match=r"only 0\.00 litres of brain"):
        prepare_anatomy("empty", np.zeros((40, 40, 40), np.int32))


def test_unknown_label_numbers_become_air():
    assert tissue_of(np.array([0, 2, 599, 77])).tolist() == [
        Tissue.AIR, Tissue.WHITE_MATTER, Tissue.AIR, Tissue.WHITE_MATTER_HYPERINTENSITY,
    ]  # fmt: skip


def test_perivascular_spaces_hold_fluid_and_arteries_contrast_agent():
    assert tissue_of(np.array([30, 62, 502])).tolist() == [Tissue.VENTRICLE, Tissue.VENTRICLE, Tissue.ARTERY]


def test_procedural_head_has_the_parts_the_generator_needs():
    head = procedural_anatomy(0)
    parts = np.bincount(head.tissue.ravel(), minlength=len(Tissue))
    for tissue in (Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.VENTRICLE, Tissue.CSF, Tissue.SINUS, Tissue.BONE):
        assert parts[tissue] > 500, tissue
    brain = 1e-6 * (head.brain_distance < 0).sum()
    assert 0.9 < brain < 1.9  # litres


def test_brain_distance_is_negative_in_white_matter_and_positive_in_bone():
    head = procedural_anatomy(0)
    assert head.brain_distance[head.tissue == Tissue.WHITE_MATTER].max() <= 0
    assert (head.brain_distance[head.tissue == Tissue.BONE] > 0).mean() > 0.95


def test_plexus_apart_from_its_arc_is_a_strand():
    labels = np.full((100, 100, 100), 2, np.int32)
    labels[40:50, 40:50, 40:46] = 31
    labels[50, 50, 46] = 63  # joined over a corner
    labels[70:73, 40:43, 40:43] = 137
    tissue = prepare_anatomy("block", labels).tissue
    assert (tissue == Tissue.CHOROID_PLEXUS).sum() == 601
    assert (tissue == Tissue.PLEXUS_STRAND).sum() == 27


def test_bits_of_dura_deep_in_the_brain_are_fluid():
    labels = np.zeros((120, 120, 120), np.int32)
    labels[:105, :105, :105] = 2
    labels[50, 20:40, 20:50] = 514  # a sheet of 600 voxels
    labels[40:46, 60:66, 60:66] = 514  # a bit of 216
    labels[102:104, 60:66, 60:66] = 514  # a bit below the surface
    tissue = prepare_anatomy("block", labels).tissue
    assert (tissue[50, 20:40, 20:50] == Tissue.DURA).all()
    assert (tissue[40:46, 60:66, 60:66] == Tissue.CSF).all()
    assert (tissue[102:104, 60:66, 60:66] == Tissue.DURA).all()
