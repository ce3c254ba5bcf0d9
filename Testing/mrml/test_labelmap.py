"""Segments read as they are stored against Slicer's own export of the same segments."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")
import slicer
from vtkmodules.util.numpy_support import numpy_to_vtk

from sgnet.lesions.lesion import Lesion
from sgnet.mrml import labelmap
from sgnet.mrml.labelmap import labels_from_node, labels_in_steps
from sgnet.mrml.segmentation import create_segmentation_node, lesion_segment_ids

SHAPE = (24, 30, 16)


def lesion(number):
    return Lesion(number, 0.1, 5.0, 4.0, 6.0, (0.0, 0.0, 0.0), 0.8, 0.9)


@pytest.fixture
def t1ce(add_volume, affine):
    return add_volume(np.zeros(SHAPE, np.int16), affine)


@pytest.fixture
def node(scene, t1ce, lesion_labels):
    return create_segmentation_node(scene, lesion_labels, [lesion(n) for n in (1, 2, 3)], t1ce)


@pytest.fixture
def slicers_own(monkeypatch):
    """Slicer's export, which must not be what the fast way calls."""
    original = labelmap._resampled
    monkeypatch.setattr(labelmap, "_resampled", lambda *_: pytest.fail("resampled"))
    return original


def paint(node, one, mask, t1ce):
    """Set a segment in a layer of its own, cropped to the mask, as the Segment Editor does."""
    found = np.argwhere(mask)
    low, high = found.min(axis=0), found.max(axis=0)
    image = slicer.vtkOrientedImageData()
    image.SetExtent(*np.column_stack([low, high]).ravel().tolist())
    crop = mask[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))].astype(np.uint8)
    image.GetPointData().SetScalars(numpy_to_vtk(crop.ravel(order="F"), deep=True))
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    t1ce.GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    segment = node.GetSegmentation().GetSegment(one)
    segment.AddRepresentation("Binary labelmap", image)
    segment.SetLabelValue(1)


@pytest.mark.parametrize("wanted", [(0, 1, 2), (2, 0), (1,)])
def test_equals_slicers_own_export(scene, t1ce, node, slicers_own, wanted):
    ids = [lesion_segment_ids(node)[n] for n in wanted]
    found = labels_from_node(scene, node, t1ce, ids)
    np.testing.assert_array_equal(found, slicers_own(scene, node, t1ce, ids))
    assert found.max() == len(wanted)


def test_of_overlapping_segments_the_later_one_wins(scene, t1ce, node, lesion_labels, slicers_own):
    mask = np.zeros(SHAPE, bool)
    mask[5:12, 5:9, 3:9] = True
    paint(node, "Lesion_2", mask, t1ce)
    ids = lesion_segment_ids(node)
    expected = lesion_labels.copy()
    expected[expected == 2] = 0
    expected[mask] = 2
    np.testing.assert_array_equal(labels_from_node(scene, node, t1ce, ids), expected)
    np.testing.assert_array_equal(slicers_own(scene, node, t1ce, ids), expected)
    expected[lesion_labels == 1] = 1
    swapped = labels_from_node(scene, node, t1ce, [ids[1], ids[0], ids[2]])
    np.testing.assert_array_equal(np.array([0, 2, 1, 3])[swapped], expected)


def test_what_lies_beside_the_t1ce_is_left_out(scene, add_volume, affine, slicers_own, lesion_labels):
    large = add_volume(np.zeros(SHAPE, np.int16), affine, "large")
    node = create_segmentation_node(scene, lesion_labels, [lesion(n) for n in (1, 2, 3)], large)
    moved = affine.copy()
    moved[:3, 3] = affine[:3] @ [5, 6, 3, 1]
    small = add_volume(np.zeros((6, 7, 5), np.int16), moved, "small")
    found = labels_from_node(scene, node, small, lesion_segment_ids(node))
    np.testing.assert_array_equal(found, lesion_labels[5:11, 6:13, 3:8])


def test_other_voxels_than_the_t1ces_are_resampled(scene, add_volume, affine, node):
    coarse = add_volume(np.zeros((12, 15, 8), np.int16), affine @ np.diag([2.0, 2.0, 2.0, 1.0]), "coarse")
    ids = lesion_segment_ids(node)
    found = labels_from_node(scene, node, coarse, ids)
    np.testing.assert_array_equal(found, labelmap._resampled(scene, node, coarse, ids))
    assert found.any()


def test_an_empty_segment_is_no_error(scene, t1ce, node):
    node.GetSegmentation().AddEmptySegment("New")
    found = labels_from_node(scene, node, t1ce, ["New", "Lesion_1"])
    assert np.unique(found).tolist() == [0, 2]


def test_large_volumes_are_read_in_many_steps(scene, t1ce, node, lesion_labels, monkeypatch):
    monkeypatch.setattr(labelmap, "_PIECE_VOXELS", 2 * SHAPE[0] * SHAPE[1])
    steps = labels_in_steps(scene, node, t1ce, lesion_segment_ids(node))
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            np.testing.assert_array_equal(end.value, lesion_labels)
            break
        count += 1
    assert count >= 3
