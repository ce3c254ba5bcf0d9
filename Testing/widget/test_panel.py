"""The panel from the first click to the last, with a script in place of the network."""

import os

import numpy as np
import pytest


@pytest.fixture
def ready(panel):
    panel.add_volume("AX T2 FLAIR")
    panel.add_volume("AX T1 POST")
    return panel


def run(panel):
    panel.click("segmentButton")
    panel.wait(lambda: not panel.widget._run.running and not panel.widget._results.busy)
    panel.settle()


def test_button_waits_for_both_volumes_and_the_guess_is_explained(panel):
    assert not panel.ui.segmentButton.enabled
    panel.add_volume("AX T2 FLAIR")
    assert panel.ui.flairSelector.currentNode().GetName() == "AX T2 FLAIR"
    assert not panel.ui.segmentButton.enabled
    assert "please choose" in panel.ui.guessLabel.text
    panel.add_volume("AX T1 POST")
    assert panel.ui.t1ceSelector.currentNode().GetName() == "AX T1 POST"
    assert panel.ui.segmentButton.enabled


def test_choice_of_the_user_is_not_overruled_by_the_guess(panel):
    other = panel.add_volume("something")
    panel.ui.t1ceSelector.setCurrentNode(other)
    panel.add_volume("T1ce")
    assert panel.ui.t1ceSelector.currentNode() is other


def test_a_run_shows_its_progress_and_ends_in_a_table(ready):
    texts, values = set(), set()
    ready.click("segmentButton")
    assert ready.ui.segmentButton.text == "Cancel"

    def done():
        texts.add(ready.ui.phaseLabel.text.rsplit(" · ", 1)[0])
        values.add((ready.ui.progressBar.value, ready.ui.progressBar.maximum))
        return not ready.widget._run.running

    ready.wait(done)
    assert {"Writing the volumes", "Segmenting: window 3 of 5", "Showing the result"} <= texts
    assert (3, 5) in values
    ready.idle_and_clean()
    assert "Finished" in ready.ui.messageLabel.text
    assert "FLAIR was registered to T1ce." in ready.ui.messageLabel.text
    assert "a library talks to itself" in ready.ui.detailsText.plainText
    ready.wait(lambda: not ready.widget._results.busy)
    assert ready.ui.lesionTable.rowCount == 3
    row = [ready.ui.lesionTable.item(2, column).text() for column in (0, 1, 2, 4)]
    assert row == ["1", "9.60", "15.2", "0.91"]
    assert ready.ui.summaryLabel.text == "2 lesions; 1 to review"


def test_segmentation_equals_what_the_child_wrote(ready):
    run(ready)
    from sgnet.mrml.labelmap import labels_from_node
    from sgnet.mrml.segmentation import lesion_segment_ids

    node = ready.ui.resultSelector.currentNode()
    assert node.GetName() == "AX T1 POST metastases"
    t1ce = ready.ui.t1ceSelector.currentNode()
    labels = labels_from_node(ready.scene, node, t1ce, lesion_segment_ids(node))
    expected = np.zeros((64, 64, 24), np.uint16)
    expected[20:30, 20:30, 10:16], expected[40:44, 40:44, 10:13] = 1, 2
    np.testing.assert_array_equal(labels, expected)


def test_result_is_shown_and_a_click_on_a_lesion_moves_the_slices(ready):
    run(ready)
    assert ready.calls[0][0] == "setSliceViewerLayers"
    assert ready.calls[0][2]["background"] is ready.ui.t1ceSelector.currentNode()
    assert "resetThreeDViews" in ready.calls.names()
    ready.ui.lesionTable.setCurrentCell(1, 0)
    ready.settle()
    slices = ready.scene.GetNodesByClass("vtkMRMLSliceNode")
    assert slices.GetNumberOfItems() >= 3
    for number in range(slices.GetNumberOfItems()):
        place = slices.GetItemAsObject(number).GetSliceToRAS()
        centre = [place.GetElement(row, 3) for row in range(3)]
        # The voxel in the middle of the second lesion.
        np.testing.assert_allclose(centre, [-2 * 41.5 + 63, -2 * 41.5 + 63, 4 * 11 - 46], atol=1.5)


def test_segment_editor_is_opened_with_the_chosen_lesion_in_the_right_order(ready):
    run(ready)
    ready.ui.lesionTable.setCurrentCell(1, 0)
    ready.calls.clear()
    ready.click("editButton")
    assert ready.calls.names() == [
        "selectModule", "setSegmentationNode", "setSourceVolumeNode", "setCurrentSegmentID", "SetOverwriteMode",
    ]  # fmt: skip
    assert ready.calls[1][1] == (ready.ui.resultSelector.currentNode(),)
    assert ready.calls[2][1] == (ready.ui.t1ceSelector.currentNode(),)
    assert ready.calls[3][1] == ("Lesion_2",)


def test_oedema_comes_only_when_asked_for(ready):
    run(ready)
    first = ready.ui.resultSelector.currentNode()
    assert first.GetSegmentation().GetNumberOfSegments() == 2
    ready.click("oedemaCheckBox")
    run(ready)
    second = ready.ui.resultSelector.currentNode()
    assert second is not first and ready.segmentations() == 2
    assert second.GetSegmentation().GetSegment("Oedema") is not None


def test_an_earlier_result_can_be_chosen_again(ready):
    run(ready)
    first = ready.ui.resultSelector.currentNode()
    ready.ui.resultSelector.setCurrentNode(None)
    ready.settle()
    assert ready.ui.summaryLabel.text == "No result yet." and not ready.ui.editButton.enabled
    ready.ui.resultSelector.setCurrentNode(first)
    ready.wait(lambda: not ready.widget._results.busy)
    assert ready.ui.lesionTable.rowCount == 3


@pytest.mark.parametrize("moment", ["at once", "while segmenting"])
def test_cancelling_leaves_the_scene_as_it_was(ready, monkeypatch, moment):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    before = ready.node_ids()
    ready.click("segmentButton")
    if moment == "while segmenting":
        ready.wait(lambda: "window 3 of 5" in ready.ui.phaseLabel.text)
    ready.click("segmentButton")
    assert ready.widget._run.running is False or not ready.ui.segmentButton.enabled
    ready.wait(lambda: not ready.widget._run.running)
    ready.settle()
    assert ready.ui.messageLabel.text.startswith("Cancelled. The scene is as it was.")
    assert ready.node_ids() == before
    ready.idle_and_clean()
    assert ready.ui.segmentButton.enabled


def test_a_child_that_does_not_listen_is_ended_by_force(ready, monkeypatch, tmp_path):
    import SGNetSegmentationLib.run_controller as controller

    monkeypatch.setattr(controller, "GRACE_MS", 300)
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    # Asking does nothing here, as with a child that is deep inside one long operation.
    monkeypatch.setattr("SGNetSegmentationLib.child_process.ask_to_stop", lambda pids: None)
    ready.click("segmentButton")
    ready.wait(lambda: "window 3 of 5" in ready.ui.phaseLabel.text)
    ready.click("segmentButton")
    ready.wait(lambda: not ready.widget._run.running)
    ready.idle_and_clean()


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("error", "t1ce.nrrd: the volume is constant; give another one."),
        ("garbage", "The process stopped without a result (exit code 0); Details shows what it said."),
        ("killed", "most likely because memory ran out"),
    ],
)
def test_a_failed_run_says_why_and_can_be_repeated(ready, monkeypatch, behaviour, sentence):
    monkeypatch.setenv("SGNET_FAKE_CHILD", behaviour)
    before = ready.node_ids()
    run(ready)
    assert sentence in ready.ui.messageLabel.text
    assert ready.node_ids() == before
    ready.idle_and_clean()
    monkeypatch.setenv("SGNET_FAKE_CHILD", "")
    ready.widget._parameters.threshold = 0.5
    run(ready)
    assert ready.ui.lesionTable.rowCount == 3


def test_killing_python_from_outside_is_told(ready, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    ready.click("segmentButton")
    ready.wait(lambda: "window 3 of 5" in ready.ui.phaseLabel.text)
    os.kill(ready.widget._run._run._pid, 9)
    ready.wait(lambda: not ready.widget._run.running)
    ready.settle()
    assert "memory ran out" in ready.ui.messageLabel.text
    ready.idle_and_clean()


def test_closing_the_scene_ends_the_run(ready, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    ready.click("segmentButton")
    ready.wait(lambda: "window 3 of 5" in ready.ui.phaseLabel.text)
    ready.scene.Clear(0)
    assert "scene was closed" in ready.ui.messageLabel.text
    ready.wait(lambda: not list(ready.temporary.iterdir()))
    ready.idle_and_clean()
    assert not ready.ui.segmentButton.enabled
    ready.add_volume("FLAIR")
    ready.add_volume("T1ce")
    monkeypatch.setenv("SGNET_FAKE_CHILD", "")
    run(ready)
    # A new scene has the default settings, by which the child's candidate is not sure enough.
    table = ready.ui.lesionTable
    assert [table.item(row, 6).text() for row in range(table.rowCount)] == ["? to review", "open", "open"]


def test_closing_the_application_ends_the_run(ready, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    ready.click("segmentButton")
    ready.wait(lambda: "window 3 of 5" in ready.ui.phaseLabel.text)
    ready.widget.cleanup()
    assert list(ready.temporary.iterdir()) == []
    ready.settle()


def test_removing_the_t1ce_during_the_run_is_told(ready):
    ready.click("segmentButton")
    ready.scene.RemoveNode(ready.ui.t1ceSelector.currentNode())
    ready.wait(lambda: not ready.widget._run.running)
    ready.settle()
    assert "was removed from the scene" in ready.ui.messageLabel.text
    assert ready.segmentations() == 0
    ready.idle_and_clean()


def test_a_failure_while_showing_the_result_leaves_the_panel_usable(ready, monkeypatch):
    def broken(*args):
        raise ValueError("out of order")

    monkeypatch.setattr(ready.widget.logic, "resultSteps", broken)
    run(ready)
    assert "a fault of the module (out of order)" in ready.ui.messageLabel.text
    assert "ValueError" in ready.ui.detailsText.plainText
    ready.idle_and_clean()


def test_the_same_volume_twice_is_refused_before_anything_starts(ready):
    ready.ui.flairSelector.setCurrentNode(ready.ui.t1ceSelector.currentNode())
    ready.click("segmentButton")
    assert "are the same volume" in ready.ui.messageLabel.text
    ready.idle_and_clean()


def test_a_launcher_that_is_missing_or_no_program_is_told(ready, launcher):
    launcher.write_text("no program", encoding="utf-8")
    launcher.chmod(0o644)
    run(ready)
    assert "could not be started" in ready.ui.messageLabel.text
    ready.idle_and_clean()


def test_settings_survive_leaving_the_module(ready):
    from SGNetSegmentationLib.settings import run_settings

    ready.ui.thresholdSlider.value = 0.3
    ready.ui.deviceComboBox.currentIndex = 1
    ready.settle()
    ready.widget.exit()
    ready.ui.thresholdSlider.value = 0.9
    ready.widget.enter()
    assert ready.ui.thresholdSlider.value == pytest.approx(0.3)
    settings = run_settings(ready.widget._parameters)
    assert (settings.lesions.threshold, settings.inference.device) == (pytest.approx(0.3), "cpu")


def test_nothing_is_cut_off_at_the_narrowest_panel(ready):
    run(ready)
    ready.ui.advancedCollapsibleButton.collapsed = False
    ready.ui.detailsCollapsibleButton.collapsed = False
    ready.settle()
    assert ready.widget.window.minimumSizeHint().width() <= 320
    assert ready.widget.window.width() == 320


def test_self_test_of_the_module_passes_its_part_without_a_child(panel, monkeypatch):
    import slicer

    import SGNetSegmentation as module

    def add_volume_from_array(array, affine, name):
        from sgnet.mrml.volumes import voxels

        node = panel.add_volume(name, array.shape[::-1])
        voxels(node)[:] = array.T
        return node

    monkeypatch.setattr(slicer.util, "addVolumeFromArray", add_volume_from_array)
    monkeypatch.setattr(module.dependencies, "missing", lambda: module.dependencies.Missing(True, (), False))
    module.SGNetSegmentationTest().runTest()
