"""Thresholds, statuses and edits on a real segmentation node."""

from functools import partial

import numpy as np
import pytest

from sgnet.config import LesionSettings
from sgnet.lesions.confidence import Confidence
from sgnet.lesions.find import find_lesions
from sgnet.lesions.tightening import Tightening

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from vtkmodules.util.numpy_support import numpy_to_vtk  # noqa: E402
from vtkmodules.vtkCommonCore import vtkStringArray  # noqa: E402
from vtkmodules.vtkCommonDataModel import vtkImageData  # noqa: E402
from vtkmodules.vtkCommonMath import vtkMatrix4x4  # noqa: E402

from sgnet.mrml.labelmap import labels_from_node  # noqa: E402
from sgnet.mrml.probability_nodes import map_nodes, stored_map  # noqa: E402
from sgnet.mrml.review_status import ReviewStatus, kept_segment_ids  # noqa: E402
from sgnet.mrml.segmentation import OEDEMA_ID, lesion_segment_ids, lesions_of  # noqa: E402
from sgnet.mrml.steps import finish  # noqa: E402
from sgnet.mrml.volumes import create_volume_node  # noqa: E402

# Most of these tests are of the threshold or the size alone.
any_peak = partial(LesionSettings, min_confidence=0)
SMALL = 8.0


def labels_now(scene, node, t1ce, ids=None):
    return labels_from_node(scene, node, t1ce, lesion_segment_ids(node) if ids is None else ids)


def paint(scene, node, t1ce, one, box):
    """Set voxels of a segment as the Segment Editor does: through Slicer's own call."""
    mask = (labels_from_node(scene, node, t1ce, [one]) > 0).astype(np.uint8)
    mask[box] = 1
    write(scene, node, t1ce, one, mask)


def write(scene, node, t1ce, one, mask):
    volume = create_volume_node(scene, mask.astype(np.uint8), t1ce, "drawn", "vtkMRMLLabelMapVolumeNode")
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    image, matrix = slicer.vtkOrientedImageData(), vtkMatrix4x4()
    image.DeepCopy(volume.GetImageData())
    volume.GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    scene.RemoveNode(volume)
    assert logic.SetBinaryLabelmapToSegment(image, node, one, logic.MODE_REPLACE)


def test_table_lists_what_is_uncertain_first(node, review_of):
    rows = review_of(node).rows()
    assert [(row.name, row.why) for row in rows[:2]] == [("?", "too small"), ("?", "below threshold")]
    lesions = [row for row in rows if row.status is not None]
    assert [row.name for row in lesions] == ["3", "2", "1"]
    sure = [row.lesion.confidence for row in lesions]
    assert sure == sorted(sure)
    assert not any(row.edited for row in rows)


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.35, 0.39, 0.41, 0.62, 0.8, 0.93])
@pytest.mark.parametrize(("smallest", "peak"), [(0.0, 0), (60.0, 0), (0.0, 0.65)])
def test_segments_are_those_of_a_run_at_the_new_settings(
    scene, node, t1ce, core, grid, threshold, smallest, peak, review_of
):
    review = review_of(node)
    settings = LesionSettings(threshold=threshold, min_volume_mm3=smallest, min_confidence=peak)
    finish(review.rethreshold(settings))
    finish(review.measure_oedema())
    whole = np.minimum(core * 2, 1).astype(np.float32)
    expected, _, lesions = find_lesions(core, whole, grid, settings)
    found = labels_now(scene, node, t1ce)
    np.testing.assert_array_equal(found > 0, expected > 0)
    pairs = set(zip(found[expected > 0].tolist(), expected[expected > 0].tolist(), strict=True))
    assert len(pairs) == len(lesions) == len(lesion_segment_ids(node))
    rows = sorted((row for row in review.rows() if row.status), key=lambda row: -row.lesion.volume_ml)
    for name in ("volume_ml", "longest_diameter_mm", "oedema_ml"):
        assert sorted(getattr(row.lesion, name) for row in rows) == pytest.approx(
            sorted(getattr(lesion, name) for lesion in lesions)
        ), name


def test_there_and_back_again_leaves_everything_as_it_was(scene, make, t1ce, review_of):
    node = make(oedema=True)
    review = review_of(node)
    before, oedema = labels_now(scene, node, t1ce), labels_now(scene, node, t1ce, [OEDEMA_ID])
    rows = review.rows()
    for threshold in (0.9, 0.1, 0.99, 0.5):
        settings = any_peak(threshold=threshold, min_volume_mm3=SMALL)
        finish(review.rethreshold(settings))
        finish(review.measure_oedema())
    ids = sorted(lesion_segment_ids(node))
    assert ids == ["Lesion_1", "Lesion_2", "Lesion_3"]
    np.testing.assert_array_equal(labels_now(scene, node, t1ce, ids), before)
    np.testing.assert_array_equal(labels_now(scene, node, t1ce, [OEDEMA_ID]), oedema)
    again = review.rows()
    assert [(row.name, row.why) for row in again] == [(row.name, row.why) for row in rows]
    for one, other in zip(again, rows, strict=True):
        assert one.lesion.volume_ml == pytest.approx(other.lesion.volume_ml)


def test_what_is_not_sure_enough_is_listed_and_comes_back_with_its_number(node, review_of):
    review = review_of(node)
    finish(review.rethreshold(LesionSettings(threshold=0.5, min_volume_mm3=SMALL, min_confidence=0.8)))
    assert sorted(lesion_segment_ids(node)) == ["Lesion_1", "Lesion_2"]
    assert [row.why for row in review.rows()].count("too unsure") == 1
    finish(review.rethreshold(any_peak(threshold=0.5, min_volume_mm3=SMALL)))
    assert sorted(lesion_segment_ids(node)) == ["Lesion_1", "Lesion_2", "Lesion_3"]


@pytest.mark.parametrize("threshold", [0.2, 0.39, 0.62])
def test_a_result_keeps_the_tightening_of_its_model(scene, make, t1ce, core, grid, threshold, review_of):
    tightening = Tightening(0.2, 0.3)
    node = make(tightening=tightening)
    assert stored_map(node).tightening == tightening
    review = review_of(node)
    settings = any_peak(threshold=threshold, min_volume_mm3=SMALL)
    finish(review.rethreshold(settings))
    expected = find_lesions(core, core, grid, settings, tightening=tightening)[0]
    np.testing.assert_array_equal(labels_now(scene, node, t1ce) > 0, expected > 0)
    assert (expected > 0).sum() < (find_lesions(core, core, grid, settings)[0] > 0).sum()


def test_a_result_keeps_the_confidence_of_its_model(make, review_of):
    weights = Confidence(-0.4, 1.2, 0.6, 1.5)
    node = make(confidence=weights)
    review = review_of(node)
    assert stored_map(node).confidence == weights
    said = {row.name: row.lesion.confidence for row in review.rows() if row.status}
    assert len(said) > 1 and {one.number: one.confidence for one in lesions_of(node)} == {
        int(name): value for name, value in said.items()
    }
    sure = max(said.values())
    finish(review.rethreshold(LesionSettings(0.5, SMALL, min_confidence=round(sure - 0.0001, 4))))
    assert [row.lesion.confidence for row in review.rows() if row.status] == [sure]


def test_a_lesion_keeps_its_number_and_a_new_one_gets_a_new_number(node, review_of):
    review = review_of(node)
    finish(review.rethreshold(any_peak(threshold=0.62, min_volume_mm3=SMALL)))
    assert lesion_segment_ids(node) == ["Lesion_1", "Lesion_2"]
    assert [row.name for row in review.rows() if row.why == "below threshold"] == ["?", "?"]
    finish(review.rethreshold(any_peak(threshold=0.3, min_volume_mm3=SMALL)))
    assert sorted(lesion_segment_ids(node)) == ["Lesion_1", "Lesion_2", "Lesion_3", "Lesion_4"]


def test_reviewed_and_edited_lesions_are_not_touched_by_the_slider(scene, node, t1ce, review_of):
    review = review_of(node)
    review.set_status("Lesion_1", ReviewStatus.ACCEPTED)
    review.set_status("Lesion_2", ReviewStatus.REJECTED)
    paint(scene, node, t1ce, "Lesion_3", np.s_[9:12, 26:29, 15:18])
    finish(review.segments_changed(["Lesion_3"]))
    before = labels_now(scene, node, t1ce, ["Lesion_1", "Lesion_2", "Lesion_3"])
    for threshold in (0.99, 0.05):
        finish(review.rethreshold(any_peak(threshold=threshold, min_volume_mm3=SMALL)))
        now = labels_now(scene, node, t1ce, ["Lesion_1", "Lesion_2", "Lesion_3"])
        np.testing.assert_array_equal(now, before)
    # At 0.05 the faint one has joined, beside what was protected.
    assert len(lesion_segment_ids(node)) > 3


def test_rejected_lesions_stay_in_the_table_and_out_of_what_counts(node, review_of):
    review = review_of(node)
    review.set_status("Lesion_2", ReviewStatus.REJECTED)
    assert {row.key: row.status for row in review.rows()}["Lesion_2"] is ReviewStatus.REJECTED
    assert kept_segment_ids(node) == ["Lesion_1", "Lesion_3"]


def test_accepting_what_was_listed_for_review_makes_it_a_segment(scene, node, t1ce, core, review_of):
    review = review_of(node)
    row = next(row for row in review.rows() if row.why == "below threshold")
    one = review.set_status(row.key, ReviewStatus.ACCEPTED)
    assert one == "Lesion_4"
    drawn = labels_now(scene, node, t1ce, [one]) > 0
    faint = np.zeros(core.shape, bool)
    faint[20:, 20:, :18] = True
    np.testing.assert_array_equal(drawn, faint & (core >= 0.2))
    assert [row.name for row in review.rows() if row.why == "below threshold"] == []
    assert node.GetSegmentation().GetSegment(one).GetName() == "Lesion 4"
    finish(review.rethreshold(any_peak(threshold=0.5, min_volume_mm3=SMALL)))
    np.testing.assert_array_equal(labels_now(scene, node, t1ce, [one]) > 0, drawn)


def test_an_edited_segment_is_measured_anew_and_the_others_are_not(scene, node, t1ce, grid, review_of):
    review = review_of(node)
    before = {row.key: row.lesion for row in review.rows()}
    paint(scene, node, t1ce, "Lesion_3", np.s_[9:12, 26:29, 15:18])
    finish(review.segments_changed(["Lesion_3"]))
    after = {row.key: row for row in review.rows()}
    assert after["Lesion_3"].edited and not after["Lesion_1"].edited
    voxels = np.count_nonzero(labels_now(scene, node, t1ce, ["Lesion_3"]))
    assert after["Lesion_3"].lesion.volume_ml == pytest.approx(voxels * grid.voxel_volume_mm3 / 1000)
    assert after["Lesion_3"].lesion.longest_diameter_mm > before["Lesion_3"].longest_diameter_mm
    assert after["Lesion_1"].lesion == before["Lesion_1"]


def test_a_drawn_lesion_joins_the_table_and_a_removed_one_leaves_it(scene, node, t1ce, core, review_of):
    review = review_of(node)
    node.GetSegmentation().AddEmptySegment("drawn", "my own")
    mask = np.zeros(core.shape, np.uint8)
    mask[30:33, 30:33, 20:22] = 1
    write(scene, node, t1ce, "drawn", mask)
    node.GetSegmentation().RemoveSegment("Lesion_1")
    finish(review.segments_changed(["drawn", "Lesion_1"]))
    rows = {row.key: row for row in review.rows()}
    assert "Lesion_1" not in rows
    assert rows["drawn"].name == "my own" and rows["drawn"].edited
    assert rows["drawn"].lesion.mean_probability == 0.0
    # What was removed is not brought back by the slider, but not forgotten either.
    finish(review.rethreshold(any_peak(threshold=0.45, min_volume_mm3=SMALL)))
    assert "Lesion_1" not in lesion_segment_ids(node)
    row = next(row for row in review.rows() if row.why == "removed")
    assert review.set_status(row.key, ReviewStatus.ACCEPTED) == "Lesion_1"


def test_everything_is_there_again_after_saving_and_loading(scene, node, t1ce, tmp_path, review_of):
    review = review_of(node)
    finish(review.rethreshold(any_peak(threshold=0.42, min_volume_mm3=SMALL)))
    review.set_status("Lesion_2", ReviewStatus.REJECTED)
    paint(scene, node, t1ce, "Lesion_3", np.s_[9:12, 26:29, 15:18])
    finish(review.segments_changed(["Lesion_3"]))
    finish(review.measure_oedema())
    before, drawn = review.rows(), labels_now(scene, node, t1ce)
    name = node.GetName()
    scene.SetRootDirectory(str(tmp_path))
    for index in range(scene.GetNumberOfNodes()):
        one = scene.GetNthNode(index)
        if one.IsA("vtkMRMLStorableNode") and one.GetSaveWithScene() and one.IsA("vtkMRMLDisplayableNode"):
            one.AddDefaultStorageNode()
    storables = [scene.GetNthNode(i) for i in range(scene.GetNumberOfNodes())]
    for one in storables:
        if one.IsA("vtkMRMLVolumeNode") or one.IsA("vtkMRMLSegmentationNode"):
            one.AddDefaultStorageNode()
            ending = ".seg.nrrd" if one.IsA("vtkMRMLSegmentationNode") else ".nrrd"
            storage = one.GetStorageNode()
            storage.SetFileName(str(tmp_path / f"{one.GetID()}{ending}"))
            assert storage.WriteData(one)
    scene.SetURL(str(tmp_path / "scene.mrml"))
    assert scene.Commit(str(tmp_path / "scene.mrml"))
    scene.Clear(0)
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Connect()
    node = scene.GetFirstNodeByName(name)
    t1ce = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
    assert all(volume.GetHideFromEditors() for volume in map_nodes(node))
    review = review_of(node)
    np.testing.assert_array_equal(labels_now(scene, node, t1ce), drawn)
    assert [(row.key, row.status, row.edited) for row in review.rows()] == [
        (row.key, row.status, row.edited) for row in before
    ]
    for one, other in zip(review.rows(), before, strict=True):
        assert one.lesion.volume_ml == pytest.approx(other.lesion.volume_ml)
        assert one.lesion.oedema_ml == pytest.approx(other.lesion.oedema_ml)
    assert review.settings.threshold == 0.42
    finish(review.rethreshold(any_peak(threshold=0.3, min_volume_mm3=SMALL)))
    assert len(lesion_segment_ids(node)) == 4


def test_another_run_takes_over_what_was_reviewed_or_edited(scene, make, t1ce, review_of):
    first = make()
    old = review_of(first)
    old.set_status("Lesion_2", ReviewStatus.REJECTED)
    paint(scene, first, t1ce, "Lesion_3", np.s_[9:12, 26:29, 15:18])
    finish(old.segments_changed(["Lesion_3"]))
    edited = labels_now(scene, first, t1ce, ["Lesion_3"])
    before = labels_now(scene, first, t1ce)
    second = make(any_peak(threshold=0.35, min_volume_mm3=SMALL))
    new = review_of(second)
    added = finish(new.take_over(old))
    np.testing.assert_array_equal(labels_now(scene, first, t1ce), before)
    rows = {row.key: row for row in new.rows()}
    assert [rows[one].status for one in added] == [ReviewStatus.REJECTED, ReviewStatus.OPEN]
    assert rows[added[1]].edited
    np.testing.assert_array_equal(labels_now(scene, second, t1ce, added[1:]), edited)
    # The two others of the new run are left: the largest and the faint one.
    assert len(rows) - sum(row.status is None for row in rows.values()) == 4


def test_segments_share_one_image_whatever_the_slider_does(node, review_of):
    review = review_of(node)
    for threshold in (0.3, 0.7, 0.1, 0.5):
        finish(review.rethreshold(any_peak(threshold=threshold, min_volume_mm3=0)))
    assert node.GetSegmentation().GetNumberOfLayers() == 1


def test_surfaces_follow(node, review_of):
    review = review_of(node)
    points = node.GetClosedSurfaceInternalRepresentation("Lesion_1").GetNumberOfPoints()
    finish(review.rethreshold(any_peak(threshold=0.2, min_volume_mm3=SMALL)))
    assert node.GetClosedSurfaceInternalRepresentation("Lesion_1").GetNumberOfPoints() > points
    assert node.GetClosedSurfaceInternalRepresentation("Lesion_4").GetNumberOfPoints() > 20


def test_a_segmentation_without_probabilities_is_shown_as_it_is(scene, t1ce, review_of):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "drawn by hand")
    node.CreateDefaultDisplayNodes()
    node.GetSegmentation().AddEmptySegment("one")
    review = review_of(node)
    assert not review.can_rethreshold and review.rows() == []
    finish(review.rethreshold(any_peak()))


def test_segments_on_another_lattice_are_measured_too(scene, node, t1ce, review_of):
    review = review_of(node)
    fine = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "fine")
    mask = np.zeros((80, 72, 48), np.uint8)
    mask[60:68, 60:68, 40:46] = 1
    image = vtkImageData()
    image.SetDimensions(mask.shape)
    image.GetPointData().SetScalars(numpy_to_vtk(mask.ravel(order="F"), deep=True))
    matrix = vtkMatrix4x4()
    t1ce.GetIJKToRASMatrix(matrix)
    half = vtkMatrix4x4()
    for n in range(3):
        half.SetElement(n, n, 0.5)
        half.SetElement(n, 3, -0.25)
    vtkMatrix4x4.Multiply4x4(matrix, half, matrix)
    fine.SetIJKToRASMatrix(matrix)
    fine.SetAndObserveImageData(image)
    node.GetSegmentation().AddEmptySegment("fine")
    ids = vtkStringArray()
    ids.InsertNextValue("fine")
    assert slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(fine, node, ids)
    finish(review.segments_changed(["fine"]))
    row = next(row for row in review.rows() if row.key == "fine")
    assert row.lesion.volume_ml == pytest.approx(4 * 4 * 3 * stored_map(node).grid.voxel_volume_mm3 / 1000)
