"""The section "Export for radiotherapy", with the real export command as its child process."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid

from sgnet.geometry import Grid, Volume

EVERYTHING = ["lesions.nii.gz", "rtstruct.dcm", "seg.dcm", "sr.dcm", "volumes.csv", "volumes.json"]


@pytest.fixture
def result(panel, tmp_path):
    """A result of two lesions in the scene, and an output folder that is chosen."""
    from sgnet.lesions.lesion import Lesion
    from sgnet.mrml.segmentation import create_segmentation_node

    t1ce = panel.add_volume("T1 POST")
    labels = np.zeros((64, 64, 24), np.uint16)
    labels[20:30, 20:30, 10:16], labels[40:44, 40:44, 10:13] = 1, 2
    lesions = [Lesion(n, 1.0 / n, 14.0, 10.0, 15.0, (0.0, 0.0, 0.0), 0.9, 0.99) for n in (1, 2)]
    node = create_segmentation_node(panel.scene, labels, lesions, t1ce)
    panel.ui.exportCollapsibleButton.collapsed = False
    panel.ui.exportFolderPathEdit.currentPath = str(tmp_path / "plan")
    panel.ui.resultSelector.setCurrentNode(node)
    panel.settle()
    return node


@pytest.fixture
def series(result, tmp_path, write_dicom):
    """The DICOM series of the T1ce."""
    grid = Grid((64, 64, 24), np.array([[-2.0, 0, 0, 63], [0, -2.0, 0, 63], [0, 0, 4.0, -46], [0, 0, 0, 1]]))
    write_dicom(Volume(np.ones(grid.shape, np.float32), grid), tmp_path / "series", StudyInstanceUID=generate_uid())
    return tmp_path / "series"


def message(panel):
    return panel.ui.exportMessageLabel.text


def finish(panel):
    """Wait for the process, or for the files to be in place."""
    panel.wait(lambda: not panel.widget._export.running, seconds=120)
    panel.settle()


def table(panel):
    view = panel.ui.volumeCheckTable
    return [[view.item(row, column).text() for column in range(4)] for row in range(view.rowCount)]


def test_nothing_is_written_before_the_volumes_were_seen(panel, result, series, tmp_path):
    pytest.importorskip("highdicom")
    panel.ui.seriesPathEdit.currentPath = str(series)
    panel.ui.marginsEdit.text = "3, 5"
    panel.settle()
    panel.click("exportButton")
    assert panel.ui.exportButton.text == "Cancel" and panel.ui.exportProgressBar.visible
    finish(panel)

    assert "Nothing is written yet" in message(panel)
    assert not (tmp_path / "plan").exists()
    rows = table(panel)
    assert [row[0] for row in rows] == [
        "GTV_01", "GTV_02", "PTV_01^3mm", "PTV_02^3mm", "PTV_01^5mm", "PTV_02^5mm",
    ]  # fmt: skip
    assert rows[0][1:] == ["9.600", "9.600", "+0.00 %"]
    assert not panel.ui.exportButton.visible and panel.ui.writeButton.visible

    panel.click("writeButton")
    finish(panel)
    assert sorted(path.name for path in (tmp_path / "plan").iterdir()) == EVERYTHING
    assert message(panel).startswith(f"Written to {tmp_path / 'plan'}: lesions.nii.gz, seg.dcm")
    with (tmp_path / "plan" / "volumes.csv").open() as file:
        assert [float(row["mask_ml"]) for row in csv.DictReader(file)][:2] == [9.6, 0.768]
    structures = pydicom.dcmread(tmp_path / "plan" / "rtstruct.dcm").StructureSetROISequence
    assert [one.ROIName for one in structures] == [row[0] for row in rows]
    panel.idle_and_clean()
    assert panel.ui.exportButton.text == "Export for radiotherapy" and panel.ui.exportButton.visible


def test_cancelling_the_check_writes_nothing(panel, result, tmp_path):
    panel.click("exportButton")
    finish(panel)
    panel.click("discardButton")
    assert message(panel) == "Cancelled. Nothing was written."
    assert not panel.ui.volumeCheckTable.visible and panel.ui.exportButton.enabled
    assert not (tmp_path / "plan").exists()
    panel.idle_and_clean()


def test_without_a_series_only_the_label_map_is_offered_and_that_is_explained(panel, result, tmp_path):
    assert not panel.ui.segCheckBox.enabled and not panel.ui.rtstructCheckBox.enabled
    assert not panel.ui.srCheckBox.enabled and not panel.ui.marginsEdit.enabled
    assert "was not loaded from DICOM" in panel.ui.seriesHintLabel.text and panel.ui.seriesHintLabel.visible
    panel.click("exportButton")
    finish(panel)
    assert table(panel) == [["GTV_01", "9.600", "–", "–"], ["GTV_02", "0.768", "–", "–"]]
    panel.click("writeButton")
    finish(panel)
    assert sorted(path.name for path in (tmp_path / "plan").iterdir()) == [
        "lesions.nii.gz", "volumes.csv", "volumes.json",
    ]  # fmt: skip


def test_the_series_is_found_through_slicers_data_base(panel, result, series, monkeypatch):
    class Database:
        def fileForInstance(self, uid):
            return str(series / "1.dcm") if uid.startswith("1.2.") else ""

    monkeypatch.setattr(sys.modules["slicer"], "dicomDatabase", Database(), raising=False)
    panel.ui.resultSelector.setCurrentNode(None)
    panel.settle()
    t1ce = result.GetNodeReference(result.GetReferenceImageGeometryReferenceRole())
    t1ce.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4 1.2.5")
    panel.ui.resultSelector.setCurrentNode(result)
    panel.settle()
    assert panel.ui.seriesPathEdit.currentPath == str(series)
    assert panel.ui.rtstructCheckBox.enabled and not panel.ui.seriesHintLabel.visible


def test_rejected_and_edited_lesions_are_exported_as_they_are(panel, result, tmp_path):
    from sgnet.mrml.review_status import ReviewStatus, set_segment_status

    set_segment_status(result, "Lesion_1", ReviewStatus.REJECTED)
    panel.click("exportButton")
    finish(panel)
    panel.click("writeButton")
    finish(panel)
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "plan" / "lesions.nii.gz")))
    assert np.unique(labels).tolist() == [0, 2]


def test_formats_names_and_holes_reach_the_command(panel, result, series):
    panel.ui.seriesPathEdit.currentPath = str(series)
    panel.ui.namesComboBox.currentIndex = 1
    panel.ui.holesComboBox.currentIndex = 1
    panel.click("labelmapCheckBox")
    panel.click("segCheckBox")
    panel.click("overlapCheckBox")
    panel.ui.marginsEdit.text = "2"
    panel.settle()
    settings = panel.widget._export._settings()
    assert (settings.names, settings.holes, settings.overlap) == ("index", "keyhole", True)
    # The SR refers to the SEG, so it goes with it.
    assert (settings.formats, settings.margins_mm) == (("rtstruct",), (2.0,))
    assert not panel.ui.srCheckBox.enabled


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda panel: setattr(panel.ui.marginsEdit, "text", "three"), 'The margins "three" are no numbers'),
        (lambda panel: setattr(panel.ui.marginsEdit, "text", "-3"), "A margin must be above 0"),
        (lambda panel: setattr(panel.ui.seriesPathEdit, "currentPath", "/nowhere"), "/nowhere: no such folder"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_and_can_be_repeated(panel, result, series, change, sentence):
    panel.ui.seriesPathEdit.currentPath = str(series)
    change(panel)
    panel.settle()
    panel.click("exportButton")
    finish(panel)
    assert sentence in message(panel) and "\n" not in message(panel)
    assert panel.ui.exportButton.enabled and panel.ui.exportButton.text == "Export for radiotherapy"
    panel.idle_and_clean()


def test_a_folder_that_cannot_be_written_keeps_the_files_for_another_one(panel, result, tmp_path):
    (tmp_path / "file").write_text("x")
    panel.ui.exportFolderPathEdit.currentPath = str(tmp_path / "file")
    panel.click("exportButton")
    finish(panel)
    panel.click("writeButton")
    finish(panel)
    assert "Cannot write" in message(panel)
    panel.ui.exportFolderPathEdit.currentPath = str(tmp_path / "other")
    panel.click("writeButton")
    finish(panel)
    assert (tmp_path / "other" / "lesions.nii.gz").is_file()
    panel.idle_and_clean()


def test_cancelling_the_process_and_closing_the_scene_leave_nothing(panel, result, tmp_path):
    panel.click("exportButton")
    panel.click("exportButton")
    finish(panel)
    assert message(panel) == "Cancelled. Nothing was written."
    panel.click("exportButton")
    finish(panel)
    panel.scene.Clear(0)
    panel.settle()
    assert not panel.ui.volumeCheckTable.visible and not panel.ui.exportButton.enabled
    panel.idle_and_clean()


def test_report_opens_in_the_browser_and_goes_with_the_module(panel, result):
    import qt

    qt.QDesktopServices.opened.clear()
    panel.click("reportButton")
    finish(panel)
    (page,) = qt.QDesktopServices.opened
    text = Path(page).read_text(encoding="utf-8")
    assert "Brain metastases: 2 lesions" in text and text.count("data:image/png;base64,") == 2
    panel.widget.cleanup()
    assert list(panel.temporary.iterdir()) == []


def test_missing_packages_are_named(panel, result, monkeypatch):
    from SGNetSegmentationLib import export_panel
    from SGNetSegmentationLib.dependencies import Missing

    monkeypatch.setattr(export_panel, "missing", lambda: Missing(True, (), False))
    panel.click("exportButton")
    assert "Packages are missing (torch" in message(panel)


def test_large_differences_carry_a_mark(panel):
    from sgnet.mrml.export_job import VolumeRow
    from SGNetSegmentationLib.export_panel import cells

    assert cells(VolumeRow("GTV_01", 1, 1.0, 0.9, -10.0, "1"))[3] == "⚠ -10.00 %"
    assert cells(VolumeRow("GTV_01", 1, 1.0, 1.0, -0.0001, "1"))[3] == "+0.00 %"


def test_nothing_is_cut_off_at_the_narrowest_panel(panel, result, series):
    panel.ui.seriesPathEdit.currentPath = str(series)
    panel.settle()
    panel.click("exportButton")
    finish(panel)
    section = panel.ui.exportCollapsibleButton._target
    assert section.minimumSizeHint().width() <= 300
    for name in ("labelmapCheckBox", "segCheckBox", "rtstructCheckBox", "srCheckBox", "writeButton", "discardButton"):
        widget = getattr(panel.ui, name)._target
        assert widget.width() >= widget.sizeHint().width(), name
    header = panel.ui.volumeCheckTable._target.horizontalHeader()
    assert sum(header.sectionSizeHint(n) for n in range(4)) <= panel.ui.volumeCheckTable.width


def test_logic_exports_for_scripts(panel, result, tmp_path):
    from sgnet.config import ExportSettings
    from SGNetSegmentation import SGNetSegmentationLogic

    rows = SGNetSegmentationLogic().exportRadiotherapy(
        result, None, tmp_path / "script", ExportSettings(formats=("labelmap",))
    )
    assert [(row.structure, round(row.mask_ml, 6)) for row in rows] == [("GTV_01", 9.6), ("GTV_02", 0.768)]
    assert (tmp_path / "script" / "lesions.nii.gz").is_file()
    assert list(panel.temporary.iterdir()) == []
