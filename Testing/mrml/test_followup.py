"""Two segmentations of a moved head, through the real command, into nodes that a saved scene brings back."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

import slicer

from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.lesions.followup_record import FollowUp, ScanInfo
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.track import LesionSize, Track
from sgnet.mrml.child_events import Result
from sgnet.mrml.child_run import run_blocking
from sgnet.mrml.followup_job import FollowUpJob, SegmentedScan, reference_t1ce, scans_to_compare
from sgnet.mrml.followup_nodes import (
    CHART,
    SUM_CHART,
    TRANSFORM,
    create_followup,
    followup_in_steps,
    followup_of,
    followups_of,
    is_overlaid,
    overlay,
    remove_followup,
)
from sgnet.mrml.review_status import ReviewStatus, set_segment_status
from sgnet.mrml.segmentation import create_segmentation_node
from sgnet.mrml.steps import finish
from sgnet.mrml.volumes import world_affine

SETTINGS = FollowUpSettings()
MOVED = np.eye(4)
MOVED[:3, :3] = Rotation.from_euler("xyz", (5, -6, 9), degrees=True).as_matrix()
MOVED[:3, 3] = (12.0, 8.0, -20.0)  # current RAS -> previous RAS


def segmented(scene, t1ce, shape, boxes):
    """A segmentation with one box a lesion: (first voxel, edge in voxels)."""
    labels = np.zeros(shape, np.uint8)
    for number, ((i, j, k), edge) in enumerate(boxes, start=1):
        labels[i : i + edge, j : j + edge, k : k + edge] = number
    lesions = [Lesion(n, 0.1, 5.0, 4.0, 6.0, (0.0, 0.0, 0.0), 0.8, 0.9) for n in range(1, len(boxes) + 1)]
    return create_segmentation_node(scene, labels, lesions, t1ce, name=f"{t1ce.GetName()} metastases")


@pytest.fixture
def scans(scene, head, add_volume):
    """The same head twice, the earlier time elsewhere in the scanner; lesions 1 grown, 2 gone, 3 stable, 4 new."""
    t1ce = head().t1ce
    now = add_volume(t1ce.array, t1ce.grid.affine_ijk_to_ras, "June")
    before = add_volume(t1ce.array, MOVED @ t1ce.grid.affine_ijk_to_ras, "January")
    shape = t1ce.grid.shape
    january, june = [((16, 30, 24), 5), ((30, 20, 20), 3), ((30, 40, 20), 4)], [((15, 29, 23), 8), ((30, 40, 20), 4)]
    june.append(((20, 15, 30), 3))
    return [
        SegmentedScan(segmented(scene, t1ce, shape, boxes), t1ce) for t1ce, boxes in ((before, january), (now, june))
    ]


def size(ml, longest, number=1):
    return LesionSize(number, ml, longest, longest, 5, (0.0, 0.0, 0.0), str(number))


@pytest.fixture
def record():
    """A record as the job gives it: grown, new, gone."""
    tracks = (
        Track(1, ((size(1.0, 12.0),), (size(2.0, 15.0),)), (1.0, 2.0, 3.0)),
        Track(2, ((), (size(0.2, 6.0, 2),)), (4.0, 5.0, 6.0)),
        Track(3, ((size(0.5, 11.0, 2),), ()), (7.0, 8.0, 9.0)),
    )
    infos = ScanInfo("January", 1.0, tuple(MOVED.ravel().tolist()), 22.0, 0.9), ScanInfo("June", 1.0)
    return FollowUp(infos, tracks, SETTINGS, ("a note",))


def column(table, name):
    values = table.GetTable().GetColumnByName(name)
    return [values.GetValue(row) for row in range(values.GetNumberOfValues())]


def test_the_whole_way_through_the_child(scene, scans, tmp_path, put_under_transform):
    set_segment_status(scans[1].segmentation, "Lesion_2", ReviewStatus.REJECTED)
    # A transform that both nodes stand under moves both, and is found as part of the motion.
    shift = np.eye(4)
    shift[:3, 3] = (5.0, 0.0, 0.0)
    transform = put_under_transform(scans[0].t1ce, shift)
    scans[0].segmentation.SetAndObserveTransformNodeID(transform.GetID())
    with FollowUpJob(scene, scans, SETTINGS, tmp_path) as job:
        followup = run_blocking(job, [sys.executable], Progress())
    assert list(tmp_path.iterdir()) == []
    facts = [(track.name, track.change(SETTINGS).value) for track in followup.tracks]
    # The third of January has no partner, because its own was rejected.
    assert facts == [("1", "grown"), ("3", "new"), ("was 2", "gone"), ("was 3", "gone")]
    assert [scan.name for scan in followup.scans] == ["January", "June"]
    found = np.array(followup.scans[0].from_current).reshape(4, 4)
    np.testing.assert_allclose(found[:3, :3], MOVED[:3, :3], atol=0.02)
    centre = world_affine(scans[1].t1ce) @ [31.0, 21.0, 21.0, 1.0]
    np.testing.assert_allclose(followup.tracks[2].place_ras_mm, centre[:3], atol=1.5)
    assert followup.tracks[0].volume_ml() == pytest.approx(8**3 * 8 / 1000)


def test_segments_keep_the_names_that_people_gave_them(scene, scans, tmp_path):
    scans[1].segmentation.GetSegmentation().GetSegment("Lesion_2").SetName("cerebellum")
    with FollowUpJob(scene, scans, SETTINGS, tmp_path) as job:
        sizes = tuple((size(1.0, 9.0, 3),) for _ in range(2)), tuple((size(1.0, 9.0, 2),) for _ in range(2))
        tracks = tuple(Track(n, one, (0.0, 0.0, 0.0)) for n, one in enumerate(sizes, start=1))
        values = FollowUp((ScanInfo("a", 1.0), ScanInfo("b", 1.0)), tracks, SETTINGS).to_dict()
        followup = finish(job.collect(Result(tmp_path, values=values)))
    assert [track.name for track in followup.tracks] == ["3", "cerebellum"]


@pytest.mark.parametrize("damage", [{"scans": []}, {"lesions": None}, {"settings": {"nonsense": 1}}])
def test_a_damaged_result_is_refused(scene, scans, record, tmp_path, damage):
    with FollowUpJob(scene, scans, SETTINGS, tmp_path) as job, pytest.raises(InputError):
        finish(job.collect(Result(tmp_path, values=record.to_dict() | damage)))


def test_what_cannot_be_compared_is_refused(scene, scans):
    january, june = scans
    for given, sentence in (
        ((None, january.segmentation), "choose a previous segmentation, and the current one"),
        ((june.segmentation, None), "choose a previous segmentation"),
        ((june.segmentation, june.segmentation, january.t1ce), "is the current one"),
        ((june.segmentation, january.segmentation, june.t1ce), "of the same T1ce"),
    ):
        with pytest.raises(InputError, match=sentence):
            scans_to_compare(*given)
    assert scans_to_compare(june.segmentation, january.segmentation) == scans
    scene.RemoveNode(january.t1ce)
    with pytest.raises(InputError, match='choose the T1ce that "January metastases'):
        scans_to_compare(june.segmentation, january.segmentation)


def test_without_any_lesion_that_counts_there_is_nothing_to_compare(scene, scans, tmp_path):
    for scan in scans:
        for number in (1, 2, 3):
            set_segment_status(scan.segmentation, f"Lesion_{number}", ReviewStatus.REJECTED)
    with pytest.raises(InputError, match="nothing to compare"):
        FollowUpJob(scene, scans, SETTINGS, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_t1ce_is_known_from_the_reference_geometry(scans):
    assert reference_t1ce(scans[0].segmentation) is scans[0].t1ce


def test_table_and_charts_hold_what_was_measured(scene, scans, record):
    table = create_followup(scene, record, scans)
    assert table.GetName().startswith("June follow-up")
    assert column(table, "Lesion") == ["1", "2", "was 2"]
    assert column(table, "Change") == ["grown", "new", "gone"]
    assert column(table, "RANO-BM") == ["SD", "New", "CR"]
    assert column(table, "Target") == ["yes", "no", "yes"]
    assert column(table, "Volume before (ml)") == [1.0, 0.0, 0.5]
    assert column(table, "Volume now (ml)") == [2.0, 0.2, 0.0]
    assert np.array_equal(column(table, "Volume change (%)"), [100.0, np.nan, -100.0], equal_nan=True)
    assert column(table, "Diameter now (mm)") == [15.0, 6.0, 0.0]
    assert column(table, "S (mm)") == [3.0, 6.0, 9.0]
    chart, sums = (table.GetNodeReference(role) for role in (CHART, SUM_CHART))
    assert chart.GetTitle() == "Lesion volumes. Images alone: PD"
    series = [chart.GetNthPlotSeriesNode(number) for number in range(2)]
    assert [one.GetYColumnName() for one in series] == ["Volume before (ml)", "Volume now (ml)"]
    assert all(one.GetTableNode() is table and one.GetLabelColumnName() == "Lesion" for one in series)
    sum_table = sums.GetNthPlotSeriesNode(0).GetTableNode()
    assert column(sum_table, "Sum of target diameters (mm)") == [23.0, 15.0]
    assert column(sum_table, "Scan") == ["1 January", "2 June"]


def test_record_is_kept_and_found_by_the_current_segmentation(scene, scans, record):
    table = create_followup(scene, record, scans)
    assert followup_of(table) == record
    assert followups_of(scene, scans[1].segmentation) == [table]
    assert followups_of(scene, scans[0].segmentation) == []


def test_comparing_again_replaces_and_removing_leaves_nothing(scene, scans, record, ids_of):
    before = ids_of(scene)
    create_followup(scene, record, scans)
    count = len(ids_of(scene))
    table = create_followup(scene, record, scans)
    assert len(ids_of(scene)) == count
    overlay(table, True)
    remove_followup(scene, table)
    assert ids_of(scene) == before
    assert scans[0].t1ce.GetTransformNodeID() is None


def test_a_scan_removed_meanwhile_is_told_and_nothing_is_added(scene, scans, record, ids_of):
    scene.RemoveNode(scans[0].t1ce)
    before = ids_of(scene)
    with pytest.raises(InputError, match="was removed from the scene"):
        finish(followup_in_steps(scene, record, scans))
    assert ids_of(scene) == before


def test_overlay_lays_the_previous_scan_on_the_current_one_and_puts_it_back(scene, scans, record):
    table = create_followup(scene, record, scans)
    own = world_affine(scans[0].t1ce)
    assert not is_overlaid(table)
    assert overlay(table, True) and is_overlaid(table)
    # The same voxels were drawn as one head in two places.
    np.testing.assert_allclose(world_affine(scans[0].t1ce), world_affine(scans[1].t1ce), atol=1e-6)
    assert scans[0].segmentation.GetTransformNodeID() == table.GetNodeReference(TRANSFORM).GetID()
    assert not overlay(table, False) and not is_overlaid(table)
    np.testing.assert_array_equal(world_affine(scans[0].t1ce), own)


def test_overlay_leaves_a_scan_alone_that_stands_under_another_transform(scene, scans, record, put_under_transform):
    table = create_followup(scene, record, scans)
    other = put_under_transform(scans[0].t1ce, np.eye(4))
    assert not overlay(table, True)
    assert scans[0].t1ce.GetTransformNodeID() == other.GetID()
    assert scans[0].segmentation.GetTransformNodeID() is None


def test_a_saved_scene_brings_everything_back(scans, record, scene, tmp_path):
    table = create_followup(scene, record, scans)
    overlay(table, True)
    identifier = table.GetID()
    path = str(tmp_path / "scene.mrml")
    scene.SetURL(path)
    assert scene.Commit(path)
    loaded = slicer.vtkMRMLScene()
    for name in ("vtkMRMLTableNode", "vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLSegmentationNode"):
        loaded.RegisterNodeClass(getattr(slicer, name)())
    loaded.SetURL(path)
    loaded.Import()
    again = loaded.GetNodeByID(identifier)
    assert followup_of(again) == record
    assert again.GetNodeReference(CHART).GetNumberOfPlotSeriesNodes() == 2
    assert again.GetNodeReference("SGNet.Current").GetName() == scans[1].segmentation.GetName()
    assert followups_of(loaded, again.GetNodeReference("SGNet.Current")) == [again]
    assert is_overlaid(again)
