import numpy as np
import pytest

from sgnet.lesions.lesion import Lesion

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from sgnet.mrml.review_status import (  # noqa: E402
    ReviewStatus,
    accepted_segment_ids,
    kept_segment_ids,
    segment_status,
    set_segment_status,
)
from sgnet.mrml.segmentation import create_segmentation_node  # noqa: E402

SHAPE = (24, 30, 16)


@pytest.fixture
def node(scene, add_volume, oblique, lesion_labels):
    t1ce = add_volume(np.zeros(SHAPE, np.float32), oblique)
    lesions = [Lesion(n, 1.5 / n, 12.0, 8.0, 13.0, (1.0, 2.0, 3.0), 0.8, 0.99) for n in (1, 2, 3)]
    return create_segmentation_node(scene, lesion_labels, lesions, t1ce, whole=np.ones(SHAPE, bool))


def test_a_new_result_is_open_and_counts(node):
    assert [segment_status(node, one) for one in kept_segment_ids(node)] == [ReviewStatus.OPEN] * 3
    assert kept_segment_ids(node) == ["Lesion_1", "Lesion_2", "Lesion_3"]
    assert accepted_segment_ids(node) == []


def test_rejected_lesions_do_not_count_and_are_hidden_until_taken_back(node):
    set_segment_status(node, "Lesion_1", ReviewStatus.ACCEPTED)
    set_segment_status(node, "Lesion_2", ReviewStatus.REJECTED)
    assert accepted_segment_ids(node) == ["Lesion_1"]
    assert kept_segment_ids(node) == ["Lesion_1", "Lesion_3"]
    assert not node.GetDisplayNode().GetSegmentVisibility("Lesion_2")
    set_segment_status(node, "Lesion_2", ReviewStatus.OPEN)
    assert kept_segment_ids(node) == ["Lesion_1", "Lesion_2", "Lesion_3"]
    assert node.GetDisplayNode().GetSegmentVisibility("Lesion_2")


def test_status_is_the_one_that_slicer_shows_and_follows_it(node):
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segment = node.GetSegmentation().GetSegment("Lesion_1")
    set_segment_status(node, "Lesion_1", ReviewStatus.REJECTED)
    assert logic.GetSegmentStatus(segment) == logic.Flagged
    logic.SetSegmentStatus(segment, logic.Completed)
    assert segment_status(node, "Lesion_1") is ReviewStatus.ACCEPTED


def test_a_flag_set_elsewhere_does_not_drop_a_lesion(node):
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.SetSegmentStatus(node.GetSegmentation().GetSegment("Lesion_1"), logic.Flagged)
    assert segment_status(node, "Lesion_1") is ReviewStatus.OPEN
    assert "Lesion_1" in kept_segment_ids(node)


def test_status_is_saved_with_the_segmentation_file(scene, node, tmp_path):
    set_segment_status(node, "Lesion_1", ReviewStatus.ACCEPTED)
    set_segment_status(node, "Lesion_3", ReviewStatus.REJECTED)
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(tmp_path / "result.seg.nrrd"))
    assert storage.WriteData(node)
    again = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "again")
    assert storage.ReadData(again)
    assert [segment_status(again, f"Lesion_{n}").value for n in (1, 2, 3)] == ["accepted", "open", "rejected"]
