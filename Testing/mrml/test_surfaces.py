"""Surfaces made one segment at a time are those that Slicer makes of all at once."""

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from vtkmodules.util.numpy_support import vtk_to_numpy

from sgnet.lesions.lesion import Lesion
from sgnet.mrml.segmentation import create_segmentation_node
from sgnet.mrml.steps import finish
from sgnet.mrml.surfaces import create_surfaces

SURFACE = "Closed surface"


@pytest.fixture
def t1ce(add_volume, affine):
    return add_volume(np.zeros((24, 30, 16), np.float32), affine)


def make(scene, labels, t1ce):
    lesions = [Lesion(n, 1.0, 9.0, 9.0, 9.0, (0.0, 0.0, 0.0), 0.9, 1.0) for n in range(1, int(labels.max()) + 1)]
    return create_segmentation_node(scene, labels, lesions, t1ce, whole=labels > -1)


def surface(node, one):
    return node.GetSegmentation().GetSegment(one).GetRepresentation(SURFACE)


def points(poly):
    return np.array(sorted(map(tuple, np.round(vtk_to_numpy(poly.GetPoints().GetData()), 3))))


def test_surfaces_equal_those_of_slicer_s_own_conversion(scene, t1ce, lesion_labels):
    ours, slicers = make(scene, lesion_labels, t1ce), make(scene, lesion_labels, t1ce)
    finish(create_surfaces(ours))
    slicers.CreateClosedSurfaceRepresentation()
    # The oedema fills the volume to its last voxel, the third lesion is one voxel in a corner.
    for one in ("Lesion_1", "Lesion_2", "Lesion_3", "Oedema"):
        assert surface(ours, one).GetNumberOfCells() == surface(slicers, one).GetNumberOfCells() > 0
        np.testing.assert_allclose(points(surface(ours, one)), points(surface(slicers, one)), atol=2e-3)
    assert ours.GetSegmentation().ContainsRepresentation(SURFACE)


def test_a_step_is_one_segment_and_what_goes_or_has_a_surface_is_passed_over(scene, t1ce, lesion_labels):
    node = make(scene, lesion_labels, t1ce)
    steps = create_surfaces(node)
    next(steps)
    made = surface(node, "Lesion_1")
    assert made is not None and surface(node, "Lesion_2") is None
    node.GetSegmentation().RemoveSegment("Lesion_2")
    finish(steps)
    assert surface(node, "Lesion_3") is not None and surface(node, "Oedema") is not None
    assert len(list(create_surfaces(node))) == 0 and surface(node, "Lesion_1") is made


def test_an_empty_segment_gets_an_empty_surface(scene, t1ce, lesion_labels):
    node = make(scene, lesion_labels, t1ce)
    node.GetSegmentation().AddEmptySegment("empty")
    finish(create_surfaces(node))
    assert surface(node, "empty").GetNumberOfCells() == 0
