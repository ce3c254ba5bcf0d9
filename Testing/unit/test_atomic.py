import errno
import os

import pytest

from sgnet.atomic import atomic_path
from sgnet.errors import InputError


def test_the_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "lesions.nii.gz"
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.name.endswith("lesions.nii.gz")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["lesions.nii.gz"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="stop"), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("stop")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_a_full_disk_is_one_sentence_that_names_the_file(tmp_path):
    with (
        pytest.raises(InputError, match=r"Cannot write .*file\.txt: No space left"),
        atomic_path(tmp_path / "file.txt"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="No such file"), atomic_path(tmp_path / "none" / "file.txt"):
        pass


def test_results_are_readable_by_whom_the_umask_allows(tmp_path):
    before = os.umask(0o022)
    try:
        with atomic_path(tmp_path / "file.txt") as temporary:
            temporary.write_text("x")
    finally:
        os.umask(before)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == 0o644
