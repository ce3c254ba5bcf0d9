import csv
import dataclasses
import errno
import json
import os

import numpy as np
import pytest
import SimpleITK as sitk

import sgnet.export.files
from sgnet import RESEARCH_USE_ONLY
from sgnet.errors import InputError
from sgnet.export.files import check_writable, write_results

FILES = ["lesions.nii.gz", "core.nii.gz", "whole.nii.gz", "lesions.csv", "lesions.json"]
PROBABILITIES = ["probability_core.nii.gz", "probability_whole.nii.gz"]


def read(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).T


def test_all_files_are_written_and_named_in_order(segmentation, tmp_path):
    assert write_results(segmentation, tmp_path / "a" / "b", False) == [tmp_path / "a" / "b" / name for name in FILES]
    assert sorted(os.listdir(tmp_path / "a" / "b")) == sorted(FILES)


def test_images_hold_the_arrays_of_the_segmentation(segmentation, tmp_path):
    write_results(segmentation, tmp_path, save_probabilities=True)
    np.testing.assert_array_equal(read(tmp_path / "lesions.nii.gz"), segmentation.labels)
    np.testing.assert_array_equal(read(tmp_path / "core.nii.gz"), segmentation.labels > 0)
    np.testing.assert_array_equal(read(tmp_path / "whole.nii.gz"), segmentation.whole)
    np.testing.assert_array_equal(read(tmp_path / "probability_core.nii.gz"), segmentation.core_probability)
    np.testing.assert_array_equal(read(tmp_path / "probability_whole.nii.gz"), segmentation.whole_probability)


@pytest.mark.parametrize("name", [*FILES[:3], *PROBABILITIES])
def test_every_image_lies_on_the_t1ce_grid(segmentation, tmp_path, name):
    write_results(segmentation, tmp_path, save_probabilities=True)
    image = sitk.ReadImage(str(tmp_path / name))
    assert image.GetSize() == segmentation.grid.shape
    for ijk in ((0, 0, 0), (8, 7, 6)):
        x, y, z = image.TransformIndexToPhysicalPoint(ijk)
        np.testing.assert_allclose([-x, -y, z], segmentation.grid.to_ras([ijk])[0], atol=1e-4)


@pytest.mark.parametrize(("count", "pixel"), [(255, sitk.sitkUInt8), (256, sitk.sitkUInt16)])
def test_labels_take_bytes_as_long_as_they_fit(segmentation, tmp_path, count, pixel):
    labels = np.zeros(segmentation.grid.shape, dtype=np.uint16)
    labels.ravel()[:count] = np.arange(1, count + 1)
    lesions = tuple(dataclasses.replace(segmentation.lesions[0], number=n + 1) for n in range(count))
    write_results(dataclasses.replace(segmentation, labels=labels, lesions=lesions), tmp_path)
    assert sitk.ReadImage(str(tmp_path / "lesions.nii.gz")).GetPixelID() == pixel
    assert read(tmp_path / "lesions.nii.gz").max() == count


def test_table_has_one_line_a_lesion(segmentation, tmp_path):
    write_results(segmentation, tmp_path)
    with (tmp_path / "lesions.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["number"] for line in lines] == ["1", "2"]
    first = segmentation.lesions[0]
    assert float(lines[0]["volume_ml"]) == pytest.approx(first.volume_ml, abs=1e-4)
    assert float(lines[0]["centroid_s_mm"]) == pytest.approx(first.centroid_ras_mm[2], abs=1e-4)
    assert float(lines[1]["peak_probability"]) == 0.5
    sure = segmentation.lesions[1].confidence
    assert float(lines[1]["confidence"]) == pytest.approx(sure, abs=1e-4) and sure != 0.5


def test_json_holds_lesions_provenance_and_the_research_sentence(segmentation, tmp_path):
    write_results(segmentation, tmp_path)
    content = json.loads((tmp_path / "lesions.json").read_text())
    assert content["lesions"] == [lesion.to_dict() for lesion in segmentation.lesions]
    assert content["provenance"] == segmentation.provenance
    assert content["research_use_only"] == RESEARCH_USE_ONLY


def test_no_lesion_gives_empty_masks_and_a_table_with_its_header_alone(segmentation, tmp_path):
    nothing = np.zeros_like(segmentation.labels)
    write_results(dataclasses.replace(segmentation, labels=nothing, whole=nothing > 0, lesions=()), tmp_path)
    assert not read(tmp_path / "lesions.nii.gz").any()
    assert len((tmp_path / "lesions.csv").read_text().splitlines()) == 1


def test_probability_maps_of_an_earlier_run_do_not_stay_beside_other_lesions(segmentation, tmp_path):
    (tmp_path / "notes.txt").write_text("the user's own")
    write_results(segmentation, tmp_path, save_probabilities=True)
    write_results(segmentation, tmp_path, save_probabilities=False)
    assert sorted(os.listdir(tmp_path)) == sorted([*FILES, "notes.txt"])


def test_the_same_result_gives_the_same_bytes(segmentation, tmp_path):
    write_results(segmentation, tmp_path / "one", True)
    write_results(segmentation, tmp_path / "two", True)
    for name in [*FILES, *PROBABILITIES]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("failing", range(1, 13))
def test_a_disk_that_fails_at_any_move_leaves_the_earlier_run_whole(segmentation, tmp_path, monkeypatch, failing):
    write_results(segmentation, tmp_path, save_probabilities=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    changed = dataclasses.replace(segmentation, labels=segmentation.labels[::-1].copy(), provenance={"run": 2})
    moves = []

    def move(source, target):
        # Moves made while writing the images, into the hidden folder, are not counted.
        if "/.sgnet-" not in str(target) or str(target).split("/")[-2] == "before":
            moves.append(target)
            if len(moves) == failing:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rename(source, target)

    rename = os.replace
    monkeypatch.setattr(os, "replace", move)
    with pytest.raises(InputError, match="No space left"):
        write_results(changed, tmp_path, save_probabilities=False)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_failure_removes_the_folders_it_made(segmentation, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sgnet.export.files, "_write_csv", full)
    with pytest.raises(InputError, match="No space left"):
        write_results(segmentation, tmp_path / "new" / "folder")
    assert os.listdir(tmp_path) == []


def test_a_folder_in_the_place_of_a_file_is_named_and_nothing_is_replaced(segmentation, tmp_path):
    write_results(segmentation, tmp_path)
    before = (tmp_path / "lesions.nii.gz").read_bytes()
    (tmp_path / "lesions.json").unlink()
    (tmp_path / "lesions.json").mkdir()
    changed = dataclasses.replace(segmentation, labels=segmentation.labels[::-1].copy())
    with pytest.raises(InputError, match=r"lesions\.json: a folder has this name"):
        write_results(changed, tmp_path)
    assert (tmp_path / "lesions.nii.gz").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == sorted(FILES)


@pytest.mark.parametrize("check", [lambda _, folder: check_writable(folder), write_results])
def test_a_path_below_a_file_is_refused(segmentation, tmp_path, check):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="Cannot write"):
            check(segmentation, folder)


def test_a_folder_that_cannot_be_written_is_known_beforehand(tmp_path, monkeypatch):
    def read_only(**_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(sgnet.export.files.tempfile, "mkdtemp", read_only)
    with pytest.raises(InputError, match="Read-only file system"):
        check_writable(tmp_path)


def test_checking_leaves_no_trace(tmp_path):
    check_writable(tmp_path)
    check_writable(tmp_path / "to" / "be" / "made")
    assert os.listdir(tmp_path) == []
