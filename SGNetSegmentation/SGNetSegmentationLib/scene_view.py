"""Showing things in the application's views."""

from collections.abc import Sequence
from typing import Any

import slicer


def show_volume(volume_node: Any) -> None:
    """Put a volume into the slice views unless one of them shows it already (then the user's zoom stays)."""
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    if not any(node.GetBackgroundVolumeID() == volume_node.GetID() for node in composites):
        slicer.util.setSliceViewerLayers(background=volume_node, fit=True)


def jump_to(position_ras_mm: Sequence[float]) -> None:
    """Centre all slice views and 3D views on a position; 3D views keep their direction and distance."""
    r, a, s = position_ras_mm
    for camera in slicer.util.getNodesByClass("vtkMRMLCameraNode"):
        moved = [new - old for new, old in zip(position_ras_mm, camera.GetFocalPoint(), strict=True)]
        camera.SetPosition(*(old + step for old, step in zip(camera.GetPosition(), moved, strict=True)))
        camera.SetFocalPoint(r, a, s)
        camera.ResetClippingRange()
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        node.JumpSliceByCentering(r, a, s)


def open_segment_editor(segmentation_node: Any, source_node: Any, segment_id: str) -> None:
    """Hand a segment over to the Segment Editor. The order of the calls matters."""
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
    editor.setSegmentationNode(segmentation_node)
    if source_node is not None:
        editor.setSourceVolumeNode(source_node)
    if segment_id:
        editor.setCurrentSegmentID(segment_id)
    # Painting one lesion must not eat its neighbour.
    editor.mrmlSegmentEditorNode().SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteNone)
