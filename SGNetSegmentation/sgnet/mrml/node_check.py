"""The input check on volume nodes."""

from __future__ import annotations

from typing import Any

import slicer

from sgnet.data.roles import ImageDescription
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.mrml.glance import take_glance
from sgnet.mrml.input_check import Candidate, Check, Finding, Level, check_inputs
from sgnet.mrml.steps import Steps
from sgnet.mrml.volumes import voxels, world_affine


def check_nodes(
    t1ce_node: slicer.vtkMRMLScalarVolumeNode,
    t1ce_said: ImageDescription,
    flair_node: slicer.vtkMRMLScalarVolumeNode | None,
    flair_said: ImageDescription | None,
) -> Steps[tuple[Finding, ...]]:
    """Check the chosen volumes, in small steps; what cannot be used at all is one red finding.

    Parameters
    ----------
    t1ce_node : vtkMRMLScalarVolumeNode
    t1ce_said, flair_said : ImageDescription
        What is said about them (:func:`sgnet.mrml.guess.describe`).
    flair_node : vtkMRMLScalarVolumeNode or None
    """
    if flair_node is not None and flair_node.GetID() == t1ce_node.GetID():
        sentence = "The same volume is chosen twice; choose the FLAIR."
        return (Finding(Check.VOLUMES, Level.PROBLEM, sentence),)
    try:
        t1ce = yield from _candidate(t1ce_node, t1ce_said)
        flair = None
        if flair_node is not None and flair_said is not None:
            flair = yield from _candidate(flair_node, flair_said)
    except InputError as error:
        return (Finding(Check.VOLUMES, Level.PROBLEM, str(error)),)
    found = yield from check_inputs(t1ce, flair)
    return found


def node_state(node: Any) -> tuple[object, ...]:
    """Changes whenever the volume's name, voxels or place in the world change."""
    if node is None:
        return ()
    image = node.GetImageData()
    try:
        place = world_affine(node).tobytes()
    except InputError:  # under a warp: then its own change counts
        place = node.GetParentTransformNode().GetMTime()
    return (node.GetID(), node.GetName(), None if image is None else (id(image), image.GetMTime()), place)


def _candidate(node: slicer.vtkMRMLScalarVolumeNode, said: ImageDescription) -> Steps[Candidate]:
    name = node.GetName() or "volume"
    image = node.GetImageData()
    scalars = None if image is None else image.GetPointData().GetScalars()
    if scalars is None or scalars.GetNumberOfTuples() == 0:
        raise InputError(f'"{name}" is empty; choose another volume.')
    if scalars.GetNumberOfComponents() != 1:
        raise InputError(f'"{name}" is a colour or vector image; choose a grey-value MRI volume.')
    if min(image.GetDimensions()) < 2:
        raise InputError(f'"{name}" is a single slice; choose a 3D volume.')
    seen = yield from take_glance(voxels(node), Grid(image.GetDimensions(), world_affine(node)), name)
    return Candidate(said, seen)
