"""A series becomes the volume it was written from, whatever way it was stored."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from sgnet.data.dicom import read_series
from sgnet.data.dicom_headers import find_series
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume

OBLIQUE = np.array([[0.0, -2.4, 0.9, 10], [1.6, 0.0, 0.0, -40], [0.0, 1.8, 1.2, 5], [0, 0, 0, 1]]) @ np.diag(
    [1, 1, 4, 1]
)


def numbered(shape=(20, 24, 10), affine=OBLIQUE) -> Volume:
    """Every voxel another value, so that no transposition or flip goes unseen."""
    return Volume(np.arange(np.prod(shape), dtype=np.int16).reshape(shape), Grid(shape, affine), "numbered")


def read(folder) -> Volume:
    (series,) = find_series(folder)
    return read_series(series)


def test_slices_come_in_order_with_their_place_and_direction(tmp_path, write_dicom):
    volume = numbered()
    write_dicom(volume, tmp_path / "d", SeriesDescription="T1")
    result = read(tmp_path / "d")
    np.testing.assert_array_equal(np.sort(result.array, axis=None), np.sort(volume.array, axis=None))
    for ijk in ([0, 0, 0], [3, 17, 8]):
        ras = volume.grid.to_ras([ijk])
        found = np.round(result.grid.to_ijk(ras)[0]).astype(int)
        np.testing.assert_allclose(result.grid.to_ras([found]), ras, atol=1e-3)
        assert result.array[tuple(found)] == volume.array[tuple(ijk)]
    assert result.name == "d, series 1 'T1'"


def test_itk_places_the_series_at_the_same_spot(tmp_path, write_dicom):
    write_dicom(numbered(), tmp_path / "d")
    mine = read(tmp_path / "d")
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "d"))
    theirs = sitk.ReadImage(names)
    np.testing.assert_array_equal(mine.array, sitk.GetArrayFromImage(theirs).T)
    corner = np.array(theirs.TransformIndexToPhysicalPoint((19, 23, 9))) * [-1, -1, 1]
    np.testing.assert_allclose(mine.grid.to_ras([[19, 23, 9]])[0], corner, atol=1e-3)


def test_each_slice_is_scaled_by_its_own_slope(tmp_path, write_dicom, edit_dicom):
    volume = numbered()
    files = write_dicom(volume, tmp_path / "d")
    before = read(tmp_path / "d").array
    doubled = pydicom.dcmread(files[0]).pixel_array.T
    edit_dicom(files[0], RescaleSlope=2, RescaleIntercept=-5)
    after = read(tmp_path / "d").array
    changed = np.flatnonzero((before != after).any(axis=(0, 1)))
    assert len(changed) == 1
    np.testing.assert_array_equal(after[:, :, changed[0]], doubled * 2.0 - 5.0)


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_compressed_slices_hold_the_same_values(tmp_path, write_dicom, compressor):
    volume = numbered()
    plain = write_dicom(volume, tmp_path / "d", RescaleSlope=2, RescaleIntercept=-4)
    expected = read(tmp_path / "d")
    for path in plain:
        packed, original = tmp_path / "packed.dcm", pydicom.dcmread(path)
        image = sitk.GetImageFromArray(original.pixel_array[np.newaxis].astype(np.int16))
        writer = sitk.ImageFileWriter()
        writer.SetFileName(str(packed))
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.Execute(image)
        donor = pydicom.dcmread(packed)
        for keyword in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData"):
            setattr(original, keyword, getattr(donor, keyword))
        original.file_meta.TransferSyntaxUID = donor.file_meta.TransferSyntaxUID
        original["PixelData"].is_undefined_length = True
        original.save_as(path)
        packed.unlink()
    np.testing.assert_array_equal(read(tmp_path / "d").array, expected.array)


def enhanced(volume: Volume, path, mr_dataset, order) -> None:
    """One multi-frame file, its frames in the given order."""
    stack = volume.array.transpose(2, 1, 0)[order]
    dataset = mr_dataset(stack)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.SeriesInstanceUID = "1.2.3.4"
    dataset.NumberOfFrames = len(stack)
    lps = np.diag([-1, -1, 1, 1]) @ volume.grid.affine_ijk_to_ras
    row, column = (np.diag([-1, -1, 1]) @ volume.grid.direction).T[:2]
    orientation, measures, values, shared = Dataset(), Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [f"{v:.8f}" for v in (*row, *column)]
    measures.PixelSpacing = [volume.grid.spacing_mm[1], volume.grid.spacing_mm[0]]
    values.RescaleSlope, values.RescaleIntercept = 3, 1
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    shared.PixelValueTransformationSequence = [values]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in order:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = [f"{v:.5f}" for v in (lps @ [0, 0, k, 1])[:3]]
        frame.PlanePositionSequence = [position]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.save_as(path, enforce_file_format=True)


def test_an_enhanced_multi_frame_file_equals_the_classic_series(tmp_path, write_dicom, mr_dataset):
    volume = numbered()
    write_dicom(volume, tmp_path / "classic")
    classic = read(tmp_path / "classic")
    enhanced(volume, tmp_path / "one.dcm", mr_dataset, [4, 0, 9, 1, 8, 2, 3, 7, 5, 6])
    result = read(tmp_path / "one.dcm")
    assert result.grid.matches(classic.grid)
    np.testing.assert_array_equal(result.array, classic.array * 3 + 1)


def test_two_frames_at_one_place_are_refused(tmp_path, mr_dataset):
    enhanced(numbered(), tmp_path / "one.dcm", mr_dataset, [0, 1, 2, 3, 3, 4, 5])
    with pytest.raises(InputError, match="position of another one"):
        read(tmp_path / "one.dcm")


def test_what_is_no_mr_image_is_passed_over(tmp_path, write_dicom):
    write_dicom(numbered(), tmp_path / "d")
    write_dicom(numbered(), tmp_path / "d" / "seg", Modality="SEG")
    (tmp_path / "d" / "README.txt").write_text("exported yesterday")
    (tmp_path / "d" / "empty").touch()
    assert len(find_series(tmp_path / "d")) == 1
