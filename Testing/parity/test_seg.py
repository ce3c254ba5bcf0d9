"""DICOM SEG against readers that are not ours: dcmqi, pydicom's bare frames, and dicom3tools' validator."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid
from series_grids import grids_of_shape

from sgnet.data.dicom_headers import find_series
from sgnet.geometry import LPS_TO_RAS, Grid, Volume
from sgnet.lesions.tracking import tracking_id, tracking_uids

pytest.importorskip("highdicom")
from sgnet.export.seg import write_seg

GRIDS = grids_of_shape((20, 24, 10))


def lesions(shape) -> np.ndarray:
    """A single voxel, a ball, a shell, two that touch, one at the edge of the image; number 6 is missing."""
    labels = np.zeros(shape, np.uint16)
    i, j, k = np.indices(shape)
    ball = (i - 6) ** 2 + (j - 6) ** 2 + (k - 4) ** 2
    labels[ball <= 9] = 1
    shell = (i - 13) ** 2 + (j - 16) ** 2 + (k - 5) ** 2
    labels[(shell <= 16) & (shell >= 5)] = 2
    labels[13, 16, 5] = 3
    labels[0:2, 20:22, 0] = 4
    labels[2:4, 20:22, 0] = 5
    labels[18:, 22:, 8:] = 7
    return labels


@pytest.fixture(params=GRIDS)
def case(request, tmp_path, write_dicom):
    """Labels and their series, as an image whose files lie in shuffled order."""
    place = GRIDS[request.param]
    image = Volume(np.arange(np.prod(place.shape)).reshape(place.shape) % 1000, place)
    write_dicom(image, tmp_path / "series", StudyInstanceUID=generate_uid(), SeriesDescription="T1 post")
    (series,) = find_series(tmp_path / "series")
    return Volume(lesions(place.shape), place, "labels"), series


def set_voxels(place: Grid, ras_mm: np.ndarray) -> np.ndarray:
    """A mask of the voxels at whose centres the points lie; a point beside a centre is an error."""
    index = place.to_ijk(ras_mm)
    assert np.abs(index - np.rint(index)).max() < 0.01
    mask = np.zeros(place.shape, bool)
    mask[tuple(np.rint(index).astype(int).T)] = True
    assert mask.sum() == len(ras_mm)
    return mask


def frames_by_hand(path, place: Grid) -> dict[int, np.ndarray]:
    """Stored values of each segment by the standard's words alone: (I, J, K) on ``place``."""
    dataset = pydicom.dcmread(path)
    rows, columns, count = dataset.Rows, dataset.Columns, int(dataset.NumberOfFrames)
    raw = np.frombuffer(dataset.PixelData, np.uint8)
    if dataset.BitsAllocated == 1:
        raw = np.unpackbits(raw, bitorder="little")
    frames = raw[: count * rows * columns].reshape(count, rows, columns)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    found: dict[int, np.ndarray] = {}
    for frame, groups in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        # Segment and plane may be told once for all frames or for each.
        def group(keyword, groups=groups):
            return (groups.get(keyword) or shared.get(keyword))[0]

        number = group("SegmentIdentificationSequence").ReferencedSegmentNumber
        origin = np.array(group("PlanePositionSequence").ImagePositionPatient, float)
        along = np.array(group("PlaneOrientationSequence").ImageOrientationPatient, float)
        down, right = np.array(group("PixelMeasuresSequence").PixelSpacing, float)
        row, column = np.nonzero(frame)
        points = origin + np.outer(column * right, along[:3]) + np.outer(row * down, along[3:])
        volume = found.setdefault(number, np.zeros(place.shape))
        if len(points):
            index = np.rint(place.to_ijk(points @ LPS_TO_RAS[:3, :3])).astype(int)
            set_voxels(place, points @ LPS_TO_RAS[:3, :3])
            volume[tuple(index.T)] = frame[row, column]
    return found


def test_bare_frames_equal_the_mask_of_every_lesion(case, tmp_path):
    labels, series = case
    written = write_seg(labels, series, tmp_path / "seg.dcm")

    assert written == (1, 2, 3, 4, 5, 7)
    found = frames_by_hand(tmp_path / "seg.dcm", labels.grid)
    assert sorted(found) == [1, 2, 3, 4, 5, 6]
    for segment, number in enumerate(written, start=1):
        np.testing.assert_array_equal(found[segment] > 0, labels.array == number)


@pytest.mark.skipif(shutil.which("segimage2itkimage") is None, reason="dcmqi is not installed (pip install dcmqi)")
def test_dcmqi_reads_the_mask_of_every_lesion(case, tmp_path):
    labels, series = case
    written = write_seg(labels, series, tmp_path / "seg.dcm")

    (tmp_path / "read").mkdir()
    command = ["segimage2itkimage", "--inputDICOM", "seg.dcm", "--outputDirectory", "read", "--outputType", "nrrd"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    files = sorted((tmp_path / "read").glob("*.nrrd"), key=lambda path: int(path.name.split(".")[0].split("-")[0]))
    total = np.zeros(labels.grid.shape, int)
    for path in files:
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image).transpose(2, 1, 0)
        for value in np.unique(array[array > 0]).tolist():
            points = [image.TransformIndexToPhysicalPoint(index) for index in np.argwhere(array == value).tolist()]
            total += value * set_voxels(labels.grid, np.array(points) @ LPS_TO_RAS[:3, :3])
    np.testing.assert_array_equal(total, np.searchsorted([0, *written], labels.array))


def test_probabilities_come_back_to_within_half_a_step(case, tmp_path):
    labels, series = case
    values = np.random.default_rng(0).random(labels.grid.shape).astype(np.float32)
    write_seg(labels, series, tmp_path / "seg.dcm", probability=Volume(values, labels.grid, "p"))

    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    assert (dataset.SegmentationType, dataset.SegmentationFractionalType) == ("FRACTIONAL", "PROBABILITY")
    found = frames_by_hand(tmp_path / "seg.dcm", labels.grid)
    np.testing.assert_allclose(found[1] / dataset.MaximumFractionalValue, values, atol=0.5 / 255 + 1e-5)


def test_every_referenced_slice_is_one_of_the_series(case, tmp_path):
    labels, series = case
    write_seg(labels, series, tmp_path / "seg.dcm")

    sources = {str(h.SOPInstanceUID): h for h in (pydicom.dcmread(one.path) for one in series.slices)}
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    first = next(iter(sources.values()))
    assert dataset.StudyInstanceUID == first.StudyInstanceUID
    assert dataset.FrameOfReferenceUID == first.FrameOfReferenceUID
    (listed,) = dataset.ReferencedSeriesSequence
    assert listed.SeriesInstanceUID == series.uid
    assert {one.ReferencedSOPInstanceUID for one in listed.ReferencedInstanceSequence} == set(sources)
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        (image,) = groups.DerivationImageSequence[0].SourceImageSequence
        # The slice that a frame refers to is the one at its place.
        theirs = np.array(sources[image.ReferencedSOPInstanceUID].ImagePositionPatient, float)
        ours = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_segments_carry_the_tracking_names_and_the_codes(case, tmp_path):
    labels, series = case
    whole = Volume(np.roll(labels.array, 2, axis=0) > 0, labels.grid, "whole")
    written = write_seg(labels, series, tmp_path / "seg.dcm", whole=whole)

    uids = tracking_uids(labels.array)
    *segments, oedema = pydicom.dcmread(tmp_path / "seg.dcm").SegmentSequence
    assert [one.TrackingID for one in segments] == [one.SegmentLabel for one in segments]
    assert [one.TrackingID for one in segments] == [tracking_id(number) for number in written]
    assert [one.TrackingUID for one in segments] == [uids[number] for number in written]
    for segment, kind in [*((one, "14799000") for one in segments), (oedema, "79654002")]:
        assert segment.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "49755003"
        assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == kind
        assert segment.AnatomicRegionSequence[0].CodeValue == "12738006"
    found = frames_by_hand(tmp_path / "seg.dcm", labels.grid)[oedema.SegmentNumber]
    np.testing.assert_array_equal(found > 0, whole.array & (labels.array == 0))


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (apt install dicom3tools)")
def test_dciodvfy_finds_no_error(case, tmp_path):
    labels, series = case
    whole = Volume(np.roll(labels.array, 2, axis=0) > 0, labels.grid, "whole")
    write_seg(labels, series, tmp_path / "binary.dcm", whole=whole)
    write_seg(labels, series, tmp_path / "fractional.dcm", probability=Volume(whole.array * 0.5, whole.grid, "p"))

    for name in ("binary.dcm", "fractional.dcm"):
        done = subprocess.run(["dciodvfy", name], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        assert "Segmentation" in said
        assert [line for line in said.splitlines() if "Error" in line] == []
