"""Which file of a study's folder is the T1ce and which the FLAIR."""

import pytest

from sgnet.data.studies import find_study, study_folders
from sgnet.errors import InputError


def folder(root, name, *files):
    made = root / name
    made.mkdir(parents=True)
    for file in files:
        (made / file).write_bytes(b"x")
    return made


@pytest.mark.parametrize(
    ("files", "t1ce", "flair"),
    [
        (["t1ce.nii.gz", "flair.nii.gz"], "t1ce.nii.gz", "flair.nii.gz"),
        (["p-t1c.nii", "p-t1n.nii", "p-t2f.nii", "p-t2w.nii", "p-seg.nii"], "p-t1c.nii", "p-t2f.nii"),
        (["T1_POST.nrrd", "t1.nrrd", "t1_post_mask.nrrd"], "T1_POST.nrrd", None),
        (["AX T1 post contrast.mha", "AX FLAIR.mha", "notes.txt"], "AX T1 post contrast.mha", "AX FLAIR.mha"),
    ],
)  # fmt: skip
def test_files_are_told_apart_by_name(tmp_path, files, t1ce, flair):
    made = folder(tmp_path, "p", *files)
    study = find_study(made)
    assert study.name == "p"
    assert study.t1ce == made / t1ce
    assert study.flair == (None if flair is None else made / flair)


def test_the_name_of_the_folder_in_front_of_every_file_says_nothing(tmp_path):
    made = folder(tmp_path, "T1ce_FLAIR_7", "T1ce_FLAIR_7-t1c.nii.gz", "T1ce_FLAIR_7-t2f.nii.gz")
    study = find_study(made)
    assert (study.t1ce.name, study.flair.name) == ("T1ce_FLAIR_7-t1c.nii.gz", "T1ce_FLAIR_7-t2f.nii.gz")


def test_a_folder_without_images_is_left_to_the_dicom_reader(tmp_path):
    made = folder(tmp_path, "p", "IM0001")
    assert (find_study(made).t1ce, find_study(made).flair) == (made, made)


def test_a_study_that_is_not_clear_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none of its files is named as a T1ce \(a.nii\)"):
        find_study(folder(tmp_path, "one", "a.nii"))
    with pytest.raises(InputError, match=r"2 files may be the T1ce \(t1c.nii, t1ce.nii\)"):
        find_study(folder(tmp_path, "two", "t1c.nii", "t1ce.nii", "flair.nii"))


def test_only_folders_with_files_are_studies(tmp_path):
    folder(tmp_path, "b", "t1ce.nii")
    folder(tmp_path, "a/dicom", "IM1")
    folder(tmp_path, "empty")
    folder(tmp_path, ".hidden", "t1ce.nii")
    assert [one.name for one in study_folders(tmp_path)] == ["a", "b"]
    with pytest.raises(InputError, match="no sub-folders with files"):
        study_folders(tmp_path / "b")
    with pytest.raises(InputError, match="no such folder"):
        study_folders(tmp_path / "nowhere")
