"""Follow-up from choosing to the table, the jump and the charts, and back from a saved scene."""

from __future__ import annotations

import numpy as np
import pytest

SHAPE = (64, 64, 24)
JANUARY = {1: (slice(10, 20), slice(10, 20), slice(8, 14)), 2: (slice(40, 44), slice(40, 44), slice(10, 13))}
JUNE = {1: (slice(8, 22), slice(8, 22), slice(7, 15)), 2: (slice(20, 24), slice(45, 49), slice(10, 13))}


@pytest.fixture
def ready(panel):
    """June under review, January beside it."""
    # FLAIR is missing, so that nothing else of the panel has work.
    january, june = panel.add_volume("January T1ce"), panel.add_volume("June T1ce, 2nd")
    panel.january, panel.june = segmented(panel, january, JANUARY), segmented(panel, june, JUNE)
    panel.ui.followUpCollapsibleButton.collapsed = False
    panel.ui.resultSelector.setCurrentNode(panel.june)
    panel.settle()
    return panel


def segmented(panel, t1ce, boxes):
    from sgnet.lesions.lesion import Lesion
    from sgnet.mrml.segmentation import create_segmentation_node

    labels = np.zeros(SHAPE, np.uint8)
    for number, box in boxes.items():
        labels[box] = number
    lesions = [Lesion(number, 0.1, 5.0, 4.0, 6.0, (0.0, 0.0, 0.0), 0.8, 0.9) for number in boxes]
    return create_segmentation_node(panel.scene, labels, lesions, t1ce, name=f"{t1ce.GetName()} metastases")


def compare(panel):
    """Click and wait."""
    panel.ui.previousSelector.setCurrentNode(panel.january)
    panel.click("compareButton")
    panel.wait(lambda: not panel.widget._followUp.running, 120)
    panel.settle()


def compared(panel):
    """The same without the child process: what it would have found, in the scene and chosen."""
    from sgnet.config import FollowUpSettings
    from sgnet.geometry import Grid, Volume
    from sgnet.lesions.followup import Scan, follow_up
    from sgnet.lesions.followup_record import FollowUp, ScanInfo
    from sgnet.mrml.followup_job import scans_to_compare
    from sgnet.mrml.followup_nodes import create_followup
    from sgnet.mrml.labelmap import labels_from_node
    from sgnet.mrml.segmentation import lesion_segment_ids
    from sgnet.mrml.volumes import world_affine

    scans = scans_to_compare(panel.june, panel.january)
    found, infos = [], []
    for scan in scans:
        labels = labels_from_node(panel.scene, scan.segmentation, scan.t1ce, lesion_segment_ids(scan.segmentation))
        found.append(Scan(Volume(labels, Grid(SHAPE, world_affine(scan.t1ce))), np.eye(4)))
        infos.append(ScanInfo(scan.t1ce.GetName(), 4.0))
    record = FollowUp(tuple(infos), follow_up(found, FollowUpSettings()), FollowUpSettings())
    create_followup(panel.scene, record, scans)
    panel.ui.previousSelector.setCurrentNode(panel.january)
    panel.settle()


def rows(panel):
    table = panel.ui.followUpTable
    return [[table.item(row, column).text() for column in range(5)] for row in range(table.rowCount)]


def centre_of_slices(panel):
    nodes = panel.scene.GetNodesByClass("vtkMRMLSliceNode")
    places = [nodes.GetItemAsObject(number).GetSliceToRAS() for number in range(nodes.GetNumberOfItems())]
    return [[place.GetElement(row, 3) for row in range(3)] for place in places]


def test_button_waits_until_two_scans_are_chosen_and_the_t1ce_is_guessed(ready):
    assert not ready.ui.compareButton.enabled
    assert "Choose the result under Review" in ready.ui.compareButton.toolTip
    assert not ready.ui.followUpTable.visible and not ready.ui.followUpLimitsLabel.visible
    ready.ui.previousSelector.setCurrentNode(ready.june)
    ready.settle()
    assert not ready.ui.compareButton.enabled, "a segmentation is not its own follow-up"
    ready.ui.previousSelector.setCurrentNode(ready.january)
    ready.settle()
    assert ready.ui.previousT1ceSelector.currentNode().GetName() == "January T1ce"
    assert ready.ui.compareButton.enabled


@pytest.mark.timing
def test_the_window_answers_during_a_comparison(ready):
    from heartbeat import Heartbeat

    with Heartbeat(lambda: ready.ui.followUpMessageLabel.text) as heart:
        compare(ready)
    assert heart.beats > 5
    assert heart.longest_ms < 100, heart.where


def test_comparison_ends_in_a_table_and_a_category_with_its_reasons(ready):
    compare(ready)
    assert rows(ready) == [
        ["1", "▲ grown", "9.6→25.1", "28→40", "PD T"],
        ["2", "+ new", "–→0.77", "–→11", "New"],
        ["2", "− gone", "0.77→–", "11→–", "CR T"],
    ]
    text = ready.ui.followUpSummaryLabel.text
    assert text.startswith("PD: progressive disease, by the images alone\nSum of target diameters 39.6 mm at first")
    assert "Lesion 2 is new (11.3 mm)." in text
    assert "January T1ce against June T1ce, 2nd, registered by 3 mm." in text
    assert ready.ui.followUpMessageLabel.text == "The scans resemble each other little."
    assert "Steroids, clinical status" in ready.ui.followUpLimitsLabel.text
    assert ready.ui.followUpLimitsLabel.visible
    assert ready.ui.compareButton.text == "Compare" and ready.ui.compareButton.enabled
    assert list(ready.temporary.iterdir()) == []


def test_a_click_shows_a_lesion_also_where_one_was(ready):
    compared(ready)
    for row, box in ((1, JUNE[2]), (2, JANUARY[2])):
        ready.ui.followUpTable.setCurrentCell(row, 0)
        ready.settle()
        i, j, k = ((part.start + part.stop - 1) / 2 for part in box)
        for centre in centre_of_slices(ready):
            np.testing.assert_allclose(centre, [63 - 2 * i, 63 - 2 * j, 4 * k - 46], atol=1.5)


def test_charts_are_shown_in_the_views(ready):
    compared(ready)
    ready.calls.clear()
    ready.click("volumePlotButton")
    ready.click("sumPlotButton")
    assert ready.calls.names() == ["ShowChartInLayout", "ShowChartInLayout"]
    volumes, sums = (args[0] for _, args, _ in ready.calls)
    assert volumes.GetTitle() == "Lesion volumes. Images alone: PD"
    assert sums.GetTitle() == "Sum of target diameters: SD"


def test_overlay_moves_the_previous_scan_and_puts_it_back(ready):
    compared(ready)
    t1ce = ready.ui.previousT1ceSelector.currentNode()
    ready.calls.clear()
    ready.click("overlayCheckBox")
    assert t1ce.GetTransformNodeID() is not None
    assert ready.calls[-1][2] == {"foreground": t1ce, "foregroundOpacity": 0.5}
    ready.click("overlayCheckBox")
    assert t1ce.GetTransformNodeID() is None and ready.january.GetTransformNodeID() is None
    assert ready.calls[-1][2] == {"foreground": None}


def test_comparing_again_takes_the_overlay_off_leaves_out_what_was_rejected_and_replaces_the_table(ready):
    from sgnet.mrml.review_status import ReviewStatus, set_segment_status

    compared(ready)
    set_segment_status(ready.june, "Lesion_2", ReviewStatus.REJECTED)
    ready.click("overlayCheckBox")
    count = ready.scene.GetNumberOfNodes()
    compare(ready)
    assert ready.scene.GetNumberOfNodes() == count
    assert ready.january.GetTransformNodeID() is None and not ready.ui.overlayCheckBox.checked
    assert [row[1] for row in rows(ready)] == ["▲ grown", "− gone"]


def test_overlay_says_when_another_transform_is_in_the_way(ready):
    compared(ready)
    other = ready.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "mine")
    ready.ui.previousT1ceSelector.currentNode().SetAndObserveTransformNodeID(other.GetID())
    ready.click("overlayCheckBox")
    assert not ready.ui.overlayCheckBox.checked
    assert "under a transform of its own" in ready.ui.followUpMessageLabel.text


def test_cancelling_leaves_the_scene_as_it_was(ready, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    before = ready.node_ids()
    ready.ui.previousSelector.setCurrentNode(ready.january)
    ready.click("compareButton")
    assert ready.ui.compareButton.text == "Cancel" and ready.ui.followUpProgressBar.visible
    ready.wait(lambda: ready.ui.followUpMessageLabel.text == "Registering the scans", 60)
    ready.click("compareButton")
    ready.wait(lambda: not ready.widget._followUp.running)
    ready.settle()
    assert ready.ui.followUpMessageLabel.text == "Cancelled. The scene is as it was."
    assert ready.ui.compareButton.text == "Compare" and not ready.ui.followUpProgressBar.visible
    assert ready.node_ids() == before and list(ready.temporary.iterdir()) == []


def test_closing_the_scene_ends_the_comparison(ready, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    ready.ui.previousSelector.setCurrentNode(ready.january)
    ready.click("compareButton")
    ready.wait(lambda: ready.ui.followUpMessageLabel.text == "Registering the scans", 60)
    ready.scene.Clear(0)
    ready.wait(lambda: list(ready.temporary.iterdir()) == [])
    assert not ready.widget._followUp.running
    assert ready.ui.compareButton.text == "Compare" and not ready.ui.compareButton.enabled


def test_what_cannot_be_compared_is_told_at_once(ready):
    from sgnet.mrml.review_status import ReviewStatus, set_segment_status

    for node in (ready.january, ready.june):
        for one in ("Lesion_1", "Lesion_2"):
            set_segment_status(node, one, ReviewStatus.REJECTED)
    compare(ready)
    assert "nothing to compare" in ready.ui.followUpMessageLabel.text
    assert not ready.widget._followUp.running


def test_an_earlier_comparison_is_shown_again_when_its_scans_are_chosen(ready):
    compared(ready)
    ready.ui.resultSelector.setCurrentNode(ready.january)
    ready.settle()
    assert ready.ui.followUpTable.rowCount == 0 and not ready.ui.followUpTable.visible
    ready.ui.resultSelector.setCurrentNode(ready.june)
    ready.settle()
    assert len(rows(ready)) == 3


def test_leaving_the_module_keeps_the_choice_and_the_table(ready):
    compared(ready)
    ready.widget.exit()
    ready.widget.enter()
    ready.settle()
    assert ready.ui.previousSelector.currentNode() is ready.january
    assert len(rows(ready)) == 3


def test_nothing_is_cut_off_at_the_narrowest_panel(ready):
    compared(ready)
    assert ready.ui.followUpTable.visible
    table = ready.ui.followUpTable
    wanted = sum(table.columnWidth(column) for column in range(5))
    assert wanted <= table.width, f"the table needs {wanted} px and has {table.width}"
    for name in ("compareButton", "overlayCheckBox", "volumePlotButton", "sumPlotButton"):
        widget = getattr(ready.ui, name)
        assert widget.minimumSizeHint.width() <= 290, name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures(ready, theme, tmp_path, qt_application):
    """Looked at by hand with --basetemp; here it must only draw, and have drawn something in either theme."""
    from PySide6.QtGui import QColor, QImage, QPalette

    compared(ready)
    palette = qt_application.palette()
    if theme == "dark":
        dark, light = QColor("#2b2b2b"), QColor("#e6e6e6")
        mixed = QPalette(dark)
        for role in (QPalette.Text, QPalette.WindowText, QPalette.ButtonText):
            mixed.setColor(role, light)
        mixed.setColor(QPalette.Base, QColor("#1f1f1f"))
        qt_application.setPalette(mixed)
    try:
        ready.ui.inputsCollapsibleButton.collapsed = True
        ready.ui.resultCollapsibleButton.collapsed = True
        ready.widget.window.resize(320, 900)
        ready.picture(tmp_path / "followup.png")
    finally:
        qt_application.setPalette(palette)
    image = QImage(str(tmp_path / "followup.png"))
    assert image.width() == 320
    assert (QColor(image.pixel(5, 895)).lightness() < 100) == (theme == "dark")
