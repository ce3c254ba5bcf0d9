"""Hearing of changed segments from the segmentation itself, whoever changes them."""

from __future__ import annotations

from collections.abc import Callable

import slicer

from sgnet.mrml.segmentation import OEDEMA_ID


class SegmentWatch:
    """Calls ``on_change`` with the ID of each lesion's segment that is added, removed or changed.

    Some events name no segment; then all lesions of the node may have changed, and the ID is empty. Many
    events come for one stroke of a brush: gather them before doing anything.
    """

    def __init__(self, node: slicer.vtkMRMLSegmentationNode, on_change: Callable[[str], None]) -> None:
        self._on_change = on_change
        self._segmentation = node.GetSegmentation()
        kind = slicer.vtkSegmentation
        events = (
            kind.SegmentAdded, kind.SegmentRemoved, kind.SegmentModified,
            kind.RepresentationModified, kind.SourceRepresentationModified,
        )  # fmt: skip
        self._tags = [self._segmentation.AddObserver(event, self._heard) for event in events]

    def stop(self) -> None:
        """Stop listening."""
        for tag in self._tags:
            self._segmentation.RemoveObserver(tag)
        self._tags = []

    def _heard(self, caller: slicer.vtkSegmentation, event: str, segment_id: str | None = None) -> None:
        if segment_id != OEDEMA_ID:
            self._on_change(segment_id or "")

    # What vtkmodules.util.misc.calldata_type() does: the events carry the segment's ID.
    _heard.CallDataType = "string0"  # type: ignore[attr-defined]
