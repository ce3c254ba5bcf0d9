"""A segmentation node back to a label array, after the user may have edited it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkStringArray

from sgnet.errors import InputError
from sgnet.mrml.volumes import voxels


def labels_from_node(
    scene: slicer.vtkMRMLScene,
    segmentation_node: slicer.vtkMRMLSegmentationNode,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    segment_ids: Sequence[str],
) -> NDArray[np.uint16]:
    """The segments on the grid of the T1ce, shape (I, J, K): n where ``segment_ids[n - 1]`` is, else 0.

    Where segments overlap, the later one wins. No segments give an empty label array. The scene is
    left as it was.
    """
    shape = tuple(t1ce_node.GetImageData().GetDimensions())
    if not segment_ids:
        return np.zeros(shape, np.uint16)
    ids = vtkStringArray()
    for one in segment_ids:
        if segmentation_node.GetSegmentation().GetSegment(one) is None:
            raise InputError(f'The segmentation "{segmentation_node.GetName()}" has no segment {one!r}.')
        ids.InsertNextValue(one)
    labelmap = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", scene.GenerateUniqueName("SGNet export"))
    try:
        extent = slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY
        export = slicer.vtkSlicerSegmentationsModuleLogic.ExportSegmentsToLabelmapNode
        if not export(segmentation_node, ids, labelmap, t1ce_node, extent):
            raise RuntimeError("Slicer could not export the segments to a label image.")
        return voxels(labelmap).astype(np.uint16)
    finally:
        # The export gives the label image a display node and a new colour table, which would both stay behind.
        display = labelmap.GetDisplayNode()
        for node in (labelmap, display, None if display is None else display.GetColorNode()):
            if node is not None:
                scene.RemoveNode(node)
