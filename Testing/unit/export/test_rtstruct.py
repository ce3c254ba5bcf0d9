from __future__ import annotations

import csv

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage, ImplicitVRLittleEndian

from sgnet.config import RtStructSettings
from sgnet.data.dicom_headers import find_series
from sgnet.errors import InputError
from sgnet.export import rtstruct
from sgnet.export.contour_check import check_table
from sgnet.export.rtstruct import build_rtstruct
from sgnet.geometry import Grid, Volume
from sgnet.lesions.tracking import tracking_uids

GRID = Grid((20, 16, 8), np.array([[-1, 0, 0, 9.5], [0, -1, 0, 7.5], [0, 0, 2, -8], [0, 0, 0, 1.0]]))


@pytest.fixture
def labels():
    """Lesions 1 and 3; between them no 2."""
    array = np.zeros(GRID.shape, np.uint16)
    array[3:7, 3:6, 2:5] = 1
    array[12:14, 10:12, 4] = 3
    return Volume(array, GRID, "lesions.nii.gz")


@pytest.fixture
def folder(tmp_path, write_dicom):
    write_dicom(Volume(np.ones(GRID.shape, np.float32), GRID), tmp_path / "series", StudyInstanceUID="1.2.3")
    return tmp_path / "series"


@pytest.fixture
def series(folder):
    (found,) = find_series(folder)
    return found


def names(structures):
    return [item.ROIName for item in structures.dataset.StructureSetROISequence]


def test_one_gtv_a_lesion_under_the_lesions_own_numbers(labels, series):
    structures = build_rtstruct(labels, series)
    assert names(structures) == ["GTV_01", "GTV_03"]
    assert [item.RTROIInterpretedType for item in structures.dataset.RTROIObservationsSequence] == ["GTV", "GTV"]
    assert [item.ROIGenerationAlgorithm for item in structures.dataset.StructureSetROISequence] == ["AUTOMATIC"] * 2
    assert structures.dataset.ApprovalStatus == "UNAPPROVED"


def test_one_ptv_a_lesion_and_margin(labels, series):
    assert names(build_rtstruct(labels, series, (1.0,))) == ["GTV_01", "GTV_03", "PTV_01", "PTV_03"]
    several = build_rtstruct(labels, series, (1.0, 2.5))
    assert names(several)[2:] == ["PTV_01^1mm", "PTV_03^1mm", "PTV_01^2.5mm", "PTV_03^2.5mm"]
    assert max(map(len, names(several))) <= 16
    kinds = [item.RTROIInterpretedType for item in several.dataset.RTROIObservationsSequence]
    assert kinds == ["GTV"] * 2 + ["PTV"] * 4


def test_names_by_index(labels, series):
    structures = build_rtstruct(labels, series, (2.0,), RtStructSettings(names="index"))
    assert names(structures) == ["Lesion 1", "Lesion 3", "Lesion 1 + 2 mm", "Lesion 3 + 2 mm"]


def test_descriptions_carry_the_tracking_uid_of_seg_and_table(labels, series):
    uids = tracking_uids(labels.array)
    told = [item.ROIDescription for item in build_rtstruct(labels, series, (1,)).dataset.StructureSetROISequence]
    assert told[1] == f"Lesion 3, tracking UID {uids[3]}"
    assert told[3] == f"Lesion 3, tracking UID {uids[3]}, margin 1 mm"


def test_colours_differ_between_lesions(series):
    array = np.zeros(GRID.shape, np.uint16)
    array[::2, ::2, ::2] = np.arange(1, 10 * 8 * 4 + 1).reshape(10, 8, 4)
    array[array > 80] = 0
    dataset = build_rtstruct(Volume(array, GRID, "x"), series).dataset
    assert len({tuple(item.ROIDisplayColor) for item in dataset.ROIContourSequence}) == 80


def test_no_coordinate_is_longer_than_a_decimal_string_may_be(labels, write_dicom, tmp_path):
    affine = GRID.affine_ijk_to_ras.copy()
    affine[:3, 3] = [-98765.123456, 1234.5678, -0.000001]
    far = Grid(GRID.shape, affine)
    write_dicom(Volume(np.ones(far.shape, np.float32), far), tmp_path / "far", StudyInstanceUID="1.2.3")
    (series,) = find_series(tmp_path / "far")
    build_rtstruct(Volume(labels.array, far, "far"), series).write(tmp_path / "far.dcm")
    item = pydicom.dcmread(tmp_path / "far.dcm").ROIContourSequence[0].ContourSequence[0]
    text = item.get_item("ContourData").value.decode()
    assert max(len(number) for number in text.split("\\")) <= 16
    assert len(text) % 2 == 0


def test_volumes_are_shown_and_written_beside(labels, series, tmp_path):
    structures = build_rtstruct(labels, series, (1.0,))
    assert [(one.structure, one.mask_ml) for one in structures.checks[:2]] == [("GTV_01", 0.072), ("GTV_03", 0.008)]
    assert all(abs(one.difference_percent) < 1e-3 for one in structures.checks)
    files = structures.write(tmp_path / "out" / "rt.dcm")
    assert [file.name for file in files] == ["rt.dcm", "rt_volumes.csv"]
    rows = list(csv.DictReader(files[1].open()))
    assert rows[1] == {
        "structure": "GTV_03", "lesion": "3", "mask_ml": "0.00800", "contour_ml": "0.00800",
        "difference_percent": rows[1]["difference_percent"], "tracking_uid": tracking_uids(labels.array)[3],
    }  # fmt: skip
    assert check_table(structures.checks).splitlines()[2].split() == ["GTV_03", "0.0080", "0.0080", "+0.00", "%"]


def test_the_check_sees_a_contour_that_is_missing(labels, series, monkeypatch):
    draw = rtstruct.slice_contours
    monkeypatch.setattr(rtstruct, "slice_contours", lambda mask, keyhole: list(draw(mask, keyhole))[:1])
    first, _ = build_rtstruct(labels, series).checks
    assert first.difference_percent == pytest.approx(-200 / 3)


def test_implicit_vr_because_explicit_limits_a_contour_to_64_kb(labels, series, tmp_path):
    build_rtstruct(labels, series).write(tmp_path / "rt.dcm")
    assert pydicom.dcmread(tmp_path / "rt.dcm").file_meta.TransferSyntaxUID == ImplicitVRLittleEndian


def test_a_label_map_on_other_voxels_is_resampled_and_that_is_said(series, recorder):
    fine = GRID.affine_ijk_to_ras @ np.diag([0.5, 0.5, 0.5, 1])
    fine[:3, 3] = GRID.to_ras([[-0.25, -0.25, -0.25]])[0]
    array = np.zeros((40, 32, 16), np.uint16)
    array[6:14, 6:12, 4:10] = 1
    (check,) = build_rtstruct(Volume(array, Grid(array.shape, fine), "fine.nii.gz"), series, progress=recorder).checks
    assert check.mask_ml == pytest.approx(0.072)
    assert check.contour_ml == pytest.approx(0.072, rel=1e-3)
    assert [("fine.nii.gz" in warning, "resampled" in warning) for warning in recorder.warnings] == [(True, True)]


def test_other_orders_of_the_same_voxels_are_no_resampling(labels, series, recorder):
    affine = (
        GRID.affine_ijk_to_ras @ np.array([[0, 0, 1, 0], [0, -1, 0, 15], [-1, 0, 0, 7], [0, 0, 0, 1.0]])[[0, 1, 2, 3]]
    )
    turned = np.zeros((8, 16, 20), np.uint16)
    for i, j, k in np.argwhere(labels.array):
        a, b, c, _ = np.rint(np.linalg.inv(affine) @ GRID.affine_ijk_to_ras @ [i, j, k, 1]).astype(int)
        turned[a, b, c] = labels.array[i, j, k]
    checks = build_rtstruct(Volume(turned, Grid(turned.shape, affine), "turned"), series, progress=recorder).checks
    assert [round(one.contour_ml, 6) for one in checks] == [0.072, 0.008]
    assert recorder.warnings == []


def test_a_lesion_cut_off_by_the_edge_of_the_series_is_said(labels, series, recorder):
    affine = GRID.affine_ijk_to_ras.copy()
    affine[:3, 3] = GRID.to_ras([[-4, 0, 0]])[0]
    cut, whole = build_rtstruct(
        Volume(labels.array, Grid(GRID.shape, affine), "shifted"), series, progress=recorder
    ).checks
    assert cut.difference_percent == pytest.approx(-25)
    assert whole.difference_percent == pytest.approx(0, abs=1e-3)
    (warning,) = recorder.warnings
    assert warning.startswith("GTV_01 holds 0.054 ml in its contours and 0.072 ml in shifted (-25.0 %)")


def test_a_lesion_that_the_series_cannot_hold_is_named(labels, series):
    labels.array[0, 0, 0] = 4
    affine = GRID.affine_ijk_to_ras.copy()
    affine[0, 3] += 1
    with pytest.raises(InputError, match=r"Lesion 4 of lesions\.nii\.gz has no voxel"):
        build_rtstruct(Volume(labels.array, Grid(GRID.shape, affine), labels.name), series)


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "FrameOfReferenceUID"])
def test_a_series_without_what_ties_structures_to_it_is_refused(labels, tmp_path, write_dicom, keyword):
    tags = {"StudyInstanceUID": "1.2.3", keyword: ""}
    write_dicom(Volume(np.ones(GRID.shape, np.float32), GRID), tmp_path / "bare", **tags)
    (series,) = find_series(tmp_path / "bare")
    with pytest.raises(InputError, match=keyword):
        build_rtstruct(labels, series)


def test_frames_of_an_enhanced_file_are_referred_to_by_number(labels, tmp_path, mr_dataset):
    order = [2, 4, 3, 0, 1, 7, 6, 5]
    dataset = mr_dataset(np.ones((8, 16, 20), np.int16))
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.NumberOfFrames = "1.2.3", "1.2.4", 8
    orientation, measures, shared = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient, measures.PixelSpacing = [1, 0, 0, 0, 1, 0], [1, 1]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in order:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = [-9.5, -7.5, -8 + 2 * k]
        frame.PlanePositionSequence = [position]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.save_as(tmp_path / "enhanced.dcm", enforce_file_format=True)
    (series,) = find_series(tmp_path / "enhanced.dcm")
    written = build_rtstruct(labels, series).dataset
    for contour in written.ROIContourSequence[0].ContourSequence:
        (image,) = contour.ContourImageSequence
        assert image.ReferencedSOPInstanceUID == dataset.SOPInstanceUID
        z = -8 + 2 * order[image.ReferencedFrameNumber - 1]
        assert float(contour.get_item("ContourData").value.split(b"\\")[2]) == z


@pytest.mark.parametrize("margins", [(0.0,), (99.0,), (2.0, 2.0)])
def test_margins_out_of_range_or_given_twice_are_refused(labels, series, margins):
    with pytest.raises(InputError, match="margin"):
        build_rtstruct(labels, series, margins)


@pytest.mark.parametrize("fails_at", ["save_as", "write_checks", "replace"])
def test_a_failure_leaves_the_earlier_files_and_nothing_half_written(labels, series, tmp_path, monkeypatch, fails_at):
    path = tmp_path / "rt.dcm"
    build_rtstruct(labels, series).write(path)
    before = path.read_bytes()
    again = build_rtstruct(labels, series, (3.0,))

    def partial(*arguments, **_):
        target = arguments[-1]
        target.write_bytes(b"partial")
        raise OSError(28, "No space left on device")

    def refused(*_):
        raise OSError(28, "No space left on device")

    if fails_at == "save_as":
        monkeypatch.setattr(again.dataset, "save_as", partial)
    elif fails_at == "write_checks":
        monkeypatch.setattr(rtstruct, "write_checks", partial)
    else:
        monkeypatch.setattr("os.replace", refused)
    with pytest.raises(InputError, match="No space left"):
        again.write(path)
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["rt.dcm", "rt_volumes.csv"]


def test_killed_while_writing_leaves_no_file_under_the_name(labels, series, tmp_path, monkeypatch):
    structures = build_rtstruct(labels, series)

    def killed(path, **_):
        path.write_bytes(b"partial")
        raise KeyboardInterrupt

    monkeypatch.setattr(structures.dataset, "save_as", killed)
    with pytest.raises(KeyboardInterrupt):
        structures.write(tmp_path / "out" / "rt.dcm")
    assert list((tmp_path / "out").iterdir()) == []
