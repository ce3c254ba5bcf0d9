"""One line of the review's table."""

from __future__ import annotations

from dataclasses import dataclass

import slicer

from sgnet.lesions.lesion import Lesion
from sgnet.mrml.review_status import ReviewStatus


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    key : str
        The segment's ID, or for what is listed for review, ``?`` and its peak.
    name : str
        What to call it: its number, or the name the user gave the segment; ``?`` without a segment.
    lesion : Lesion
    status : ReviewStatus or None
        None for what is listed for review.
    edited : bool
    why : str
        Why it is listed for review: ``below threshold``, ``too small``, ``too unsure`` or ``removed``.
    """

    key: str
    name: str
    lesion: Lesion
    status: ReviewStatus | None
    edited: bool = False
    why: str = ""


def row_name(node: slicer.vtkMRMLSegmentationNode, one: str, lesion: Lesion) -> str:
    """What to call a lesion: its number, or the name that the user gave its segment."""
    segment = node.GetSegmentation().GetSegment(one)
    name = lesion.tracking_id if segment is None else str(segment.GetName())
    return str(lesion.number) if name == lesion.tracking_id else name
