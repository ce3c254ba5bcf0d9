"""The result of a run as nodes of the scene."""

from __future__ import annotations

import slicer

from sgnet.errors import InputError
from sgnet.mrml.child_job import ChildResult, RunSettings
from sgnet.mrml.segmentation import create_segmentation_node, remove_with_display
from sgnet.mrml.steps import Steps
from sgnet.mrml.surfaces import create_surfaces
from sgnet.mrml.volumes import create_volume_node


def create_result(
    scene: slicer.vtkMRMLScene,
    result: ChildResult,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    settings: RunSettings,
) -> Steps[slicer.vtkMRMLSegmentationNode]:
    """A new segmentation node "<T1ce> metastases", with surfaces; also a probability volume if asked for.

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
        if result.core_probability is not None:
            probability = create_volume_node(scene, result.core_probability, t1ce_node, f"{name} probability")
            made.append(probability)
            yield
            probability.CreateDefaultDisplayNodes()
        yield from create_surfaces(node)
    except BaseException:
        for one in made:
            remove_with_display(scene, one)
        raise
    return node
