import os

import numpy as np
import pytest
import SimpleITK as sitk

import sgnet.export.volume
from sgnet.errors import InputError
from sgnet.export.volume import write_volume
from sgnet.geometry import LPS_TO_RAS, Grid, Volume

TILT = sitk.VersorTransform((0.3, -0.5, 0.8), 0.4).GetMatrix()
DIRECTIONS = {
    "RAS": np.eye(3),
    "LPS": np.diag([-1.0, -1.0, 1.0]),
    "sagittal": np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]),
    "oblique": np.reshape(TILT, (3, 3)),
    "oblique, left-handed": np.reshape(TILT, (3, 3)) @ np.diag([1.0, -1.0, 1.0]),
}


def volume(direction, dtype=np.float32, shape=(4, 5, 6)):
    affine = np.eye(4)
    affine[:3, :3] = direction * [0.48828125, 0.7, 3.3]
    affine[:3, 3] = [-101.234, 87.6543, -33.3]
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    return Volume(array, Grid(shape, affine), "test")


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("name", DIRECTIONS)
def test_what_is_read_back_is_what_was_written_voxel_by_voxel_in_place(tmp_path, name, ending):
    written = volume(DIRECTIONS[name])
    path = tmp_path / f"image{ending}"
    write_volume(written, path)
    image = sitk.ReadImage(str(path))
    for ijk in ((0, 0, 0), (3, 0, 0), (0, 4, 5), (3, 4, 5)):
        assert image[ijk] == written.array[ijk]
        place_lps = [*image.TransformIndexToPhysicalPoint(ijk), 1.0]
        np.testing.assert_allclose((LPS_TO_RAS @ place_lps)[:3], written.grid.to_ras([ijk])[0], atol=1e-4)


@pytest.mark.parametrize(
    ("dtype", "pixel"), [(np.bool_, "8-bit unsigned integer"), (np.uint8, "8-bit unsigned integer"),
                         (np.uint16, "16-bit unsigned integer"), (np.float32, "32-bit float")],
)  # fmt: skip
def test_types_are_kept_and_masks_are_bytes(tmp_path, dtype, pixel):
    write_volume(volume(np.eye(3), dtype), tmp_path / "image.nii.gz")
    assert sitk.ReadImage(str(tmp_path / "image.nii.gz")).GetPixelIDTypeAsString() == pixel


def test_a_single_slice_stays_three_dimensional(tmp_path):
    write_volume(volume(np.eye(3), shape=(4, 5, 1)), tmp_path / "image.nii.gz")
    assert sitk.ReadImage(str(tmp_path / "image.nii.gz")).GetSize() == (4, 5, 1)


def test_a_file_that_came_out_damaged_is_an_error_and_is_removed(tmp_path, monkeypatch):
    # ITK reports success when the disk fills up while it compresses NIfTI.
    def full_disk(image, name, useCompression):
        sitk.WriteImage(image * 0, name, useCompression)

    monkeypatch.setattr(
        sgnet.export.volume, "sitk", type("sitk", (), {"WriteImage": full_disk, "ReadImage": sitk.ReadImage})
    )
    with pytest.raises(InputError, match="damaged"):
        write_volume(volume(np.eye(3)), tmp_path / "image.nii.gz")
    assert os.listdir(tmp_path) == []


def test_axes_that_nifti_would_straighten_are_refused(tmp_path):
    slanted = np.array([[1.0, 0.015, 0], [0, 1, 0], [0, 0, 1]])
    with pytest.raises(InputError, match="not perpendicular"):
        write_volume(volume(slanted, shape=(40, 40, 4)), tmp_path / "image.nii.gz")
    assert os.listdir(tmp_path) == []


def test_an_unknown_ending_is_named(tmp_path):
    with pytest.raises(InputError, match=r"image\.foo: give it an image ending such as \.nii\.gz"):
        write_volume(volume(np.eye(3)), tmp_path / "image.foo")
    assert os.listdir(tmp_path) == []
