"""What is said, refused and left behind; that the voxels are right is shown in Testing/parity/test_seg.py."""

import sys

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage, generate_uid

from sgnet.data.dicom_headers import find_series
from sgnet.errors import InputError
from sgnet.export import seg
from sgnet.geometry import Grid, Volume

pytest.importorskip("highdicom")

GRID = Grid((12, 10, 6), np.array([[-1.0, 0, 0, 8], [0, -1.0, 0, 9], [0, 0, 2.0, -5], [0, 0, 0, 1]]))


@pytest.fixture
def series(tmp_path, write_dicom):
    image = Volume(np.arange(np.prod(GRID.shape)).reshape(GRID.shape), GRID)
    write_dicom(image, tmp_path / "series", StudyInstanceUID=generate_uid(), SeriesDescription="T1 post")
    return find_series(tmp_path / "series")[0]


@pytest.fixture
def labels():
    array = np.zeros(GRID.shape, np.uint16)
    array[2:6, 2:5, 1:4] = 1
    array[9, 8, 5] = 2
    return Volume(array, GRID, "lesions.nii.gz")


def test_the_same_grid_is_written_without_a_word(series, labels, tmp_path, recorder):
    assert seg.write_seg(labels, series, tmp_path / "seg.dcm", progress=recorder) == (1, 2)
    assert recorder.warnings == []


def test_another_grid_is_resampled_and_a_lesion_that_vanishes_is_named(series, tmp_path, recorder):
    fine = Grid((24, 20, 24), GRID.affine_ijk_to_ras @ np.diag([0.5, 0.5, 0.25, 1.0]))
    array = np.zeros(fine.shape, np.uint16)
    array[4:12, 4:10, 4:16] = 1
    array[19, 17, 22] = 2  # at a quarter of a slice: no centre of the series lies in it

    written = seg.write_seg(Volume(array, fine, "lesions"), series, tmp_path / "seg.dcm", progress=recorder)

    assert written == (1,)
    assert len(recorder.warnings) == 2
    assert "lesions (24 x 20 x 24" in recorder.warnings[0] and "was resampled" in recorder.warnings[0]
    assert "Lesion 2 has no voxel" in recorder.warnings[1]
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    bits = np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8), bitorder="little")
    # What follows the last frame is padding, of any value.
    assert bits[: int(dataset.NumberOfFrames) * 120].sum() == 4 * 3 * 3


def test_an_empty_label_map_is_refused(series, tmp_path):
    with pytest.raises(InputError, match="holds no lesion; there is nothing to export"):
        seg.write_seg(Volume(np.zeros(GRID.shape, np.uint16), GRID, "x"), series, tmp_path / "seg.dcm")


def test_oedema_that_is_all_core_makes_no_segment(series, labels, tmp_path):
    whole = Volume(labels.array > 0, GRID, "whole")
    seg.write_seg(labels, series, tmp_path / "seg.dcm", whole=whole)
    assert len(pydicom.dcmread(tmp_path / "seg.dcm").SegmentSequence) == 2


def test_a_probability_beyond_one_is_refused(series, labels, tmp_path):
    wrong = Volume(np.full(GRID.shape, 1.5, np.float32), GRID, "p.nii.gz")
    with pytest.raises(InputError, match=r"p\.nii\.gz holds values outside 0 to 1"):
        seg.write_seg(labels, series, tmp_path / "seg.dcm", probability=wrong)


def test_a_series_without_study_is_refused(tmp_path, write_dicom, labels):
    write_dicom(Volume(labels.array.astype(np.int16), GRID), tmp_path / "series")
    (series,) = find_series(tmp_path / "series")
    with pytest.raises(InputError, match="slices state no StudyInstanceUID"):
        seg.write_seg(labels, series, tmp_path / "seg.dcm")


def test_without_highdicom_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(InputError, match="pip install highdicom"):
        seg.require_highdicom()


@pytest.mark.parametrize("before", [None, b"an earlier export"])
def test_a_failure_in_the_middle_of_writing_leaves_what_was_there(series, labels, tmp_path, monkeypatch, before):
    path = tmp_path / "out" / "seg.dcm"
    path.parent.mkdir()
    if before is not None:
        path.write_bytes(before)

    def half(self, file, *args, **kwargs):
        file.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Dataset, "save_as", half)
    with pytest.raises(InputError, match="No space left on device"):
        seg.write_seg(labels, series, path)

    assert [one.read_bytes() for one in path.parent.iterdir()] == ([] if before is None else [before])


def test_frames_of_an_enhanced_file_stay_in_its_order(labels, tmp_path, mr_dataset):
    order = [3, 0, 5, 1, 4, 2]
    dataset = mr_dataset(np.arange(np.prod(GRID.shape), dtype=np.int16).reshape(GRID.shape).transpose(2, 1, 0)[order])
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = generate_uid(), generate_uid()
    dataset.NumberOfFrames = len(order)
    orientation, measures, shared = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [1, 1], 2
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = []
    for k in order:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = [-8, -9, -5 + 2 * k]
        frame.PlanePositionSequence = [position]
        dataset.PerFrameFunctionalGroupsSequence.append(frame)
    dataset.save_as(tmp_path / "enhanced.dcm", enforce_file_format=True)
    (series,) = find_series(tmp_path / "enhanced.dcm")

    seg.write_seg(labels, series, tmp_path / "seg.dcm")

    found = pydicom.dcmread(tmp_path / "seg.dcm")
    bits = np.unpackbits(np.frombuffer(found.PixelData, np.uint8), bitorder="little")
    frames = bits[: int(found.NumberOfFrames) * 120].reshape(-1, 10, 12)
    for pixels, groups in zip(frames, found.PerFrameFunctionalGroupsSequence, strict=True):
        k = round((float(groups.PlanePositionSequence[0].ImagePositionPatient[2]) + 5) / 2)
        number = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        np.testing.assert_array_equal(pixels.T, labels.array[:, :, k] == number)
    assert len(frames) == 4
