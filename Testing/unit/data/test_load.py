"""Files and DICOM folders in, one checked study out; whatever is wrong is said in one sentence."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.data.load import NO_FLAIR, load_study
from sgnet.errors import Cancelled, InputError
from sgnet.events import Progress
from sgnet.geometry import Grid, Volume


@pytest.fixture
def files(tmp_path, head, save):
    study = head()
    return save(study.t1ce, tmp_path / "t1ce.nii.gz"), save(study.flair, tmp_path / "flair.nii.gz")


def refused(t1ce: Path, flair: Path, *parts: str) -> str:
    """The message of the refusal: one sentence that names the offender."""
    with pytest.raises(InputError) as caught:
        load_study(t1ce, flair, Progress())
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    assert any(word in message for word in ("give", "check", "copy", "export", "convert", "resample")), "no remedy"
    for part in parts:
        assert part in message
    return message


def write(path: Path, array: np.ndarray, vector: bool = False, spacing=None) -> Path:
    image = sitk.GetImageFromArray(array, isVector=vector)
    image.SetSpacing(spacing or [2.0] * image.GetDimension())
    sitk.WriteImage(image, str(path))
    return path


class TestGoodInput:
    @pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd", "mha"])
    def test_every_format_gives_the_same_study(self, tmp_path, head, save, recorder, suffix):
        study = head()
        t1ce = save(study.t1ce, tmp_path / f"a.{suffix}")
        loaded = load_study(t1ce, save(study.flair, tmp_path / f"b.{suffix}"), recorder)
        np.testing.assert_array_equal(loaded.t1ce.array, study.t1ce.array)
        np.testing.assert_array_equal(loaded.flair.array, study.flair.array)
        assert loaded.t1ce.array.dtype == np.float32
        assert loaded.t1ce.grid.matches(study.t1ce.grid)
        assert loaded.t1ce.name == f"a.{suffix}"
        assert loaded.notes == () and recorder.warnings == []
        assert recorder.phases == ["reading volumes", "aligning FLAIR"]

    def test_one_dicom_folder_with_both_series(self, tmp_path, head, write_dicom):
        study = head()
        write_dicom(study.t1ce, tmp_path / "d" / "1", SeriesDescription="AX T1 MPRAGE +C")
        write_dicom(study.flair, tmp_path / "d" / "2", SeriesDescription="AX T2 FLAIR", SeriesNumber=2)
        loaded = load_study(tmp_path / "d", tmp_path / "d", Progress())
        np.testing.assert_array_equal(loaded.t1ce.array, study.t1ce.array)
        np.testing.assert_array_equal(loaded.flair.array, study.flair.array)
        assert loaded.t1ce.grid.matches(study.t1ce.grid)

    def test_a_dicom_folder_and_a_file(self, tmp_path, files, head, write_dicom):
        write_dicom(head().t1ce, tmp_path / "d")
        assert load_study(tmp_path / "d", files[1], Progress()).t1ce.grid.shape == head().t1ce.grid.shape

    def test_a_t1ce_alone_is_a_study_that_says_so(self, files, recorder):
        t1ce, _flair = files
        study = load_study(t1ce, None, recorder)
        assert study.flair is None
        assert study.volumes == (study.t1ce,)
        assert study.notes == (NO_FLAIR,)
        assert recorder.warnings == [NO_FLAIR]

    def test_a_trailing_axis_of_one_is_dropped(self, tmp_path, files):
        image = sitk.JoinSeries(sitk.ReadImage(str(files[0])))
        sitk.WriteImage(image, str(tmp_path / "four.nii.gz"))
        assert load_study(tmp_path / "four.nii.gz", files[1], Progress()).t1ce.grid.shape == (50, 60, 48)

    def test_cancelling_is_heard(self, files):
        class Stop(Progress):
            def cancelled(self) -> bool:
                return True

        with pytest.raises(Cancelled):
            load_study(*files, Stop())

    def test_different_frames_of_reference_are_mentioned(self, tmp_path, head, write_dicom, recorder):
        write_dicom(head().t1ce, tmp_path / "a", FrameOfReferenceUID="1.1")
        write_dicom(head().flair, tmp_path / "b", FrameOfReferenceUID="1.2")
        study = load_study(tmp_path / "a", tmp_path / "b", recorder)
        assert len(study.notes) == 1 and "frames of reference" in study.notes[0]
        assert recorder.warnings == list(study.notes)


class TestBadFiles:
    def test_missing_t1ce(self, files, tmp_path):
        refused(tmp_path / "none.nii.gz", files[1], "none.nii.gz", "T1ce")

    def test_missing_flair(self, files, tmp_path):
        refused(files[0], tmp_path / "none", "none", "FLAIR")

    def test_same_file_twice(self, files):
        refused(files[0], files[0], "t1ce.nii.gz", "both T1ce and FLAIR")

    def test_a_link_to_the_same_file(self, files, tmp_path):
        (tmp_path / "link.nii.gz").symlink_to(files[0])
        refused(files[0], tmp_path / "link.nii.gz", "both T1ce and FLAIR")

    def test_a_copy_of_the_same_file(self, files, tmp_path):
        shutil.copy(files[0], tmp_path / "copy.nii.gz")
        refused(files[0], tmp_path / "copy.nii.gz", "copy.nii.gz", "same image")

    def test_two_dimensional(self, files, tmp_path):
        refused(write(tmp_path / "flat.mha", np.ones((40, 40), np.int16)), files[1], "flat.mha", "2D")

    def test_one_slice_of_three_dimensions(self, files, tmp_path):
        refused(files[0], write(tmp_path / "flat.nii.gz", np.ones((1, 40, 40), np.int16)), "flat.nii.gz", "2D")

    def test_four_dimensional(self, files, tmp_path):
        refused(write(tmp_path / "time.nii.gz", np.ones((3, 20, 20, 20), np.int16)), files[1], "time.nii.gz", "4 dim")

    def test_colour(self, files, tmp_path):
        rgb = np.zeros((20, 20, 20, 3), np.uint8)
        refused(write(tmp_path / "rgb.nii.gz", rgb, vector=True), files[1], "rgb.nii.gz", "3 values a voxel")

    def test_vector(self, files, tmp_path):
        field = np.zeros((20, 20, 20, 2), np.float32)
        refused(files[0], write(tmp_path / "field.nrrd", field, vector=True), "field.nrrd", "2 values a voxel")

    def test_complex(self, files, tmp_path):
        image = sitk.RealAndImaginaryToComplex(*[sitk.Image(20, 20, 20, sitk.sitkFloat32)] * 2)
        sitk.WriteImage(image, str(tmp_path / "k.nii.gz"))
        refused(tmp_path / "k.nii.gz", files[1], "k.nii.gz", "complex")

    @pytest.mark.parametrize("suffix", ["nii", "nii.gz", "mha"])
    @pytest.mark.parametrize(("value", "dtype"), [(np.nan, np.float32), (np.inf, np.float64), (-np.inf, np.float32)])
    def test_not_finite(self, files, tmp_path, value, dtype, suffix):
        array = np.random.default_rng(0).random((20, 20, 20)).astype(dtype)
        array[10, 10, 10] = value
        refused(write(tmp_path / f"hole.{suffix}", array), files[1], f"hole.{suffix}", "NaN or infinite")

    def test_a_value_beyond_float32(self, files, tmp_path):
        array = np.zeros((20, 20, 20))
        array[10, 10, 10] = 1e300
        refused(write(tmp_path / "huge.nii.gz", array), files[1], "huge.nii.gz", "infinite")

    def test_constant(self, files, tmp_path):
        constant = write(tmp_path / "flat.nii.gz", np.full((20, 20, 20), 7, np.int16))
        refused(files[0], constant, "flat.nii.gz", "same value (7)")

    def test_empty_file(self, files, tmp_path):
        (tmp_path / "empty.nii.gz").touch()
        refused(tmp_path / "empty.nii.gz", files[1], "empty.nii.gz", "empty")

    def test_truncated_gzip(self, files, tmp_path):
        whole = files[0].read_bytes()
        (tmp_path / "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
        refused(tmp_path / "cut.nii.gz", files[1], "cut.nii.gz", "truncated")

    def test_damaged_gzip(self, files, tmp_path):
        whole = bytearray(files[0].read_bytes())
        whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
        (tmp_path / "bad.nii.gz").write_bytes(bytes(whole))
        refused(tmp_path / "bad.nii.gz", files[1], "bad.nii.gz", "damaged")

    def test_truncated_before_compressing(self, files, tmp_path):
        whole = gzip.decompress(files[0].read_bytes())
        (tmp_path / "cut.nii.gz").write_bytes(gzip.compress(whole[: len(whole) // 2]))
        refused(tmp_path / "cut.nii.gz", files[1], "cut.nii.gz", "truncated")

    def test_truncated_without_compression(self, files, tmp_path):
        whole = gzip.decompress(files[0].read_bytes())
        (tmp_path / "cut.nii").write_bytes(whole[: len(whole) // 2])
        refused(tmp_path / "cut.nii", files[1], "cut.nii", "truncated")

    def test_truncated_metaimage(self, tmp_path, files, head, save):
        whole = save(head().t1ce, tmp_path / "cut.mha").read_bytes()
        (tmp_path / "cut.mha").write_bytes(whole[: len(whole) // 2])
        refused(tmp_path / "cut.mha", files[1], "cut.mha")

    def test_no_image_at_all(self, files, tmp_path):
        (tmp_path / "notes.txt").write_text("T1ce of the second visit")
        refused(tmp_path / "notes.txt", files[1], "notes.txt", "no format that can be read")

    def test_too_small(self, files, tmp_path):
        noise = np.random.default_rng(0).random((20, 20, 20)).astype(np.float32)
        small = write(tmp_path / "small.nii.gz", noise, spacing=[1.0] * 3)
        refused(small, files[1], "small.nii.gz", "too small")

    def test_too_few_slices(self, files, tmp_path):
        noise = np.random.default_rng(0).random((4, 40, 40)).astype(np.float32)
        few = write(tmp_path / "few.nii.gz", noise, spacing=[5.0, 5.0, 20.0])
        refused(few, files[1], "few.nii.gz", "too small")

    def test_spacing_that_is_no_millimetres(self, files, tmp_path):
        noise = np.random.default_rng(0).random((40, 40, 40)).astype(np.float32)
        large = write(tmp_path / "large.nii.gz", noise, spacing=[1000.0] * 3)
        refused(large, files[1], "large.nii.gz", "millimetres")

    def test_heads_of_two_patients(self, files, tmp_path, head, save):
        refused(files[0], save(head(seed=1).flair, tmp_path / "other.nii.gz"), "other.nii.gz", "same head")

    def test_extents_that_cannot_be_one_head(self, files, tmp_path, head, save):
        flair = head(seed=1).flair
        half = Volume(flair.array, Grid(flair.grid.shape, flair.grid.affine_ijk_to_ras @ np.diag([0.5, 0.5, 0.5, 1])))
        refused(files[0], save(half, tmp_path / "child.nii.gz"), "child.nii.gz", "same head")


class TestBadDicom:
    def test_a_folder_without_dicom(self, files, tmp_path):
        (tmp_path / "empty").mkdir()
        refused(tmp_path / "empty", files[1], "empty", "no MR series")

    def test_one_series_for_both(self, tmp_path, head, write_dicom):
        write_dicom(head().t1ce, tmp_path / "d", SeriesDescription="T1 +C")
        refused(tmp_path / "d", tmp_path / "d", "T1 +C", "both T1ce and FLAIR")

    def test_different_patients(self, tmp_path, head, write_dicom):
        write_dicom(head().t1ce, tmp_path / "a", PatientID="one")
        write_dicom(head().flair, tmp_path / "b", PatientID="two")
        message = refused(tmp_path / "a", tmp_path / "b", "different patient IDs")
        assert "one'" not in message and "'two" not in message, "identifiers stay out of messages"

    def test_two_series_that_may_be_the_t1ce(self, tmp_path, head, write_dicom):
        study = head()
        for number, name in ((3, "AX T1 POST"), (4, "SAG MPRAGE GD"), (5, "FLAIR")):
            write_dicom(study.t1ce, tmp_path / "d", SeriesDescription=name, SeriesNumber=number)
        refused(tmp_path / "d", tmp_path / "d", "AX T1 POST", "SAG MPRAGE GD", "that holds the wanted series alone")

    def test_no_series_that_may_be_the_flair(self, tmp_path, head, write_dicom):
        for number, name in ((3, "AX T1 POST"), (4, "AX T2 TSE")):
            write_dicom(head().t1ce, tmp_path / "d", SeriesDescription=name, SeriesNumber=number)
        refused(tmp_path / "d", tmp_path / "d", "FLAIR", "AX T2 TSE")

    def test_a_missing_slice(self, tmp_path, files, head, write_dicom):
        write_dicom(head().t1ce, tmp_path / "d")[20].unlink()
        refused(tmp_path / "d", files[1], "slices are missing")

    def test_a_slice_twice(self, tmp_path, files, head, write_dicom):
        series = write_dicom(head().t1ce, tmp_path / "d")
        shutil.copy(series[3], tmp_path / "d" / "again.dcm")
        refused(tmp_path / "d", files[1], "position of another one")

    def test_slices_of_two_orientations(self, tmp_path, files, head, write_dicom, edit_dicom):
        series = write_dicom(head().t1ce, tmp_path / "d")
        edit_dicom(series[5], ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
        refused(tmp_path / "d", files[1], "orientation")

    def test_slices_of_two_sizes(self, tmp_path, files, head, write_dicom, edit_dicom):
        series = write_dicom(head().t1ce, tmp_path / "d")
        edit_dicom(series[5], PixelSpacing=[1, 1])
        refused(tmp_path / "d", files[1], "pixel spacing")

    def test_slices_without_position(self, tmp_path, files, head, write_dicom):
        write_dicom(head().t1ce, tmp_path / "d", ImagePositionPatient=None)
        refused(tmp_path / "d", files[1], "position")

    def test_a_tilted_gantry(self, tmp_path, files, head, write_dicom, edit_dicom):
        for path in write_dicom(head().t1ce, tmp_path / "d"):
            x, y, z = sitk.ReadImage(str(path)).GetOrigin()
            edit_dicom(path, ImagePositionPatient=[x, y + 0.1 * z, z])
        refused(tmp_path / "d", files[1], "not perpendicular")

    def test_a_truncated_slice(self, tmp_path, files, head, write_dicom):
        path = write_dicom(head().t1ce, tmp_path / "d")[7]
        path.write_bytes(path.read_bytes()[:-3000])
        refused(tmp_path / "d", files[1], path.name, "damaged")

    def test_a_single_slice_file(self, tmp_path, files, head, write_dicom):
        path = write_dicom(head().t1ce, tmp_path / "d")[0]
        refused(path, files[1], "single slice")
