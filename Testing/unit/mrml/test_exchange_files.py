"""The two files that pass between the application and its child: NRRD there, NIfTI back."""

import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.data.read import read_volume
from sgnet.errors import InputError
from sgnet.export.volume import write_volume
from sgnet.geometry import Grid, Volume
from sgnet.mrml.nifti import read_nifti
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.steps import finish

SHAPE = (5, 6, 7)
TURN = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
AFFINES = {
    "ras": np.diag([1.0, 1.0, 1.0, 1.0]),
    "lps": np.array([[-0.9375, 0, 0, 101.1], [0, -0.9375, 0, 99.9], [0, 0, 3, -44.4], [0, 0, 0, 1]]),
    "oblique": np.vstack([np.hstack([TURN * (0.7, 0.8, 2.5), [[-31.4], [15.9], [1 / 3]]]), [0, 0, 0, 1]]),
    "sagittal": np.array([[0, 0, -1.1, 80], [-1, 0, 0, 90], [0, -1, 0, 100], [0, 0, 0, 1.0]]),
}


def volume(dtype=np.int16, affine=AFFINES["oblique"]):
    array = np.arange(np.prod(SHAPE)).reshape(SHAPE).astype(dtype)
    return Volume(array, Grid(SHAPE, affine), "T1ce")


@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES.keys())
def test_nrrd_is_read_back_exactly_by_the_reader_of_the_child(tmp_path, affine):
    # Large enough to pass for a head.
    array = np.random.default_rng(0).normal(size=(60, 50, 40)).astype(np.float32)
    finish(write_nrrd(Volume(array, Grid(array.shape, affine)), tmp_path / "t1ce.nrrd"))
    read = read_volume(tmp_path / "t1ce.nrrd")
    np.testing.assert_array_equal(read.array, array)
    np.testing.assert_allclose(read.grid.affine_ijk_to_ras, affine, atol=1e-12)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i2", ">f4"])
def test_nrrd_keeps_every_voxel_type(tmp_path, dtype):
    finish(write_nrrd(volume(np.dtype(dtype)), tmp_path / "x.nrrd"))
    read = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "x.nrrd")))
    np.testing.assert_array_equal(read.T, volume(np.dtype(dtype)).array)
    assert read.dtype == np.dtype(dtype).newbyteorder("=")


def test_nrrd_of_an_array_in_c_order_is_the_same_file(tmp_path):
    one, two = volume(), volume()
    finish(write_nrrd(one, tmp_path / "c.nrrd"))
    finish(write_nrrd(Volume(np.asfortranarray(two.array), two.grid), tmp_path / "f.nrrd"))
    assert (tmp_path / "c.nrrd").read_bytes() == (tmp_path / "f.nrrd").read_bytes()


def test_nrrd_refuses_what_it_cannot_hold_and_where_it_cannot_write(tmp_path):
    with pytest.raises(InputError, match="voxels of type complex128 cannot be used"):
        finish(write_nrrd(volume(complex), tmp_path / "x.nrrd"))
    with pytest.raises(InputError, match="cannot be written"):
        finish(write_nrrd(volume(), tmp_path / "missing" / "x.nrrd"))


@pytest.mark.skipif(not __import__("pathlib").Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_in_one_sentence(tmp_path):
    (tmp_path / "x.nrrd").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"No space left on device.*free space"):
        finish(write_nrrd(volume(), tmp_path / "x.nrrd"))


@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES.keys())
@pytest.mark.parametrize("name", ["x.nii.gz", "x.nii"])
def test_nifti_of_the_writer_is_read_back_in_the_same_voxel_order(tmp_path, affine, name):
    write_volume(volume(np.uint16, affine), tmp_path / name)
    read = finish(read_nifti(tmp_path / name, volume(affine=affine).grid))
    np.testing.assert_array_equal(read, volume().array)
    assert read.dtype == np.uint16


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_nifti_keeps_every_voxel_type(tmp_path, dtype):
    write_volume(volume(dtype), tmp_path / "x.nii.gz")
    assert finish(read_nifti(tmp_path / "x.nii.gz", volume().grid)).dtype == dtype


def test_nifti_on_another_grid_is_refused(tmp_path):
    write_volume(volume(), tmp_path / "x.nii.gz")
    moved = AFFINES["oblique"].copy()
    moved[0, 3] += 0.5
    with pytest.raises(InputError, match="has changed since the run began"):
        finish(read_nifti(tmp_path / "x.nii.gz", Grid(SHAPE, moved)))
    with pytest.raises(InputError, match="has changed since the run began"):
        finish(read_nifti(tmp_path / "x.nii.gz", Grid((5, 6, 8), AFFINES["oblique"])))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:200],
        lambda data: data[:-9],
        lambda data: b"",
        lambda data: gzip.compress(b"no image"),
        lambda data: gzip.compress(gzip.decompress(data)[:-10]),
    ],
)
def test_a_damaged_nifti_is_told_in_one_sentence(tmp_path, damage):
    write_volume(volume(), tmp_path / "x.nii.gz")
    (tmp_path / "x.nii.gz").write_bytes(damage((tmp_path / "x.nii.gz").read_bytes()))
    with pytest.raises(InputError, match=r"x\.nii\.gz .*run the segmentation again"):
        finish(read_nifti(tmp_path / "x.nii.gz", volume().grid))


def test_a_missing_result_is_told_in_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read back"):
        finish(read_nifti(tmp_path / "lesions.nii.gz", volume().grid))
