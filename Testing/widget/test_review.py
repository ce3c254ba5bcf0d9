"""The review clicked through on real Qt and a real MRML scene."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def ready(panel):
    panel.add_volume("AX T2 FLAIR")
    panel.add_volume("AX T1 POST")
    return panel


@pytest.fixture
def done(ready):
    """A finished run, reviewed in full."""
    run(ready)
    return ready


def run(panel):
    panel.click("segmentButton")
    panel.wait(lambda: not panel.widget._run.running)
    quiet(panel)


def quiet(panel):
    panel.wait(lambda: not panel.widget._results.busy)
    panel.settle()


def column(panel, place):
    return [panel.ui.lesionTable.item(row, place).text() for row in range(panel.ui.lesionTable.rowCount)]


def choose(panel, name):
    panel.ui.lesionTable.setCurrentCell(column(panel, 0).index(name), 0)
    panel.settle()


def slide(panel, threshold):
    panel.ui.thresholdSlider.value = threshold
    quiet(panel)


def node_of(panel):
    return panel.ui.resultSelector.currentNode()


def labels(panel, ids=None, node=None):
    from sgnet.mrml.labelmap import labels_from_node
    from sgnet.mrml.segmentation import lesion_segment_ids

    node = node or node_of(panel)
    t1ce = panel.ui.t1ceSelector.currentNode()
    return labels_from_node(panel.scene, node, t1ce, lesion_segment_ids(node) if ids is None else ids)


def paint(panel, one, box, value=1):
    """A brush stroke, by the call that the Segment Editor uses."""
    import slicer
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    mask = (labels(panel, [one]) > 0).astype(np.uint8)
    mask[box] = value
    image, matrix = slicer.vtkOrientedImageData(), vtkMatrix4x4()
    panel.ui.t1ceSelector.currentNode().GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    image.SetDimensions(mask.shape)
    image.GetPointData().SetScalars(numpy_to_vtk(mask.ravel(order="F"), deep=True))
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    assert logic.SetBinaryLabelmapToSegment(image, node_of(panel), one, logic.MODE_REPLACE)


def slice_centres(panel):
    slices = panel.scene.GetNodesByClass("vtkMRMLSliceNode")
    places = [slices.GetItemAsObject(n).GetSliceToRAS() for n in range(slices.GetNumberOfItems())]
    return [[place.GetElement(row, 3) for row in range(3)] for place in places]


def test_uncertain_ones_stand_first_and_the_first_is_shown(done):
    assert column(done, 0) == ["?", "2", "1"]
    assert column(done, 6) == ["? to review", "open", "open"]
    assert done.ui.summaryLabel.text == "2 lesions; 1 to review"
    assert done.ui.totalsLabel.text.startswith("Total 2: 10.37 ml")
    assert done.ui.lesionTable.currentRow() == 0
    for centre in slice_centres(done):
        np.testing.assert_allclose(centre, [-2 * 52 + 63, -2 * 22 + 63, 4 * 6 - 46], atol=1.5)


def test_no_lesion_is_shown_as_certain(done):
    from dataclasses import replace

    from SGNetSegmentationLib.lesion_table import cells

    def sure(confidence):
        return cells(replace(row, lesion=replace(row.lesion, confidence=confidence)))[4]

    choose(done, "1")
    row = done.widget._results._table.chosen
    assert [sure(one) for one in (0.994, 0.9999, 0.001, None)] == ["0.99", "> 0.99", "< 0.01", "–"]


def test_a_click_moves_slices_and_the_3d_view(done):
    camera = done.scene.AddNewNodeByClass("vtkMRMLCameraNode")
    camera.SetPosition(0, 500, 0)
    camera.SetFocalPoint(0, 0, 0)
    choose(done, "2")
    target = [-2 * 41.5 + 63, -2 * 41.5 + 63, 4 * 11 - 46]
    for centre in slice_centres(done):
        np.testing.assert_allclose(centre, target, atol=1.5)
    np.testing.assert_allclose(camera.GetFocalPoint(), target, atol=1.5)
    np.testing.assert_allclose(np.subtract(camera.GetPosition(), camera.GetFocalPoint()), [0, 500, 0], atol=1e-6)


def press(panel, key):
    from PySide6 import QtTest

    QtTest.QTest.keyClick(panel.calls.main_window, key)
    panel.settle()


def test_keys_step_through_and_mark_while_the_module_is_shown(done):
    window = done.calls.main_window
    window.show()
    window.activateWindow()
    done.settle()
    press(done, "N")
    assert done.ui.lesionTable.currentRow() == 1
    press(done, "N")
    press(done, "N")
    assert done.ui.lesionTable.currentRow() == 2
    press(done, "P")
    assert done.ui.lesionTable.currentRow() == 1
    press(done, "A")
    assert column(done, 6)[1] == "✓ accepted"
    press(done, "X")
    assert column(done, 6)[1] == "✗ rejected"
    done.widget.exit()
    press(done, "P")
    assert done.ui.lesionTable.currentRow() == 1
    window.close()


def test_accept_reject_reopen_and_the_totals_follow(done):
    import slicer

    from sgnet.mrml.review_status import accepted_segment_ids, kept_segment_ids

    choose(done, "1")
    done.click("acceptButton")
    choose(done, "2")
    done.click("rejectButton")
    quiet(done)
    assert dict(zip(column(done, 0), column(done, 6), strict=True)) == {
        "?": "? to review", "2": "✗ rejected", "1": "✓ accepted",
    }  # fmt: skip
    assert done.ui.totalsLabel.text.startswith("Total 1: 9.60 ml")
    assert "1 accepted, 1 rejected" in done.ui.totalsLabel.text
    assert accepted_segment_ids(node_of(done)) == kept_segment_ids(node_of(done)) == ["Lesion_1"]
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    assert logic.GetSegmentStatus(node_of(done).GetSegmentation().GetSegment("Lesion_1")) == logic.Completed
    assert done.ui.rejectButton.text == "Reopen"
    done.click("rejectButton")
    assert kept_segment_ids(node_of(done)) == ["Lesion_1", "Lesion_2"]


def test_accepting_a_candidate_makes_a_segment(done):
    choose(done, "?")
    done.click("acceptButton")
    quiet(done)
    assert sorted(column(done, 0)) == ["1", "2", "3"]
    drawn = np.zeros((64, 64, 24), bool)
    drawn[50:55, 20:25, 5:8] = True
    np.testing.assert_array_equal(labels(done, ["Lesion_3"]) > 0, drawn)


def test_sliders_act_at_once_and_without_a_run(done):
    slide(done, 0.7)
    assert column(done, 6) == ["? to review", "open", "open"] and not done.widget._run.running
    assert np.count_nonzero(labels(done, ["Lesion_2"])) == 4
    slide(done, 0.3)
    assert sorted(column(done, 0)) == ["1", "2", "3"]
    done.ui.minVolumeSlider.value = 1000
    quiet(done)
    assert column(done, 0) == ["?", "3", "1"]
    done.ui.minVolumeSlider.value = 50
    slide(done, 0.5)
    done.ui.minConfidenceSlider.value = 0.85
    quiet(done)
    assert len(column(done, 0)) == 3 and column(done, 6).count("? to review") == 2
    done.ui.minConfidenceSlider.value = 0
    quiet(done)
    expected = np.zeros((64, 64, 24), np.uint16)
    expected[20:30, 20:30, 10:16], expected[40:44, 40:44, 10:13] = 1, 2
    np.testing.assert_array_equal(labels(done, ["Lesion_1", "Lesion_2"]), expected)


def test_sorting_by_a_column_and_back_to_the_default_order(done):
    from PySide6 import QtCore, QtTest

    header = done.ui.lesionTable._target.horizontalHeader()

    def click(place):
        x = header.sectionViewportPosition(place) + header.sectionSize(place) // 2
        QtTest.QTest.mouseClick(
            header.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(x, header.height() // 2)
        )
        done.settle()

    choose(done, "2")
    click(1)
    volumes = [float(text) for text in column(done, 1)]
    assert volumes == sorted(volumes)
    click(1)
    assert [float(text) for text in column(done, 1)] == sorted(volumes, reverse=True)
    assert column(done, 0)[done.ui.lesionTable.currentRow()] == "2"
    click(1)
    assert column(done, 0) == ["?", "2", "1"]


def test_table_follows_an_edit_in_the_segment_editor(done):
    before = column(done, 1)
    paint(done, "Lesion_2", np.s_[40:44, 44:48, 10:13])
    assert column(done, 1) == before, "it is measured in small steps, after the stroke"
    quiet(done)
    assert "2*" in column(done, 0)
    row = column(done, 0).index("2*")
    assert float(column(done, 1)[row]) == pytest.approx(96 * 16 / 1000, abs=0.006)
    done.ui.thresholdSlider.value = 0.9
    quiet(done)
    assert np.count_nonzero(labels(done, ["Lesion_2"])) == 96


def test_table_follows_while_another_module_is_shown(done):
    done.widget.exit()
    node_of(done).GetSegmentation().RemoveSegment("Lesion_1")
    quiet(done)
    assert sorted(column(done, 0)) == ["2", "?"]


def test_what_did_i_change(done):
    paint(done, "Lesion_2", np.s_[40:44, 44:48, 10:13])
    choose(done, "1")
    done.click("rejectButton")
    quiet(done)
    done.click("changesButton")
    quiet(done)
    text = done.ui.changesText.plainText
    assert "Now 1.54 ml, the program gave 10.37 ml" in text
    assert "Changed 2: 0.768 → 1.536 ml, Dice 0.667" in text
    assert "Removed or rejected 1: 9.600 ml" in text
    done.click("changesButton")
    assert not done.ui.changesText.visible


def test_what_was_changed_names_the_settings_that_were(done):
    done.ui.thresholdSlider.value = 0.45
    done.ui.minVolumeSlider.value = 30
    done.ui.minConfidenceSlider.value = 0.85
    quiet(done)
    done.click("changesButton")
    quiet(done)
    lines = done.ui.changesText.plainText.splitlines()
    assert {"Threshold: 0.5 → 0.45", "Smallest: 20 → 30 mm³", "Least confidence: 0 → 0.85"} <= set(lines)


@pytest.mark.parametrize("answer", [True, False])
def test_running_again_asks_and_never_destroys_an_edit(done, answer):
    first = node_of(done)
    paint(done, "Lesion_2", np.s_[40:44, 44:48, 10:13])
    quiet(done)
    edited = labels(done, ["Lesion_2"])
    done.calls.answer = answer
    done.calls.clear()
    run(done)
    assert next(args[0] for name, args, _ in done.calls if name == "confirmYesNoDisplay").startswith(
        "You have reviewed or edited 1 lesions"
    )
    second = node_of(done)
    assert second is not first and not first.GetDisplayNode().GetVisibility()
    np.testing.assert_array_equal(labels(done, ["Lesion_2"], first), edited)
    there = labels(done, node=second) > 0
    assert there[41, 46, 11] == answer
    assert any("*" in name for name in column(done, 0)) == answer


def test_running_again_without_edits_asks_nothing(done):
    run(done)
    assert "confirmYesNoDisplay" not in done.calls.names()
    assert done.segmentations() == 2


def test_choosing_an_earlier_result_brings_its_settings_and_reviews_back(done):
    first = node_of(done)
    choose(done, "1")
    done.click("acceptButton")
    slide(done, 0.3)
    done.calls.answer = False
    run(done)
    done.ui.minVolumeSlider.value, done.ui.minConfidenceSlider.value = 70, 0.65
    slide(done, 0.6)
    done.ui.resultSelector.setCurrentNode(first)
    quiet(done)
    assert done.ui.thresholdSlider.value == pytest.approx(0.3)
    assert (done.ui.minVolumeSlider.value, done.ui.minConfidenceSlider.value) == (20, 0)
    assert "✓ accepted" in column(done, 6)


def test_removing_a_result_removes_what_was_hidden_with_it(done):
    done.scene.RemoveNode(node_of(done))
    quiet(done)
    assert done.ui.lesionTable.rowCount == 0
    names = [done.scene.GetNthNode(n).GetName() or "" for n in range(done.scene.GetNumberOfNodes())]
    assert not [name for name in names if "Probability" in name]


def test_everything_is_restored_with_the_scene(done, tmp_path):
    paint(done, "Lesion_2", np.s_[40:44, 44:48, 10:13])
    quiet(done)
    choose(done, "1")
    done.click("acceptButton")
    slide(done, 0.35)
    before = [column(done, place) for place in range(7)]
    drawn = labels(done)
    save(done.scene, tmp_path / "saved")
    done.scene.Clear(0)
    done.settle()
    assert done.ui.lesionTable.rowCount == 0
    done.scene.SetURL(str(tmp_path / "saved" / "scene.mrml"))
    done.scene.Connect()
    done.settle()
    done.wait(lambda: node_of(done) is not None)
    quiet(done)
    assert [column(done, place) for place in range(7)] == before
    np.testing.assert_array_equal(labels(done), drawn)
    assert done.ui.thresholdSlider.value == pytest.approx(0.35)
    slide(done, 0.5)
    assert "?" in column(done, 0)


def save(scene, folder):
    folder.mkdir()
    scene.SetRootDirectory(str(folder))
    for node in [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]:
        if node.IsA("vtkMRMLVolumeNode") or node.IsA("vtkMRMLSegmentationNode"):
            node.AddDefaultStorageNode()
            ending = ".seg.nrrd" if node.IsA("vtkMRMLSegmentationNode") else ".nrrd"
            node.GetStorageNode().SetFileName(str(folder / f"{node.GetID()}{ending}"))
            assert node.GetStorageNode().WriteData(node)
    scene.SetURL(str(folder / "scene.mrml"))
    assert scene.Commit(str(folder / "scene.mrml"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_off(done, theme, tmp_path, monkeypatch):
    from PySide6 import QtGui, QtWidgets

    application = QtWidgets.QApplication.instance()
    before = application.palette()
    if theme == "dark":
        application.setStyle("Fusion")
        palette = QtGui.QPalette(QtGui.QColor(53, 53, 53))
        for role, colour in (("Base", (35, 35, 35)), ("WindowText", (240,) * 3), ("Text", (240,) * 3),
                             ("ButtonText", (240,) * 3), ("AlternateBase", (45, 45, 45))):  # fmt: skip
            palette.setColor(getattr(QtGui.QPalette.ColorRole, role), QtGui.QColor(*colour))
        application.setPalette(palette)
    try:
        choose(done, "1")
        done.click("acceptButton")
        paint(done, "Lesion_2", np.s_[40:44, 44:48, 10:13])
        quiet(done)
        done.ui.inputsCollapsibleButton.collapsed = True
        done.click("changesButton")
        quiet(done)
        assert done.widget.window.minimumSizeHint().width() <= 320
        done.widget.window.resize(320, 1000)  # the application scrolls where there is less room
        done.settle()
        table, label = done.ui.lesionTable._target.geometry(), done.ui.totalsLabel._target.geometry()
        assert label.top() > table.bottom()
        done.picture(tmp_path / f"review_{theme}.png")
        assert Path(tmp_path / f"review_{theme}.png").stat().st_size > 5000
    finally:
        application.setPalette(before)
