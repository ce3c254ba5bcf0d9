"""A volume of the package as a volume node."""

from __future__ import annotations

import numpy as np
import slicer
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.geometry import Volume


def add_volume_node(
    scene: slicer.vtkMRMLScene, volume: Volume, name: str | None = None
) -> slicer.vtkMRMLScalarVolumeNode:
    """A new node with the voxels and the grid of ``volume``, without a display node."""
    image = vtkImageData()
    image.SetDimensions(volume.grid.shape)
    image.GetPointData().SetScalars(numpy_to_vtk(np.asarray(volume.array).ravel(order="F"), deep=True))
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(volume.grid.affine_ijk_to_ras.ravel().tolist())
    node = scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
    # Named before it is added: the guess of the inputs reads the names of new nodes.
    node.SetName(scene.GenerateUniqueName(name or volume.name))
    node.SetIJKToRASMatrix(matrix)
    node.SetAndObserveImageData(image)
    return scene.AddNode(node)
