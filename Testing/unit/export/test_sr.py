"""The Structured Report, read back by highdicom and by bare pydicom."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from sgnet.data.dicom_headers import find_series
from sgnet.errors import InputError
from sgnet.export.seg import build_seg
from sgnet.export.sr import build_sr, read_seg, write_sr
from sgnet.geometry import Grid, Volume
from sgnet.lesions.tracking import tracking_uids

hd = pytest.importorskip("highdicom")

GRID = Grid((20, 16, 8), np.diag([-1.0, -1.0, 1.5, 1.0]))


@pytest.fixture
def labels():
    """Lesion 1 of 4 x 3 x 2 voxels, lesion 3 of one voxel."""
    array = np.zeros(GRID.shape, np.uint16)
    array[2:6, 2:5, 2:4] = 1
    array[12, 10, 4] = 3
    return Volume(array, GRID, "lesions.nii.gz")


@pytest.fixture
def series(tmp_path, write_dicom):
    write_dicom(Volume(np.ones(GRID.shape, np.float32), GRID), tmp_path / "series", StudyInstanceUID=generate_uid())
    (found,) = find_series(tmp_path / "series")
    return found


def groups_of(path):
    return hd.sr.srread(path).content.get_volumetric_roi_measurement_groups()


def test_each_segment_has_its_measurements_under_its_tracking_names(labels, series, tmp_path):
    seg, _ = build_seg(labels, series)
    write_sr(labels, series, seg, tmp_path / "sr.dcm")
    groups = groups_of(tmp_path / "sr.dcm")
    uids = tracking_uids(labels.array)
    assert [(one.tracking_identifier, one.tracking_uid) for one in groups] == [
        ("Lesion 1", uids[1]), ("Lesion 3", uids[3]),
    ]  # fmt: skip
    # By hand: 4 x 3 voxels of 1 mm in a slice; voxels to their outer edges.
    expected = {
        "Volume from Voxel Summation": (4 * 3 * 2 * 1.5 / 1000, "cm3"),
        "Long axis": (5.0, "mm"),
        "Short axis": (5.0 * 3 / 4, "mm"),
        "Maximum 3D Diameter of a Mesh": (np.sqrt(4**2 + 3**2 + 3**2), "mm"),
    }
    found = {one.name.meaning: (float(one.value), one.unit.value) for one in groups[0].get_measurements()}
    assert found.keys() == expected.keys()
    for name, (value, unit) in expected.items():
        assert found[name] == (pytest.approx(value, abs=1e-5), unit), name


def test_groups_refer_to_the_segments_of_the_seg_and_the_evidence_to_seg_and_series(labels, series, tmp_path):
    seg, _ = build_seg(labels, series)
    seg.save_as(tmp_path / "seg.dcm")
    write_sr(labels, series, read_seg(tmp_path / "seg.dcm"), tmp_path / "sr.dcm")
    groups = groups_of(tmp_path / "sr.dcm")
    assert len(groups) == 2
    segments = {one.SegmentNumber: one.TrackingUID for one in seg.SegmentSequence}
    report = pydicom.dcmread(tmp_path / "sr.dcm")
    for group in groups:
        image = next(item for item in group[0].ContentSequence if item.ValueType == "IMAGE")
        (reference,) = image.ReferencedSOPSequence
        assert reference.ReferencedSOPInstanceUID == seg.SOPInstanceUID
        number = reference.ReferencedSegmentNumber
        assert segments[number] == group.tracking_uid
    evidence = {
        instance.ReferencedSOPInstanceUID
        for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
        for study in report.get(keyword, ())
        for one in study.ReferencedSeriesSequence
        for instance in one.ReferencedSOPSequence
    }
    slices = {pydicom.dcmread(one.path, stop_before_pixels=True).SOPInstanceUID for one in series.slices}
    assert evidence == {seg.SOPInstanceUID} | slices
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")


def test_a_segmentation_of_other_lesions_or_of_another_series_is_refused(labels, series, tmp_path, write_dicom):
    seg, _ = build_seg(labels, series)
    moved = Volume(np.roll(labels.array, 1, axis=0), GRID, "moved")
    with pytest.raises(InputError, match="holds no lesion of moved"):
        build_sr(moved, series, seg)
    write_dicom(Volume(np.ones(GRID.shape, np.float32), GRID), tmp_path / "other", StudyInstanceUID=generate_uid())
    (other,) = find_series(tmp_path / "other")
    with pytest.raises(InputError, match="refers to another series"):
        build_sr(labels, other, seg)


def test_no_dicom_or_no_segmentation_is_told(series, tmp_path):
    (tmp_path / "text").write_text("text")
    with pytest.raises(InputError, match="cannot be read as DICOM"):
        read_seg(tmp_path / "text")
    with pytest.raises(InputError, match="is no DICOM Segmentation"):
        read_seg(series.slices[0].path)


def test_killed_while_writing_leaves_no_file_under_the_name(labels, series, tmp_path, monkeypatch):
    seg, _ = build_seg(labels, series)

    def killed(self, path, *_, **__):
        path.write_bytes(b"partial")
        raise KeyboardInterrupt

    monkeypatch.setattr(pydicom.Dataset, "save_as", killed)
    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write_sr(labels, series, seg, tmp_path / "out" / "sr.dcm")
    assert list((tmp_path / "out").iterdir()) == []
