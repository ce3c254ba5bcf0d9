"""The result of a run as nodes of the scene."""

from __future__ import annotations

import json

import slicer

from sgnet.errors import InputError
from sgnet.mrml.child_job import ChildResult, RunSettings
from sgnet.mrml.probability_nodes import store_map
from sgnet.mrml.review_state import keep_settings
from sgnet.mrml.segmentation import PROVENANCE_ATTRIBUTE, WITHOUT_SURFACE, create_segmentation_node, remove_with_display
from sgnet.mrml.steps import Steps
from sgnet.mrml.surfaces import create_surfaces


def create_result(
    scene: slicer.vtkMRMLScene,
    result: ChildResult,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    settings: RunSettings,
) -> Steps[slicer.vtkMRMLSegmentationNode]:
    """A new segmentation node "<T1ce> metastases", with surfaces, and the kept probabilities as hidden volumes.

    Made in small steps; if they are not taken to their end, the scene is as before. Nodes of earlier
    runs, edited or not, are left alone.

    Raises
    ------
    InputError
        If the T1ce has been removed from the scene or replaced by another image meanwhile.
    """
    if not scene.IsNodePresent(t1ce_node):
        raise InputError("The T1ce volume was removed from the scene while it was segmented; load it and run again.")
    name = f"{t1ce_node.GetName()} metastases"
    made = []
    try:
        node = create_segmentation_node(
            scene,
            result.labels,
            result.lesions,
            t1ce_node,
            name=name,
            whole=result.whole if settings.oedema else None,
        )
        made.append(node)
        yield
        keep_settings(node, settings.lesions)
        node.SetAttribute(PROVENANCE_ATTRIBUTE, json.dumps(result.provenance))
        if result.kept is not None:
            made += store_map(scene, node, result.kept, t1ce_node)
            yield
        yield from create_surfaces(node, WITHOUT_SURFACE)
    except BaseException:
        for one in made:
            remove_with_display(scene, one)
        raise
    return node
