"""A segmentation node, edited and reviewed, through the real command into files that other readers understand."""

from __future__ import annotations

import csv
import sys

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from sgnet.config import ExportSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.geometry import Grid, Volume
from sgnet.lesions.lesion import Lesion
from sgnet.mrml.child_run import run_blocking
from sgnet.mrml.dicom_series import series_folder
from sgnet.mrml.export_job import ExportJob, StagedExport, VolumeRow, lesion_numbers
from sgnet.mrml.review_status import ReviewStatus, set_segment_status
from sgnet.mrml.segmentation import create_segmentation_node
from sgnet.mrml.steps import finish

SHAPE = (24, 30, 16)


@pytest.fixture
def t1ce(add_volume, oblique):
    return add_volume(np.zeros(SHAPE, np.int16), oblique)


@pytest.fixture
def node(scene, t1ce, lesion_labels):
    lesions = [Lesion(n, 0.1, 5.0, 4.0, 6.0, (0.0, 0.0, 0.0), 0.8, 0.9) for n in (1, 2, 3)]
    return create_segmentation_node(scene, lesion_labels, lesions, t1ce)


@pytest.fixture
def series(tmp_path, write_dicom, oblique):
    image = Volume(np.ones(SHAPE, np.float32), Grid(SHAPE, oblique))
    write_dicom(image, tmp_path / "series", StudyInstanceUID=generate_uid())
    return tmp_path / "series"


def export(scene, node, series, settings, tmp_path):
    (tmp_path / "tmp").mkdir(exist_ok=True)
    with ExportJob(scene, node, series, settings, tmp_path / "tmp") as job:
        return run_blocking(job, [sys.executable], Progress())


def test_rejected_lesions_stay_out_and_the_others_keep_their_numbers(
    scene, node, t1ce, series, lesion_labels, tmp_path, put_under_transform
):
    pytest.importorskip("highdicom")
    # A transform that somebody put the T1ce and its segmentation under is no business of the scanner's coordinates.
    moved = np.eye(4)
    moved[:3, 3] = [40, 50, 60]
    node.SetAndObserveTransformNodeID(put_under_transform(t1ce, moved).GetID())
    set_segment_status(node, "Lesion_2", ReviewStatus.REJECTED)
    staged = export(scene, node, series, ExportSettings(margins_mm=(3.0,)), tmp_path)

    assert [row.structure for row in staged.volumes] == ["GTV_01", "GTV_03", "PTV_01", "PTV_03"]
    assert all(abs(row.difference_percent) < 0.01 for row in staged.volumes)
    assert not (tmp_path / "plan").exists(), "nothing is written before it was looked at"
    files = finish(staged.place(tmp_path / "plan"))
    staged.discard()
    assert [path.name for path in files] == [
        "lesions.nii.gz", "seg.dcm", "sr.dcm", "rtstruct.dcm", "volumes.csv", "volumes.json",
    ]  # fmt: skip
    assert list((tmp_path / "tmp").iterdir()) == []

    expected = np.where(lesion_labels == 2, 0, lesion_labels)
    image = sitk.ReadImage(str(tmp_path / "plan" / "lesions.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image).T, expected)
    segments = pydicom.dcmread(tmp_path / "plan" / "seg.dcm").SegmentSequence
    assert [one.TrackingID for one in segments] == ["Lesion 1", "Lesion 3"]
    with (tmp_path / "plan" / "volumes.csv").open() as file:
        assert [row["tracking_uid"] for row in csv.DictReader(file)][:2] == [one.TrackingUID for one in segments]


def test_without_a_series_the_label_map_alone_is_exported(scene, node, lesion_labels, tmp_path):
    staged = export(scene, node, None, ExportSettings(formats=("labelmap",)), tmp_path)
    assert [row.contour_ml for row in staged.volumes] == [None] * 3
    (image, *_) = finish(staged.place(tmp_path / "plan"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(image))).T, lesion_labels)
    staged.discard()


def test_what_cannot_be_exported_is_told_before_a_process_starts(scene, node, tmp_path):
    with pytest.raises(InputError, match="SEG refers to the slices of a DICOM series"):
        ExportJob(scene, node, None, ExportSettings(), tmp_path)
    for one in ("Lesion_1", "Lesion_2", "Lesion_3"):
        set_segment_status(node, one, ReviewStatus.REJECTED)
    with pytest.raises(InputError, match="no lesion that is not rejected"):
        ExportJob(scene, node, None, ExportSettings(formats=("labelmap",)), tmp_path)
    scene.RemoveNode(node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()))
    with pytest.raises(InputError, match="has lost its T1ce"):
        ExportJob(scene, node, None, ExportSettings(formats=("labelmap",)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_segments_of_the_user_are_numbered_after_the_lesions():
    assert lesion_numbers(["Segment_1", "Lesion_2", "Lesion_7", "New"]) == [8, 2, 7, 9]
    assert lesion_numbers(["Lesion_0", "Lesion_x"]) == [1, 2]


def staged_files(folder, content):
    folder.mkdir()
    for name in ("a.dcm", "b.csv"):
        (folder / name).write_text(content)
    return StagedExport([folder / "a.dcm", folder / "b.csv"], [VolumeRow("GTV_01", 1, 1.0, 1.0, 0.0, "1.2")])


def test_stopping_in_the_middle_of_placing_leaves_the_earlier_export(tmp_path, monkeypatch):
    monkeypatch.setattr("sgnet.mrml.export_job._PIECE_BYTES", 2)
    finish(staged_files(tmp_path / "first", "first").place(tmp_path / "plan"))
    steps = staged_files(tmp_path / "second", "second").place(tmp_path / "plan")
    for _ in range(4):
        next(steps)
    steps.close()
    assert {path.name: path.read_text() for path in (tmp_path / "plan").iterdir()} == {
        "a.dcm": "first", "b.csv": "first",
    }  # fmt: skip


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="Cannot write"):
        finish(staged_files(tmp_path / "staged", "x").place(tmp_path / "file"))


class Database:
    """``ctkDICOMDatabase`` as far as it is asked."""

    def __init__(self, files):
        self.files = files

    def fileForInstance(self, uid):
        return self.files.get(uid, "")


def test_series_folder_is_found_through_the_instances_of_the_volume(t1ce, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    known = Database({"1.1": f"{here}/1.dcm", "1.2": f"{here}/2.dcm", "1.3": f"{here}/3.dcm", "2.1": f"{there}/1.dcm"})
    assert series_folder(t1ce, known) is None
    for instances, found in [
        ("1.1 1.2 1.3", here), ("1.1", here), ("1.1 2.1", None), ("1.1 9.9", None), ("9.9", None)
    ]:  # fmt: skip
        t1ce.SetAttribute("DICOM.instanceUIDs", instances)
        assert series_folder(t1ce, known) == found, instances
    t1ce.SetAttribute("DICOM.instanceUIDs", "1.1")
    assert series_folder(t1ce, None) is None
