"""A segmentation node back to a label array, after the user may have edited it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkStringArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.errors import InputError
from sgnet.mrml.steps import Steps, finish
from sgnet.mrml.volumes import matrix_array, voxels

# Some tens of milliseconds.
_PIECE_VOXELS = 4_000_000
# Of a voxel: two headers of one grid differ by less.
_SAME_GRID = 1e-3


def labels_from_node(
    scene: slicer.vtkMRMLScene,
    segmentation_node: slicer.vtkMRMLSegmentationNode,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    segment_ids: Sequence[str],
) -> NDArray[np.uint16]:
    """:func:`labels_in_steps`, all steps at once."""
    return finish(labels_in_steps(scene, segmentation_node, t1ce_node, segment_ids))


def labels_in_steps(
    scene: slicer.vtkMRMLScene,
    segmentation_node: slicer.vtkMRMLSegmentationNode,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    segment_ids: Sequence[str],
    numbers: Sequence[int] | None = None,
) -> Steps[NDArray[np.uint16]]:
    """The segments on the grid of the T1ce, shape (I, J, K): n where ``segment_ids[n - 1]`` is, else 0.

    With ``numbers`` the segment ``segment_ids[n - 1]`` becomes ``numbers[n - 1]`` instead of n.
    Where segments overlap, the later one wins. No segments give an empty label array. The scene is
    left as it was.

    Segments on the voxels of the T1ce, which is where results are and where the Segment Editor leaves them, are
    read as they are stored, many at a time. Others are resampled by Slicer, one after the other and in one step:
    for 80 segments of 512 x 512 x 300 voxels that takes a minute.
    """
    segmentation = segmentation_node.GetSegmentation()
    for one in segment_ids:
        if segmentation.GetSegment(one) is None:
            raise InputError(f'The segmentation "{segmentation_node.GetName()}" has no segment {one!r}.')
    offsets = [_offset(segmentation_node, t1ce_node, one) for one in segment_ids]
    if any(offset is None for offset in offsets):
        yield
        resampled = _resampled(scene, segmentation_node, t1ce_node, segment_ids)
        return resampled if numbers is None else np.array([0, *numbers], np.uint16)[resampled]

    labels = np.zeros(tuple(t1ce_node.GetImageData().GetDimensions()), np.uint16, order="F")
    wanted = range(1, len(segment_ids) + 1) if numbers is None else numbers
    members = [
        (number, segmentation.GetSegment(one), offset)
        for number, one, offset in zip(wanted, segment_ids, offsets, strict=True)
    ]
    # Segments that do not overlap share one image, a layer, in which each has a value of its own.
    for _, group in itertools.groupby(members, key=lambda item: _layer(item[1]).GetAddressAsString("")):
        layer = list(group)
        yield from _take_layer([(number, segment) for number, segment, _ in layer], layer[0][2], labels)
    return labels


def _layer(segment: slicer.vtkSegment) -> slicer.vtkOrientedImageData:
    return segment.GetRepresentation(slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName())


def _offset(
    segmentation_node: slicer.vtkMRMLSegmentationNode, t1ce_node: slicer.vtkMRMLScalarVolumeNode, segment_id: str
) -> tuple[int, int, int] | None:
    """The T1ce's index of the layer's voxel (0, 0, 0); None where its voxels are not the T1ce's."""
    layer = _layer(segmentation_node.GetSegmentation().GetSegment(segment_id))
    if layer is None or segmentation_node.GetTransformNodeID() != t1ce_node.GetTransformNodeID():
        return None
    theirs, ours = vtkMatrix4x4(), vtkMatrix4x4()
    layer.GetImageToWorldMatrix(theirs)
    t1ce_node.GetIJKToRASMatrix(ours)
    steps = np.linalg.inv(matrix_array(ours)) @ matrix_array(theirs)
    first = np.rint(steps[:3, 3])
    drift = np.abs(steps[:3, :3] - np.eye(3)) @ np.abs(layer.GetExtent()[1::2]) + np.abs(steps[:3, 3] - first)
    if drift.max() > _SAME_GRID:
        return None
    i, j, k = first.astype(int).tolist()
    return i, j, k


def _take_layer(
    members: list[tuple[int, slicer.vtkSegment]], offset: tuple[int, int, int] | None, labels: NDArray[np.uint16]
) -> Steps[None]:
    """Write the segments of one layer, with their numbers, into ``labels``."""
    layer = _layer(members[0][1])
    scalars = layer.GetPointData().GetScalars()
    assert offset is not None
    extent = layer.GetExtent()
    if scalars is None or any(low > high for low, high in zip(extent[::2], extent[1::2], strict=True)):
        return  # an empty segment
    stored = vtk_to_numpy(scalars).reshape(layer.GetDimensions(), order="F")
    first = [low + shift for low, shift in zip(extent[::2], offset, strict=True)]
    # What of the layer lies within the T1ce.
    low = [max(-start, 0) for start in first]
    high = [min(n, size - start) for n, size, start in zip(stored.shape, labels.shape, first, strict=True)]
    if any(a >= b for a, b in zip(low, high, strict=True)):
        return
    values = {int(segment.GetLabelValue()): number for number, segment in members}
    numbers = np.zeros(max(int(np.iinfo(stored.dtype).max) if stored.dtype.itemsize < 4 else 0, *values) + 1, np.uint16)
    for value, number in values.items():
        numbers[value] = number
    thick = max(1, _PIECE_VOXELS // (stored.shape[0] * stored.shape[1]))
    for start in range(low[2], high[2], thick):
        end = min(start + thick, high[2])
        # Transposed, because VTK stores the first axis fastest and NumPy walks the last one.
        piece = stored[low[0] : high[0], low[1] : high[1], start:end].T
        there = labels[
            low[0] + first[0] : high[0] + first[0], low[1] + first[1] : high[1] + first[1],
            start + first[2] : end + first[2],
        ].T  # fmt: skip
        # Most of a scan is no lesion; only the rest is looked up.
        set_ones = np.flatnonzero(piece.reshape(-1) != 0)
        place = np.unravel_index(set_ones, piece.shape)
        # Other values of the layer are segments that were not asked for; clip keeps them from an error.
        found = np.take(numbers, piece[place], mode="clip")
        there[place] = np.where(found > 0, found, there[place])
        yield


def _resampled(
    scene: slicer.vtkMRMLScene,
    segmentation_node: slicer.vtkMRMLSegmentationNode,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    segment_ids: Sequence[str],
) -> NDArray[np.uint16]:
    """The same by Slicer's own export, whatever voxels the segments are stored on."""
    ids = vtkStringArray()
    for one in segment_ids:
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
