from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.data.labels import read_labels
from sgnet.errors import InputError
from sgnet.export.labelmap import write_labelmap, write_masks
from sgnet.geometry import Grid, Volume


@pytest.fixture
def labels():
    array = np.zeros((6, 5, 4), np.uint16)
    array[1:3, 1, 1] = 2
    array[4, 4, 3] = 11
    affine = np.array([[0, -0.8, 0, 3], [0.5, 0, 0, -4], [0, 0, 2, 5], [0, 0, 0, 1.0]])
    return Volume(array, Grid(array.shape, affine), "lesions")


@pytest.mark.parametrize("ending", ["nii.gz", "nii", "nrrd", "mha"])
def test_every_format_holds_the_same_voxels_in_the_same_place(labels, tmp_path, ending):
    path = write_labelmap(labels, tmp_path / "new" / f"lesions.{ending}")
    read = read_labels(path)
    np.testing.assert_array_equal(read.array, labels.array)
    assert read.grid.matches(labels.grid, 1e-4)
    assert sitk.ReadImage(str(path)).GetPixelIDTypeAsString() == "8-bit unsigned integer"


def test_numbers_above_255_are_kept(labels, tmp_path):
    labels.array[0, 0, 0] = 300
    assert read_labels(write_labelmap(labels, tmp_path / "l.nrrd")).array[0, 0, 0] == 300


def test_one_mask_a_lesion_by_its_number(labels, tmp_path):
    files = write_masks(labels, tmp_path / "masks", "mha")
    assert [file.name for file in files] == ["lesion_02.mha", "lesion_11.mha"]
    for file, number in zip(files, (2, 11), strict=True):
        np.testing.assert_array_equal(read_labels(file).array, labels.array == number)


def test_no_lesion_gives_no_mask(labels, tmp_path):
    assert write_masks(Volume(np.zeros_like(labels.array), labels.grid), tmp_path) == []


@pytest.mark.parametrize("name", ["lesions.png", "lesions", "lesions.dcm"])
def test_another_ending_is_refused(labels, tmp_path, name):
    with pytest.raises(InputError, match=r"\.nii\.gz"):
        write_labelmap(labels, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_killed_while_writing_the_earlier_file_is_whole_and_no_other_is_there(labels, tmp_path, monkeypatch):
    path = write_labelmap(labels, tmp_path / "lesions.nii.gz")
    before = path.read_bytes()

    def killed(_, name, **__):
        with open(name, "wb") as file:
            file.write(b"partial")
        raise KeyboardInterrupt

    monkeypatch.setattr(sitk, "WriteImage", killed)
    with pytest.raises(KeyboardInterrupt):
        write_labelmap(Volume(labels.array[::-1].copy(), labels.grid), path)
    with pytest.raises(KeyboardInterrupt):
        write_masks(labels, tmp_path / "masks")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["lesions.nii.gz"]
