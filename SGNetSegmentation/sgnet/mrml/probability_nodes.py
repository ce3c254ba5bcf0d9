"""The kept probability map of a result as two hidden volume nodes, saved and loaded with the scene."""

from __future__ import annotations

import json

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.errors import InputError, ModelError
from sgnet.geometry import Grid
from sgnet.lesions.confidence import Confidence
from sgnet.lesions.position import HeadPosition
from sgnet.lesions.probability_map import ProbabilityMap, Region
from sgnet.lesions.tightening import Tightening
from sgnet.mrml.volumes import create_volume_node, matrix_array, voxels, world_affine

CORE_ROLE, WHOLE_ROLE = "SGNet.CoreProbability", "SGNet.WholeProbability"
MAP_ATTRIBUTE = "SGNet.Map"


def store_map(
    scene: slicer.vtkMRMLScene,
    node: slicer.vtkMRMLSegmentationNode,
    kept: ProbabilityMap,
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Keep ``kept`` with the result ``node``; returns the two new nodes, of the core and of the whole lesion.

    Values are in steps of 1 / :data:`~sgnet.lesions.probability_map.STEPS`. Raises InputError if the map does
    not lie on the voxels of the T1ce.
    """
    if kept.grid.shape != tuple(t1ce_node.GetImageData().GetDimensions()):
        raise InputError("The T1ce has changed since the run began, so that the result does not fit it; run it again.")
    content = {
        "shape": kept.grid.shape,
        "first_ijk": kept.first_ijk,
        "core_regions": [region.to_list() for region in kept.core_regions],
        "regions": [region.to_list() for region in kept.regions],
        "confidence": kept.confidence.to_dict(),
        "tightening": kept.tightening.to_dict(),
        **kept.position.to_dict(),
    }
    nodes = []
    for role, array in ((CORE_ROLE, kept.core), (WHOLE_ROLE, kept.whole)):
        volume = create_volume_node(scene, array, t1ce_node, f"{node.GetName()} {role[6:]}", first_ijk=kept.first_ijk)
        volume.SetHideFromEditors(True)
        node.SetNodeReferenceID(role, volume.GetID())
        nodes.append(volume)
    nodes[0].SetAttribute(MAP_ATTRIBUTE, json.dumps(content))
    return nodes


def stored_map(node: slicer.vtkMRMLSegmentationNode) -> ProbabilityMap | None:
    """The map kept with ``node``, without copying it; None where there is none, or it has been tampered with.

    The grid is in world RAS; a warping parent transform raises InputError.
    """
    core, whole = map_nodes(node)
    if core is None or whole is None or core.GetImageData() is None or whole.GetImageData() is None:
        return None
    try:
        content = json.loads(core.GetAttribute(MAP_ATTRIBUTE) or "")
        i, j, k = (int(n) for n in content["first_ijk"])
        affine = _from(world_affine(core), (-i, -j, -k))
        return ProbabilityMap(
            Grid(tuple(content["shape"]), affine),
            (i, j, k),
            voxels(core),
            voxels(whole),
            tuple(Region.from_list(one) for one in content["core_regions"]),
            tuple(Region.from_list(one) for one in content["regions"]),
            HeadPosition.from_dict(content),
            # Scenes of sgnet-0.10 and before have no confidence, of sgnet-0.11 and before no tightening.
            Confidence.from_dict(content.get("confidence")),
            Tightening.from_dict(content.get("tightening")),
        )
    except (ValueError, KeyError, TypeError, ModelError):
        return None


def map_nodes(
    node: slicer.vtkMRMLSegmentationNode,
) -> tuple[slicer.vtkMRMLScalarVolumeNode | None, slicer.vtkMRMLScalarVolumeNode | None]:
    """The nodes of core and whole lesion that belong to a result; None where there is none."""
    return node.GetNodeReference(CORE_ROLE), node.GetNodeReference(WHOLE_ROLE)


def local_affine(node: slicer.vtkMRMLSegmentationNode) -> NDArray[np.float64] | None:
    """Indices of the T1ce grid to the coordinates in which the segments of ``node`` are stored; None without a map."""
    core, _ = map_nodes(node)
    if core is None:
        return None
    matrix = vtkMatrix4x4()
    core.GetIJKToRASMatrix(matrix)
    i, j, k = json.loads(core.GetAttribute(MAP_ATTRIBUTE))["first_ijk"]
    return _from(matrix_array(matrix), (-i, -j, -k))


def _from(affine: NDArray[np.float64], first_ijk: tuple[int, int, int]) -> NDArray[np.float64]:
    """The affine of the same lattice counted from another voxel."""
    moved = affine.copy()
    moved[:3, 3] = affine[:3, :3] @ np.array(first_ijk, float) + affine[:3, 3]
    return moved
