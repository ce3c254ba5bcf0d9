"""A follow-up in the scene: a table, two charts and the transform that lays the previous scan on the current one.

All of it is saved with the scene. The table holds the whole record (:func:`followup_of`) and refers to the
segmentations and to the other nodes, so that a loaded scene shows what was compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import slicer
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.errors import InputError
from sgnet.lesions.followup_record import FollowUp, change_percent
from sgnet.lesions.track import Parts, Track
from sgnet.mrml.followup_job import SegmentedScan
from sgnet.mrml.segmentation import place_beside
from sgnet.mrml.steps import Steps

FOLLOWUP_ATTRIBUTE = "SGNet.FollowUp"
CURRENT, PREVIOUS, PREVIOUS_T1CE = "SGNet.Current", "SGNet.Previous", "SGNet.PreviousT1ce"
CHART, SUM_CHART, TRANSFORM = "SGNet.VolumeChart", "SGNet.SumChart", "SGNet.Transform"
# The nodes that belong to a table and go with it.
_PARTS = (CHART, SUM_CHART, TRANSFORM)

# Grey before, orange now: apart in grey print too, and on a light and a dark page.
_BEFORE, _NOW = (0.55, 0.60, 0.66), (0.90, 0.45, 0.13)


def create_followup(
    scene: slicer.vtkMRMLScene, followup: FollowUp, scans: Sequence[SegmentedScan]
) -> slicer.vtkMRMLTableNode:
    """A table node "<current T1ce> follow-up"; an earlier comparison of the same two segmentations is replaced.

    Parameters
    ----------
    followup : FollowUp
    scans : sequence of SegmentedScan
        As for :class:`sgnet.mrml.followup_job.FollowUpJob`.
    """
    previous, current = scans[-2], scans[-1]
    for old in followups_of(scene, current.segmentation):
        if old.GetNodeReference(PREVIOUS) is previous.segmentation:
            remove_followup(scene, old)
    name = f"{current.t1ce.GetName()} follow-up"
    table = _lesion_table(scene, followup, name)
    table.SetAttribute(FOLLOWUP_ATTRIBUTE, json.dumps(followup.to_dict()))
    table.SetNodeReferenceID(CURRENT, current.segmentation.GetID())
    table.SetNodeReferenceID(PREVIOUS, previous.segmentation.GetID())
    table.SetNodeReferenceID(PREVIOUS_T1CE, previous.t1ce.GetID())
    place_beside(scene, table, current.t1ce)

    overall = followup.assessment.overall.value
    chart = _chart(scene, f"{name} volumes", f"Lesion volumes. Images alone: {overall}", "Volume (ml)")
    _add_bars(scene, chart, table, "Lesion", "Volume before (ml)", "Before", _BEFORE)
    _add_bars(scene, chart, table, "Lesion", "Volume now (ml)", "Now", _NOW)
    sums = _sum_table(scene, followup, f"{name} sums")
    target = followup.assessment.target.value
    sum_chart = _chart(scene, f"{name} target sum", f"Sum of target diameters: {target}", "Sum (mm)")
    _add_bars(scene, sum_chart, sums, "Scan", "Sum of target diameters (mm)", "Sum of target diameters", _NOW)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", scene.GenerateUniqueName(f"{name} transform"))
    matrix = vtkMatrix4x4()
    from_current = np.array(followup.scans[-2].from_current).reshape(4, 4)
    matrix.DeepCopy(np.linalg.inv(from_current).ravel().tolist())
    transform.SetMatrixTransformToParent(matrix)
    for role, node in zip(_PARTS, (chart, sum_chart, transform), strict=True):
        table.SetNodeReferenceID(role, node.GetID())
    return table


def followup_in_steps(
    scene: slicer.vtkMRMLScene, followup: FollowUp, scans: Sequence[SegmentedScan]
) -> Steps[slicer.vtkMRMLTableNode]:
    """:func:`create_followup` as the module's runs take it; raises InputError if a node is no longer in the scene."""
    yield
    nodes = [node for scan in scans for node in (scan.segmentation, scan.t1ce)]
    if not all(scene.IsNodePresent(node) for node in nodes):
        raise InputError("A volume or segmentation was removed from the scene while it was compared; compare again.")
    return create_followup(scene, followup, scans)


def followups_of(
    scene: slicer.vtkMRMLScene, segmentation: slicer.vtkMRMLSegmentationNode
) -> list[slicer.vtkMRMLTableNode]:
    """The comparisons in which ``segmentation`` is the current one, the latest last."""
    nodes = scene.GetNodesByClass("vtkMRMLTableNode")
    nodes.UnRegister(None)
    tables = [nodes.GetItemAsObject(number) for number in range(nodes.GetNumberOfItems())]
    return [one for one in tables if is_followup(one) and one.GetNodeReference(CURRENT) is segmentation]


def is_followup(node: slicer.vtkMRMLNode) -> bool:
    """Whether a table node holds a comparison."""
    return node.GetAttribute(FOLLOWUP_ATTRIBUTE) is not None


def followup_of(table: slicer.vtkMRMLTableNode) -> FollowUp:
    """The record that a table was made of; raises InputError if it is damaged."""
    return FollowUp.from_dict(json.loads(table.GetAttribute(FOLLOWUP_ATTRIBUTE)))


def remove_followup(scene: slicer.vtkMRMLScene, table: slicer.vtkMRMLTableNode) -> None:
    """Remove a comparison and what belongs to it; the previous scan goes back to its own place."""
    overlay(table, False)
    nodes = [table]
    for role in (CHART, SUM_CHART):
        chart = table.GetNodeReference(role)
        if chart is not None:
            series = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
            nodes += [chart, *series, *(one.GetTableNode() for one in series if one is not None)]
    nodes.append(table.GetNodeReference(TRANSFORM))
    for node in nodes:
        if node is not None and scene.IsNodePresent(node):
            scene.RemoveNode(node)


def overlay(table: slicer.vtkMRMLTableNode, on: bool) -> bool:
    """Lay the previous T1ce and segmentation on the current scan, or put them back; returns whether they now lie there.

    Only their parent transform changes. A node that stands under another transform is left alone.
    """
    transform = table.GetNodeReference(TRANSFORM)
    nodes = [table.GetNodeReference(role) for role in (PREVIOUS_T1CE, PREVIOUS)]
    present = [node for node in nodes if node is not None]
    if transform is None or len(present) < 2:
        return False
    mine = transform.GetID()
    if any(node.GetTransformNodeID() not in (None, mine) for node in present):
        return False
    for node in present:
        node.SetAndObserveTransformNodeID(mine if on else None)
    return on


def is_overlaid(table: slicer.vtkMRMLTableNode) -> bool:
    """Whether :func:`overlay` is on."""
    transform, t1ce = table.GetNodeReference(TRANSFORM), table.GetNodeReference(PREVIOUS_T1CE)
    return None not in (transform, t1ce) and t1ce.GetTransformNodeID() == transform.GetID()


def change_text(followup: FollowUp, track: Track) -> str:
    """What became of a lesion, in one or two words."""
    change = track.change(followup.settings).value
    return change if track.parts is Parts.ONE else f"{change}, {track.parts.value}"


def _lesion_table(scene: slicer.vtkMRMLScene, followup: FollowUp, name: str) -> slicer.vtkMRMLTableNode:
    tracks, result = followup.tracks, followup.assessment
    texts = {
        "Lesion": [track.name for track in tracks],
        "Change": [change_text(followup, track) for track in tracks],
        "RANO-BM": [result.lesions[track.number].value for track in tracks],
        "Target": ["yes" if track.number in result.targets else "no" for track in tracks],
    }
    before, now = -2, -1
    numbers: dict[str, list[float | None]] = {
        "Volume before (ml)": [track.volume_ml(before) for track in tracks],
        "Volume now (ml)": [track.volume_ml(now) for track in tracks],
        "Volume change (%)": [change_percent(track.volume_ml(before), track.volume_ml(now)) for track in tracks],
        "Diameter before (mm)": [track.diameter_mm(before) for track in tracks],
        "Diameter now (mm)": [track.diameter_mm(now) for track in tracks],
        "Diameter change (%)": [change_percent(track.diameter_mm(before), track.diameter_mm(now)) for track in tracks],
        "R (mm)": [track.place_ras_mm[0] for track in tracks],
        "A (mm)": [track.place_ras_mm[1] for track in tracks],
        "S (mm)": [track.place_ras_mm[2] for track in tracks],
    }
    return _table(scene, name, texts, numbers)


def _sum_table(scene: slicer.vtkMRMLScene, followup: FollowUp, name: str) -> slicer.vtkMRMLTableNode:
    # A chart needs different labels, and two scans may have one name.
    labels = [f"{number} {scan.name}" for number, scan in enumerate(followup.scans, start=1)]
    sums = list(followup.assessment.sums_mm)
    return _table(scene, name, {"Scan": labels}, {"Sum of target diameters (mm)": sums})


def _table(
    scene: slicer.vtkMRMLScene,
    name: str,
    texts: dict[str, list[str]],
    numbers: Mapping[str, Sequence[float | None]],
) -> slicer.vtkMRMLTableNode:
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
    for title, words in texts.items():
        strings = vtkStringArray()
        for word in words:
            strings.InsertNextValue(word)
        strings.SetName(title)
        node.AddColumn(strings)
    for title, values in numbers.items():
        doubles = vtkDoubleArray()
        for value in values:
            doubles.InsertNextValue(float("nan") if value is None else value)
        doubles.SetName(title)
        node.AddColumn(doubles)
    return node


def _chart(scene: slicer.vtkMRMLScene, name: str, title: str, axis: str) -> slicer.vtkMRMLPlotChartNode:
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", scene.GenerateUniqueName(name))
    chart.SetTitle(title)
    chart.SetXAxisTitleVisibility(False)
    chart.SetYAxisTitle(axis)
    return chart


def _add_bars(
    scene: slicer.vtkMRMLScene,
    chart: slicer.vtkMRMLPlotChartNode,
    table: slicer.vtkMRMLTableNode,
    labels: str,
    values: str,
    name: str,
    colour: tuple[float, float, float],
) -> None:
    series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", name)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeBar)
    series.SetLabelColumnName(labels)
    series.SetYColumnName(values)
    series.SetColor(*colour)
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
