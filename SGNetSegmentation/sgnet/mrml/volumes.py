"""Volume nodes as a study, and arrays as volume nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume


def study_from_nodes(t1ce_node: slicer.vtkMRMLScalarVolumeNode, flair_node: slicer.vtkMRMLScalarVolumeNode) -> Study:
    """The two volumes as a study in world RAS; the nodes are only read.

    Linear parent transforms are applied to the geometry of the copy. Nothing is aligned or
    resampled here: :func:`sgnet.data.align.align_flair` does that.

    Raises
    ------
    InputError
        If a node is missing, empty or not a grey-value volume, stands under a transform that is not
        linear, or both are the same node.
    """
    if t1ce_node is None or flair_node is None:
        raise InputError(f"Please choose a {'T1ce' if t1ce_node is None else 'FLAIR'} volume.")
    if t1ce_node is flair_node or (t1ce_node.GetID() is not None and t1ce_node.GetID() == flair_node.GetID()):
        raise InputError(f'T1ce and FLAIR are the same volume "{t1ce_node.GetName()}"; please choose two volumes.')
    return Study(volume_from_node(t1ce_node), volume_from_node(flair_node))


def volume_from_node(node: slicer.vtkMRMLScalarVolumeNode) -> Volume:
    """A copy of the voxels, shape (I, J, K), with the grid in world RAS. Raises as :func:`study_from_nodes`."""
    name = node.GetName() or "volume"
    image = node.GetImageData()
    scalars = None if image is None else image.GetPointData().GetScalars()
    if scalars is None or scalars.GetNumberOfTuples() == 0:
        raise InputError(f'The volume "{name}" is empty; please choose another one.')
    if scalars.GetNumberOfComponents() != 1:
        raise InputError(f'The volume "{name}" is a colour or vector image; please choose a grey-value MRI volume.')
    shape = image.GetDimensions()
    if min(shape) < 2:
        raise InputError(f'The volume "{name}" is a single slice; please choose a 3D volume.')
    return Volume(voxels(node).copy(order="F"), Grid(shape, world_affine(node)), name)


def voxels(node: slicer.vtkMRMLScalarVolumeNode) -> NDArray[Any]:
    """The node's own voxels, shape (I, J, K), not a copy: valid only while the node keeps its image."""
    image = node.GetImageData()
    # VTK stores the first axis fastest, which is Fortran order for (I, J, K).
    array: NDArray[Any] = vtk_to_numpy(image.GetPointData().GetScalars())
    return array.reshape(image.GetDimensions(), order="F")


def world_affine(node: slicer.vtkMRMLScalarVolumeNode) -> NDArray[np.float64]:
    """Voxel indices to world RAS in mm, parent transforms included, shape (4, 4); raises InputError if not linear."""
    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    affine = matrix_array(matrix)
    parent = node.GetParentTransformNode()
    if parent is None:
        return affine
    if not parent.IsTransformToWorldLinear():
        raise InputError(
            f'The volume "{node.GetName()}" stands under the warping transform "{parent.GetName()}"; '
            "please harden it (Data module, right click) first."
        )
    parent.GetMatrixTransformToWorld(matrix)
    return matrix_array(matrix) @ affine


def create_volume_node(
    scene: slicer.vtkMRMLScene,
    array: NDArray[np.generic],
    like: slicer.vtkMRMLScalarVolumeNode,
    name: str,
    node_class: str = "vtkMRMLScalarVolumeNode",
    first_ijk: tuple[int, int, int] | None = None,
) -> slicer.vtkMRMLScalarVolumeNode:
    """A new volume node with ``array``, shape (I, J, K), and the geometry and parent transform of ``like``.

    With ``first_ijk`` the array is a box of that volume, which begins at this voxel.
    """
    shape = tuple(like.GetImageData().GetDimensions()) if first_ijk is None else array.shape
    if array.shape != shape:
        raise InputError(f"{name}: the array {array.shape} does not fit the volume {like.GetName()} {shape}.")
    image = vtkImageData()
    image.SetDimensions(shape)
    scalars = numpy_to_vtk(np.asarray(array).ravel(order="F"), deep=True)
    image.GetPointData().SetScalars(scalars)
    matrix = vtkMatrix4x4()
    like.GetIJKToRASMatrix(matrix)
    origin = matrix.MultiplyPoint((*(first_ijk or (0, 0, 0)), 1))
    for row in range(3):
        matrix.SetElement(row, 3, origin[row])
    node = scene.AddNewNodeByClass(node_class, scene.GenerateUniqueName(name))
    node.SetIJKToRASMatrix(matrix)
    node.SetAndObserveImageData(image)
    node.SetAndObserveTransformNodeID(like.GetTransformNodeID())
    return node


def matrix_array(matrix: vtkMatrix4x4) -> NDArray[np.float64]:
    """The matrix as an array, shape (4, 4)."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
