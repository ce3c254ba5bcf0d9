"""Accepted, rejected or not yet reviewed: kept in Slicer's own status of a segment, so other modules see it too."""

from __future__ import annotations

from enum import Enum

import slicer
from vtkmodules.vtkCommonCore import reference

from sgnet.mrml.segmentation import lesion_segment_ids

REJECTED_TAG = "SGNet.Rejected"
"""Set to "1" on rejected segments: Slicer's "flagged" alone also stands for "have another look"."""

_Logic = slicer.vtkSlicerSegmentationsModuleLogic


class ReviewStatus(Enum):
    """What the reviewer has said of a lesion; a segment holds it in its tag ``Segmentation.Status``."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def segment_status(node: slicer.vtkMRMLSegmentationNode, segment_id: str) -> ReviewStatus:
    """The status of one segment.

    Accepted is Slicer's "completed"; rejected is "flagged" with :data:`REJECTED_TAG`. A segment that was only
    flagged, in the Segment Editor for instance, is open: nobody has said that it is no lesion.
    """
    segment = node.GetSegmentation().GetSegment(segment_id)
    status = _Logic.GetSegmentStatus(segment)
    if status == _Logic.Completed:
        return ReviewStatus.ACCEPTED
    value = reference("")
    if status == _Logic.Flagged and segment.GetTag(REJECTED_TAG, value):
        return ReviewStatus.REJECTED
    return ReviewStatus.OPEN


def set_segment_status(node: slicer.vtkMRMLSegmentationNode, segment_id: str, status: ReviewStatus) -> None:
    """Give one segment a status; a rejected one is also hidden in the views, any other is shown."""
    segment = node.GetSegmentation().GetSegment(segment_id)
    if status is ReviewStatus.REJECTED:
        segment.SetTag(REJECTED_TAG, "1")
    else:
        segment.RemoveTag(REJECTED_TAG)
    values = {
        ReviewStatus.OPEN: _Logic.NotStarted,
        ReviewStatus.ACCEPTED: _Logic.Completed,
        ReviewStatus.REJECTED: _Logic.Flagged,
    }
    _Logic.SetSegmentStatus(segment, values[status])
    display = node.GetDisplayNode()
    if display is not None:
        display.SetSegmentVisibility(segment_id, status is not ReviewStatus.REJECTED)


def kept_segment_ids(node: slicer.vtkMRMLSegmentationNode) -> list[str]:
    """The lesions that count, in their order: all but the rejected ones. Totals and exports use these."""
    return [one for one in lesion_segment_ids(node) if segment_status(node, one) is not ReviewStatus.REJECTED]


def accepted_segment_ids(node: slicer.vtkMRMLSegmentationNode) -> list[str]:
    """The lesions that the reviewer has accepted, in their order."""
    return [one for one in lesion_segment_ids(node) if segment_status(node, one) is ReviewStatus.ACCEPTED]
