"""A real MRML scene without the application, from ``slicer-core``."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

SHAPE = (24, 30, 16)
NEEDS_SLICER = "slicer-core is not installed: pip install 'trame-slicer[standalone]'"


@pytest.fixture(scope="session")
def application():
    if importlib.util.find_spec("trame_slicer") is None:
        pytest.skip(NEEDS_SLICER)
    from trame_slicer.core import SlicerApp

    return SlicerApp()


@pytest.fixture
def scene(application):
    """A scene as a user finds it; what a test adds is removed afterwards."""
    before = node_ids(application.scene)
    yield application.scene
    for node_id in node_ids(application.scene) - before:
        if (node := application.scene.GetNodeByID(node_id)) is not None:
            application.scene.RemoveNode(node)


def node_ids(scene) -> set[str]:
    return {scene.GetNthNode(i).GetID() for i in range(scene.GetNumberOfNodes())}


@pytest.fixture
def ids_of():
    return node_ids


@pytest.fixture
def add_volume(scene):
    """A function that adds a volume node made of a NumPy array (I, J, K) and an affine."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    def add(array, affine, name="T1ce"):
        image = vtkImageData()
        image.SetDimensions(array.shape[:3])
        flat = array.ravel(order="F") if array.ndim == 3 else array.reshape(-1, array.shape[3], order="F")
        image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(flat), deep=True))
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        node.SetAndObserveImageData(image)
        node.SetIJKToRASMatrix(vtk_matrix(affine))
        node.CreateDefaultDisplayNodes()
        return node

    return add


@pytest.fixture
def put_under_transform(scene):
    """A function that puts a node under a new linear transform with the given matrix."""

    def put(node, matrix):
        transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
        transform.SetMatrixTransformToParent(vtk_matrix(matrix))
        node.SetAndObserveTransformNodeID(transform.GetID())
        return transform

    return put


def vtk_matrix(values):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, float(values[row][column]))
    return matrix


def _affine(direction, spacing, origin):
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(direction, float) * spacing
    affine[:3, 3] = origin
    return affine


def _rotation(degrees, axis):
    angle = np.radians(degrees)
    rotation = np.eye(3)
    i, j = [n for n in range(3) if n != axis]
    rotation[i, i] = rotation[j, j] = np.cos(angle)
    rotation[i, j], rotation[j, i] = -np.sin(angle), np.sin(angle)
    return rotation


AFFINES = {
    "ras": _affine(np.eye(3), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    "lps": _affine(np.diag([-1, -1, 1]), (0.9375, 0.9375, 1.2), (120.5, 130.25, -60.0)),
    "left-handed": _affine(np.diag([1, -1, 1]), (1.0, 1.0, 1.0), (5.0, 6.0, 7.0)),
    "sagittal": _affine([[0, 0, -1], [-1, 0, 0], [0, -1, 0]], (1.0, 1.0, 1.1), (80.0, 90.0, 100.0)),
    "thick slices": _affine(np.diag([-1, -1, 1]), (0.43, 0.43, 6.5), (101.0, 99.0, -44.4)),
    "oblique": _affine(_rotation(23.0, 0) @ _rotation(-11.0, 2), (0.7, 0.8, 2.5), (-31.4, 15.9, 26.5)),
}


@pytest.fixture(params=AFFINES.values(), ids=AFFINES.keys())
def affine(request):
    """Every geometry in turn: voxel indices to RAS."""
    return request.param


@pytest.fixture
def oblique():
    return AFFINES["oblique"]


@pytest.fixture
def lesion_labels():
    """Three lesions of different size, two of them touching, one a single voxel at the corner of the volume."""
    labels = np.zeros(SHAPE, np.uint16)
    labels[3:8, 4:10, 2:7] = 1
    labels[8:10, 4:6, 2:7] = 2
    labels[0, 0, 0] = 3
    return labels
