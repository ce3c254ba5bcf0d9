"""Lesions as a segmentation node that Slicer's own tools, and its DICOM SEG export, understand."""

from __future__ import annotations

import colorsys
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkStringArray

from sgnet import __version__
from sgnet.errors import InputError
from sgnet.lesions.lesion import Lesion
from sgnet.mrml.lesion_records import lesions_from_dicts
from sgnet.mrml.steps import finish
from sgnet.mrml.surfaces import create_surfaces
from sgnet.mrml.volumes import create_volume_node

OEDEMA_ID = "Oedema"
# Half a second for an oedema of usual size, and it would hide the lesions; Slicer makes it when the user asks.
WITHOUT_SURFACE = (OEDEMA_ID,)
OEDEMA_COLOUR = (0.95, 0.86, 0.35)
LESIONS_ATTRIBUTE = "SGNet.Lesions"
PROVENANCE_ATTRIBUTE = "SGNet.Provenance"

_CATEGORY = "Segmentation category and type - DICOM master list~SCT^49755003^Morphologically Altered Structure"
_REGION = "~^^~Anatomic codes - DICOM master list~SCT^12738006^Brain~^^"
METASTASIS_TERMINOLOGY = f"{_CATEGORY}~SCT^14799000^Neoplasm, Secondary{_REGION}"
OEDEMA_TERMINOLOGY = f"{_CATEGORY}~SCT^79654002^Edema{_REGION}"

_TYPE_TAG, _NAME_TAG = "DICOM.SegmentAlgorithmType", "DICOM.SegmentAlgorithmName"
# A turn of the colour wheel by the golden ratio keeps any number of neighbours far apart.
_GOLDEN = 0.6180339887498949


def create_segmentation_node(
    scene: slicer.vtkMRMLScene,
    labels: NDArray[np.unsignedinteger],
    lesions: Sequence[Lesion],
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    *,
    name: str = "Metastases",
    whole: NDArray[np.bool_] | None = None,
    surface: bool = False,
) -> slicer.vtkMRMLSegmentationNode:
    """A new segmentation node with one segment a lesion, in the geometry of the T1ce.

    The node stands under the T1ce's parent transform and, in the subject hierarchy, beside the
    T1ce. It keeps the measurements (:func:`lesions_of`), so they are saved with the scene. Nothing
    else in the scene changes; if anything fails, the scene is as before.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (I, J, K) of the T1ce
        0 background, n = voxels of ``lesions[n - 1]``; every lesion has at least one voxel.
    lesions : sequence of Lesion
        None at all gives a valid node without segments.
    name : str
        Made unique in the scene.
    whole : ndarray of bool, same shape, optional
        Adds a half-transparent segment ``Oedema``: whole without the lesions.
    surface : bool
        Also make the closed surfaces of the lesions, which 3D views show.

    Raises
    ------
    InputError
        If labels and lesions do not belong together or do not fit the T1ce.
    """
    numbers = [lesion.number for lesion in lesions]
    # The background, nearly all of the volume, is left out before anything is sorted.
    flat = labels.ravel(order="K")
    present = np.unique(flat[flat > 0])
    if present.tolist() != numbers or numbers != list(range(1, len(numbers) + 1)):
        raise InputError(f"The label image holds {present.tolist()}, but the lesions are numbered {numbers}.")
    values: NDArray[Any] = labels.astype(np.uint8 if len(numbers) < 255 else np.uint16)
    ids = [segment_id(number) for number in numbers]
    if whole is not None:
        oedema = whole & (labels == 0)
        if oedema.any():
            np.copyto(values, len(ids) + 1, where=oedema)
            ids.append(OEDEMA_ID)

    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(name))
    try:
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(t1ce_node)
        node.SetAndObserveTransformNodeID(t1ce_node.GetTransformNodeID())
        node.SetAttribute(LESIONS_ATTRIBUTE, json.dumps([lesion.to_dict() for lesion in lesions]))
        for one in ids:
            node.GetSegmentation().AddEmptySegment(one)
        if ids:
            _import_labels(scene, values, ids, node, t1ce_node)
        for number, one in enumerate(ids, start=1):
            describe_segment(node.GetSegmentation().GetSegment(one), one, number)
        if OEDEMA_ID in ids:
            _show_half_transparent(node, OEDEMA_ID)
        place_beside(scene, node, t1ce_node)
        if surface:
            finish(create_surfaces(node, WITHOUT_SURFACE))
    except BaseException:
        remove_with_display(scene, node)
        raise
    return node


def segment_id(number: int) -> str:
    """The segment of lesion ``number``; also after the user has renamed it."""
    return f"Lesion_{number}"


def lesion_colour(number: int) -> tuple[float, float, float]:
    """A colour (red, green, blue in [0, 1]) for lesion ``number`` = 1, 2, ..., unlike its predecessors'."""
    hue = (number - 1) * _GOLDEN % 1.0
    saturation, value = ((0.85, 1.0), (0.55, 1.0), (0.9, 0.75))[(number - 1) // 8 % 3]
    return colorsys.hsv_to_rgb(hue, saturation, value)


def lesion_segment_ids(node: slicer.vtkMRMLSegmentationNode) -> list[str]:
    """All segments that are lesions, in their order: everything but the oedema, so also what the user has added."""
    segmentation = node.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]
    return [one for one in ids if one != OEDEMA_ID]


def lesions_of(node: slicer.vtkMRMLSegmentationNode) -> tuple[Lesion, ...] | None:
    """The measurements of the run that made ``node``; None if it is no result of this package."""
    text = node.GetAttribute(LESIONS_ATTRIBUTE)
    if text is None:
        return None
    return lesions_from_dicts(json.loads(text))


def place_beside(
    scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLSegmentationNode, t1ce_node: slicer.vtkMRMLScalarVolumeNode
) -> None:
    """Give ``node`` the parent of the T1ce in the subject hierarchy (its study, or a folder, or the scene).

    Its item also names the T1ce's DICOM images, without which the DICOM export of segmentations
    (QuantitativeReporting, DICOMPlugins/DICOMSegmentationPlugin.py) does not know what it belongs to. Nothing
    happens where the T1ce has no item.
    """
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    if hierarchy is None:
        return
    t1ce_item, item = hierarchy.GetItemByDataNode(t1ce_node), hierarchy.GetItemByDataNode(node)
    if t1ce_item == hierarchy.GetInvalidItemID():
        return
    parent = hierarchy.GetItemParent(t1ce_item)
    # The application gives every new node an item at once; without it there is none yet.
    if item == hierarchy.GetInvalidItemID():
        item = hierarchy.CreateItem(parent, node)
    else:
        hierarchy.SetItemParent(item, parent)
    if images := t1ce_node.GetAttribute("DICOM.instanceUIDs"):
        name = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMReferencedInstanceUIDsAttributeName()
        hierarchy.SetItemAttribute(item, name, images)


def _import_labels(
    scene: slicer.vtkMRMLScene,
    values: NDArray[Any],
    ids: Sequence[str],
    node: slicer.vtkMRMLSegmentationNode,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
) -> None:
    array = vtkStringArray()
    for one in ids:
        array.InsertNextValue(one)
    labelmap = create_volume_node(scene, values, t1ce_node, "SGNet labels", "vtkMRMLLabelMapVolumeNode")
    try:
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        if not logic.ImportLabelmapToSegmentationNode(labelmap, node, array):
            raise RuntimeError("Slicer could not import the label image into a segmentation.")
    finally:
        remove_with_display(scene, labelmap)


def describe_segment(segment: slicer.vtkSegment, one: str, number: int) -> None:
    """Give a segment with the ID ``one`` its name, colour, terminology and what DICOM SEG export wants to know."""
    oedema = one == OEDEMA_ID
    segment.SetName("Oedema" if oedema else f"Lesion {number}")
    segment.SetNameAutoGenerated(False)
    segment.SetColor(*(OEDEMA_COLOUR if oedema else lesion_colour(number)))
    segment.SetColorAutoGenerated(False)
    terminology = OEDEMA_TERMINOLOGY if oedema else METASTASIS_TERMINOLOGY
    segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), terminology)
    # Without these two, DICOM SEG export calls the segment MANUAL.
    segment.SetTag(_TYPE_TAG, "AUTOMATIC")
    segment.SetTag(_NAME_TAG, f"SG-Net {__version__}")


def _show_half_transparent(node: slicer.vtkMRMLSegmentationNode, one: str) -> None:
    display = node.GetDisplayNode()
    display.SetSegmentOpacity3D(one, 0.25)
    display.SetSegmentOpacity2DFill(one, 0.4)
    display.SetSegmentOpacity2DOutline(one, 0.6)


def remove_with_display(scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLDisplayableNode) -> None:
    """Remove a node with its display nodes, which Slicer leaves behind."""
    displays = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    scene.RemoveNode(node)
    for display in displays:
        if display is not None:
            scene.RemoveNode(display)
