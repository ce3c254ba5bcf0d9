"""One folder for radiotherapy: what is in it, that its files agree, and that it is all or nothing."""

from __future__ import annotations

import csv
import json

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid

from sgnet.config import ExportSettings
from sgnet.data.dicom_headers import find_series
from sgnet.errors import InputError
from sgnet.export import together
from sgnet.export.together import export_together
from sgnet.geometry import Grid, Volume
from sgnet.lesions.tracking import tracking_uids

pytest.importorskip("highdicom")

GRID = Grid((20, 16, 8), np.diag([-1.0, -1.0, 1.5, 1.0]))
ALL = ["lesions.nii.gz", "seg.dcm", "sr.dcm", "rtstruct.dcm", "volumes.csv", "volumes.json"]


@pytest.fixture
def labels():
    array = np.zeros(GRID.shape, np.uint16)
    array[2:6, 2:5, 2:4] = 1
    array[12, 10, 4] = 3
    return Volume(array, GRID, "lesions.nii.gz")


@pytest.fixture
def series(tmp_path, write_dicom):
    write_dicom(Volume(np.ones(GRID.shape, np.float32), GRID), tmp_path / "series", StudyInstanceUID=generate_uid())
    (found,) = find_series(tmp_path / "series")
    return found


def test_all_formats_lie_in_the_folder_and_agree_on_volumes_and_uids(labels, series, tmp_path):
    written = export_together(labels, series, tmp_path / "plan", ExportSettings(margins_mm=(3.0, 5.0)))
    assert [path.name for path in written.files] == ALL
    assert sorted(path.name for path in (tmp_path / "plan").iterdir()) == sorted(ALL)
    image = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "plan" / "lesions.nii.gz"))).T
    np.testing.assert_array_equal(image, labels.array)
    with (tmp_path / "plan" / "volumes.csv").open() as file:
        rows = list(csv.DictReader(file))
    kept = json.loads((tmp_path / "plan" / "volumes.json").read_text())["structures"]
    names = ["GTV_01", "GTV_03", "PTV_01^3mm", "PTV_03^3mm", "PTV_01^5mm", "PTV_03^5mm"]
    structures = pydicom.dcmread(tmp_path / "plan" / "rtstruct.dcm").StructureSetROISequence
    assert [row["structure"] for row in rows] == [one["structure"] for one in kept] == names
    assert [item.ROIName for item in structures] == names
    assert [float(item.ROIVolume) for item in structures] == pytest.approx([one["mask_ml"] for one in kept], rel=1e-4)
    uids = tracking_uids(labels.array)
    assert [row["tracking_uid"] for row in rows] == [uids[1], uids[3]] * 3


def test_the_sr_refers_to_the_seg_beside_it(labels, series, tmp_path):
    export_together(labels, series, tmp_path, ExportSettings(formats=("seg", "sr")))
    seg, report = pydicom.dcmread(tmp_path / "seg.dcm"), pydicom.dcmread(tmp_path / "sr.dcm")
    assert str(seg.SOPInstanceUID) in str(report)


def test_without_a_series_the_label_map_has_its_volumes_checked(labels, tmp_path):
    written = export_together(labels, None, tmp_path, ExportSettings(formats=("labelmap",)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lesions.nii.gz", "volumes.csv", "volumes.json"]
    assert [(one.structure, one.mask_ml, one.contour_ml) for one in written.checks] == [
        ("GTV_01", pytest.approx(0.036), None), ("GTV_03", pytest.approx(0.0015), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("formats", "sentence"),
    [((), "No format is chosen"), (("rtstruct",), "RTSTRUCT refers to the slices"), (("sr",), "SR refers")],
)
def test_formats_that_cannot_be_written_are_refused_before_anything(labels, tmp_path, formats, sentence):
    with pytest.raises(InputError, match=sentence):
        export_together(labels, None, tmp_path / "new", ExportSettings(formats=formats))
    assert not (tmp_path / "new").exists()


def test_nothing_to_export_is_said(series, tmp_path):
    empty = Volume(np.zeros(GRID.shape, np.uint16), GRID, "empty.nii.gz")
    with pytest.raises(InputError, match="holds no lesion"):
        export_together(empty, series, tmp_path / "new", ExportSettings())


def test_files_of_formats_no_longer_chosen_go_and_others_stay(labels, series, tmp_path):
    (tmp_path / "notes.txt").write_text("the user's own")
    export_together(labels, series, tmp_path, ExportSettings())
    export_together(labels, series, tmp_path, ExportSettings(formats=("rtstruct",)))
    left = [path.name for path in tmp_path.iterdir() if path.is_file()]
    assert sorted(left) == ["notes.txt", "rtstruct.dcm", "volumes.csv", "volumes.json"]


def test_resampling_is_said_once_though_two_formats_do_it(labels, series, tmp_path, recorder):
    shifted = GRID.affine_ijk_to_ras.copy()
    shifted[:3, 3] = [0.3, 0.3, 0.0]
    export_together(Volume(labels.array, Grid(GRID.shape, shifted), "shifted"), series, tmp_path, ExportSettings(),
                    recorder)  # fmt: skip
    assert len([one for one in recorder.warnings if "was resampled onto it" in one]) == 1


@pytest.mark.parametrize("writer", ["write_labelmap", "build_seg", "build_sr", "build_rtstruct", "write_checks_json"])
def test_killed_in_any_writer_the_earlier_export_is_whole(labels, series, tmp_path, monkeypatch, writer):
    plan = tmp_path / "plan"
    export_together(labels, series, plan, ExportSettings())
    before = {path.name: path.read_bytes() for path in plan.iterdir()}

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(together, writer, killed)
    with pytest.raises(KeyboardInterrupt):
        export_together(labels, series, plan, ExportSettings(margins_mm=(2.0,)))
    assert {path.name: path.read_bytes() for path in plan.iterdir()} == before
    with pytest.raises(KeyboardInterrupt):
        export_together(labels, series, tmp_path / "new" / "folder", ExportSettings())
    assert not (tmp_path / "new").exists()
