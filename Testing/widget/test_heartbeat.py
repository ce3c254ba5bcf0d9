"""The window's thread is never kept from answering for 100 ms, on a head of 240 x 240 x 155 voxels with 20 lesions.

Each is measured up to three times, and the limit is that of a quiet machine: where the processor copies memory more
slowly because others use it too, it is longer by as much.
"""

import time

import pytest

pytestmark = pytest.mark.timing
LIMIT_MS = 100.0
TIMES = 3


@pytest.fixture
def head(panel, monkeypatch):
    """The panel with two volumes of realistic size; all that can be asked for is asked for."""
    add_volumes(panel)
    panel.click("oedemaCheckBox")
    monkeypatch.setenv("SGNET_FAKE_CHILD", "many")
    return panel


def add_volumes(panel):
    for name in ("FLAIR", "T1ce"):
        panel.add_volume(name, (240, 240, 155), (1.0, 1.0, 1.0))


def assert_it_answers(panel, what, work, prepare=lambda: None):
    """Do ``work()`` and measure; returns the last measurement."""
    from heartbeat import Heartbeat, slowness

    for _ in range(TIMES):
        prepare()
        before = slowness()
        with Heartbeat(lambda: panel.ui.phaseLabel.text or panel.ui.messageLabel.text) as heart:
            work()
        limit = LIMIT_MS * max(before, slowness())
        told = f"{what}: {heart.beats} beats, longest gap {heart.longest_ms:.0f} of {limit:.0f} ms ({heart.where})"
        print(f"\n{told}")
        assert heart.beats > 5
        if heart.longest_ms < limit:
            return
    pytest.fail(told)


def test_looking_at_the_chosen_volumes(head):
    t1ce = head.ui.t1ceSelector.currentNode()

    def choose_again():
        head.ui.t1ceSelector.setCurrentNode(None)
        head.settle()
        head.ui.t1ceSelector.setCurrentNode(t1ce)
        assert head.widget._check.busy

    assert_it_answers(head, "input check", lambda: head.wait(lambda: not head.widget._check.busy, 60), choose_again)


def test_a_whole_run(head):
    def run():
        head.click("segmentButton")
        head.wait(lambda: not head.widget._run.running, 120)
        head.settle()

    assert_it_answers(head, "run", run)
    assert "Finished" in head.ui.messageLabel.text
    assert head.ui.resultSelector.currentNode().GetSegmentation().GetNumberOfSegments() == 21


@pytest.mark.parametrize("moment", ["Writing the volumes", "Segmenting", "Showing the result"])
def test_cancelling(head, moment):
    before = head.node_ids()

    def cancel():
        head.click("segmentButton")
        head.wait(lambda: head.ui.phaseLabel.text.startswith(moment), 120)
        head.click("segmentButton")
        head.wait(lambda: not head.widget._run.running, 30)

    assert_it_answers(head, f"cancel while {moment}", cancel)
    assert head.node_ids() == before
    head.idle_and_clean()


def test_closing_the_scene_during_a_run(head):
    def close():
        head.click("segmentButton")
        head.wait(lambda: head.ui.phaseLabel.text.startswith("Segmenting"), 60)
        head.scene.Clear(0)
        head.wait(lambda: not list(head.temporary.iterdir()), 30)

    def load():
        if head.ui.t1ceSelector.currentNode() is None:
            add_volumes(head)

    assert_it_answers(head, "scene closed", close, load)
    head.idle_and_clean()


@pytest.fixture
def done(head):
    """A finished run over the head: 20 lesions with their probabilities."""
    head.click("segmentButton")
    head.wait(lambda: not head.widget._run.running, 120)
    quiet(head)
    return head


def quiet(panel):
    panel.wait(lambda: not panel.widget._results.busy, 60)
    panel.settle()


def brush(panel, segment_id, corner):
    """A stroke of 12 voxels across, by the call that the Segment Editor uses."""
    import slicer
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    size, t1ce = 12, panel.ui.t1ceSelector.currentNode()
    image, matrix = slicer.vtkOrientedImageData(), vtkMatrix4x4()
    t1ce.GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    image.SetExtent(*(bound for low in corner for bound in (low, low + size - 1)))
    image.AllocateScalars(3, 1)
    image.GetPointData().GetScalars().Fill(1)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segmentation = panel.ui.resultSelector.currentNode()
    assert logic.SetBinaryLabelmapToSegment(image, segmentation, segment_id, logic.MODE_MERGE_MAX)


def test_sliding(done):
    def slide():
        for threshold in (0.7, 0.3, 0.5):
            done.ui.thresholdSlider.value = threshold
            quiet(done)

    assert_it_answers(done, "slider", slide, lambda: setattr(done.ui.thresholdSlider, "value", 0.4) or quiet(done))


def test_stepping_through_and_marking(done):
    def mark():
        for row, button in enumerate(("acceptButton", "rejectButton", "nextButton")):
            done.ui.lesionTable.setCurrentCell(row, 0)
            done.settle()
            done.click(button)
            quiet(done)

    assert_it_answers(done, "accept and reject", mark)


def test_an_edit_and_what_it_changed(done):
    corners = iter(((60, 110, 50), (100, 60, 50), (100, 110, 50)))

    def edit():
        brush(done, "Lesion_3", next(corners))
        quiet(done)
        done.click("changesButton")
        quiet(done)

    assert_it_answers(done, "edit", edit)
    assert "Unchanged lesions: 19" in done.ui.changesText.plainText


def test_the_heartbeat_sees_a_blocked_window(panel):
    from heartbeat import Heartbeat

    with Heartbeat(lambda: "") as heart:
        panel.settle()
        time.sleep(0.15)
        panel.settle()
    assert 140 < heart.longest_ms < 1000
