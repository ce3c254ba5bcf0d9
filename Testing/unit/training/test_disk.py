"""Studies of a data set as training sees them."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.config import PreprocessSettings, TrainSettings
from sgnet.data.layouts.case import Case, LabelFile
from sgnet.data.layouts.registry import read_cases
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.training.disk import CachedStudies, cache_studies, disk_pool, make_study_of_case
from sgnet.training.patches import draw_batch
from sgnet.training.pool import TrainingStudy

DataSet = Callable[[str], Path]


@pytest.fixture(scope="module")
def lung_mets(data_set: DataSet) -> list[TrainingStudy]:
    return [make_study_of_case(case, "metastases", PreprocessSettings()) for case in read_cases(data_set("lung-mets"))]


def test_missing_label_is_flagged_not_taken_for_an_empty_one(lung_mets: list[TrainingStudy]) -> None:
    assert [study.available for study in lung_mets] == [(True, True), (True, False), (False, True)]
    for study in lung_mets:
        assert study.instances.max() == 1
        assert study.whole[study.instances > 0].all()
    both, core_only, whole_only = lung_mets
    assert both.whole.sum() > 2 * (both.instances > 0).sum()
    assert core_only.whole.sum() == (core_only.instances > 0).sum()
    # Where the core is missing, patches are centred on the whole lesion.
    assert (whole_only.instances > 0).sum() == whole_only.whole.sum()


def test_batch_says_which_labels_count(lung_mets: list[TrainingStudy]) -> None:
    batch = draw_batch(lung_mets[1:2], TrainSettings(patch=(16, 16, 8), batch_size=2), 0)
    assert batch.available.tolist() == [[True, False], [True, False]]
    assert batch.target.shape == (2, 2, 16, 16, 8)


def test_image_is_what_inference_sees_and_lesions_are_bright_in_it(lung_mets: list[TrainingStudy]) -> None:
    study = lung_mets[0]
    assert study.unit and study.voxel_mm3 == pytest.approx(1)
    assert 0 <= study.image.min() and study.image.max() <= 1
    core = study.instances > 0
    assert study.image[0][core].mean() > 0.9
    assert study.image[0][~core & (study.image[0] > 0)].mean() < 0.6


def test_label_on_another_grid_lands_on_its_lesion(data_set: DataSet, tmp_path: Path) -> None:
    case = read_cases(data_set("sgnet"))[0]
    path = case.labels["whole"].path
    mask = sitk.ReadImage(str(path), sitk.sitkFloat32)
    # Twice as fine and turned: other numbers for the same places.
    fine = sitk.DICOMOrient(sitk.Expand(mask, [2, 2, 2], sitk.sitkNearestNeighbor), "RSP")
    sitk.WriteImage(sitk.Cast(fine, sitk.sitkUInt8), str(tmp_path / "fine.nii.gz"))
    moved = replace(case, labels={**case.labels, "whole": LabelFile(tmp_path / "fine.nii.gz")})
    plain, other = (make_study_of_case(one, "metastases", PreprocessSettings()) for one in (case, moved))
    overlap = 2 * (plain.whole & other.whole).sum() / (plain.whole.sum() + other.whole.sum())
    assert overlap > 0.97


def test_whole_contains_the_core_whatever_was_drawn(data_set: DataSet) -> None:
    first, second = read_cases(data_set("sgnet"))
    crossed = replace(first, labels={"core": first.labels["core"], "whole": second.labels["whole"]})
    study = make_study_of_case(crossed, "metastases", PreprocessSettings())
    assert study.whole[study.instances > 0].all()
    assert study.whole.sum() > (study.instances > 0).sum()


def test_label_outside_the_image_is_refused(data_set: DataSet, tmp_path: Path) -> None:
    case = read_cases(data_set("sgnet"))[0]
    mask = sitk.ReadImage(str(case.labels["core"].path))
    mask.SetOrigin((500, 0, 0))
    sitk.WriteImage(mask, str(tmp_path / "far.nii.gz"))
    far = replace(case, labels={"core": LabelFile(tmp_path / "far.nii.gz")})
    with pytest.raises(InputError, match="nothing of the core label lies inside"):
        make_study_of_case(far, "metastases", PreprocessSettings())


def test_schwannoma_has_one_channel_z_scored_on_its_own_voxels(data_set: DataSet) -> None:
    study = make_study_of_case(read_cases(data_set("vs-seg"))[0], "schwannoma", PreprocessSettings())
    assert study.image.shape == (1, 80, 80, 24) and not study.unit
    image = study.image.astype(np.float64)
    assert (image.mean(), image.std()) == (pytest.approx(0, abs=1e-3), pytest.approx(1, abs=1e-3))
    assert study.available == (True,) and study.voxel_mm3 == pytest.approx(0.24)
    batch = draw_batch([study], TrainSettings(patch=(16, 16, 8), batch_size=2), 0)
    assert batch.image.shape == batch.target.shape == batch.weight.shape == (2, 1, 16, 16, 8)
    assert batch.image.min() < -0.5


def test_cache_is_made_anew_for_another_voxel_size(data_set: DataSet, tmp_path: Path) -> None:
    cases = read_cases(data_set("sgnet"))[:1]

    def files(**settings: Any) -> list[Path]:
        return cache_studies(cases, tmp_path, "metastases", PreprocessSettings(**settings), Progress())

    assert files() == files() != files(spacing_mm=2.0)


def test_cache_gives_back_what_was_made(data_set: DataSet, tmp_path: Path) -> None:
    cases = [replace(case, name=f"../{case.name}:a") for case in read_cases(data_set("vs-seg"))]
    files = cache_studies(cases, tmp_path, "schwannoma", PreprocessSettings(), Progress())
    made = [make_study_of_case(case, "schwannoma", PreprocessSettings()) for case in cases]
    assert {path.parent for path in files} == {tmp_path}
    stored = CachedStudies(files)
    found = [stored(number) for number in range(len(files))]
    for study in made:
        (same,) = [one for one in found if np.array_equal(one.image, study.image)]
        np.testing.assert_array_equal(same.instances, study.instances)
        assert (same.available, same.unit, same.voxel_mm3) == (study.available, study.unit, study.voxel_mm3)


@pytest.fixture
def five(tmp_path: Path) -> list[Path]:
    """Five cached studies; the first voxel says which."""
    files = []
    for number in range(5):
        path = tmp_path / f"{number}.npz"
        array = np.full((1, 4, 4, 4), number)
        np.savez(
            path, image=array.astype(np.float16), instances=np.zeros((4, 4, 4), np.uint8),
            whole=np.zeros((4, 4, 4), np.bool_), available=np.array([True]), unit=False, voxel_mm3=1.0,
        )  # fmt: skip
        files.append(path)
    return files


def which(studies: list[TrainingStudy]) -> list[int]:
    return [int(study.image[0, 0, 0, 0]) for study in studies]


def test_every_round_holds_each_case_once_in_an_order_of_its_own(five: list[Path]) -> None:
    maker = pickle.loads(pickle.dumps(CachedStudies(five)))
    rounds = [tuple(which([maker(number) for number in range(first, first + 5)])) for first in range(0, 50, 5)]
    assert {tuple(sorted(one)) for one in rounds} == {(0, 1, 2, 3, 4)}
    assert len(set(rounds)) > 3


def test_small_data_set_is_in_the_pool_as_a_whole(five: list[Path]) -> None:
    pool = disk_pool(five, TrainSettings(pool_size=40, seed=7), workers=0)
    assert sorted(which(pool.at(0))) == sorted(which(pool.at(1000))) == [0, 1, 2, 3, 4]


def test_large_data_set_passes_through_the_pool(five: list[Path]) -> None:
    pool = disk_pool(five, TrainSettings(pool_size=2, studies_per_step=1.0), workers=0)
    seen = Counter(one for step in range(25) for one in which(pool.at(step)))
    assert set(seen) == {0, 1, 2, 3, 4} and len(pool.at(26)) == 2


def test_damaged_cache_is_named(five: list[Path]) -> None:
    five[0].write_bytes(b"PK broken")
    with pytest.raises(InputError, match=r"0\.npz is damaged.*delete it"):
        for number in range(5):
            CachedStudies(five)(number)


def test_case_without_a_label_of_the_task_is_refused(data_set: DataSet) -> None:
    case = read_cases(data_set("vs-seg"))[0]
    only_whole = Case(case.name, case.patient, case.images, {"whole": case.labels["core"]})
    with pytest.raises(InputError, match="has no label of core"):
        make_study_of_case(only_whole, "schwannoma", PreprocessSettings())
