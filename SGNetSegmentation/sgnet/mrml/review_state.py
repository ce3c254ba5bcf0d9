"""What is known of each segment of a result, kept with the node and so with the scene."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import slicer

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.lesions.lesion import Lesion
from sgnet.mrml.lesion_records import lesions_from_dicts
from sgnet.mrml.segmentation import lesions_of, segment_id

STATE_ATTRIBUTE = "SGNet.Review"
SETTINGS_ATTRIBUTE = "SGNet.Settings"

Ijk = tuple[int, int, int]


@dataclass(frozen=True)
class Entry:
    """One lesion.

    Attributes
    ----------
    lesion : Lesion
        As it was last measured.
    written_uid : str or None
        Tracking UID of the outline that the program last gave the segment; None for one the user has drawn.
    peak_ijk : tuple of three int or None
        The voxel by which it is found again at another threshold.
    removed : bool
        The user has removed the segment.
    """

    lesion: Lesion
    written_uid: str | None
    peak_ijk: Ijk | None = None
    removed: bool = False

    @property
    def edited(self) -> bool:
        """Whether the user has drawn on it."""
        return self.lesion.tracking_uid != self.written_uid


@dataclass(frozen=True)
class ReviewState:
    """Settings of the run, settings now, and the lesions by segment; lesions without a segment wait for theirs."""

    run: LesionSettings
    now: LesionSettings
    entries: dict[str, Entry]

    def next_number(self) -> int:
        """A number that no lesion of this result has had."""
        return 1 + max((entry.lesion.number for entry in self.entries.values()), default=0)


def keep_settings(node: slicer.vtkMRMLSegmentationNode, settings: LesionSettings) -> None:
    """Keep with a new result what it was made with."""
    node.SetAttribute(SETTINGS_ATTRIBUTE, json.dumps(settings.to_dict()))


def load_state(node: slicer.vtkMRMLSegmentationNode) -> ReviewState:
    """The state kept with a node; that of a fresh run, or an empty one, where there is none or it is damaged."""
    try:
        content = json.loads(node.GetAttribute(STATE_ATTRIBUTE) or "null")
        if content is not None:
            return ReviewState(
                _settings(content["run"]),
                _settings(content["now"]),
                {name: _entry(record) for name, record in content["lesions"].items()},
            )
    except (ValueError, KeyError, TypeError, AttributeError, InputError):
        pass  # A scene written by another version: the segments themselves are measured again.
    try:
        kept = node.GetAttribute(SETTINGS_ATTRIBUTE)
        settings = _settings(json.loads(kept)) if kept else LesionSettings()
        lesions = lesions_of(node) or ()
    except (ValueError, TypeError, AttributeError, InputError):
        settings, lesions = LesionSettings(), ()
    entries = {segment_id(lesion.number): Entry(lesion, lesion.tracking_uid) for lesion in lesions}
    return ReviewState(settings, settings, entries)


def _settings(values: dict[str, Any]) -> LesionSettings:
    values = dict(values)
    # Before sgnet-0.11 a lesion's confidence was its peak probability, before sgnet-0.9 none was asked for.
    values.setdefault("min_confidence", values.pop("min_peak_probability", 0.0))
    return LesionSettings.from_dict(values)


def save_state(node: slicer.vtkMRMLSegmentationNode, state: ReviewState) -> None:
    """Keep the state with the node."""
    content = {
        "run": state.run.to_dict(),
        "now": state.now.to_dict(),
        "lesions": {name: _record(entry) for name, entry in state.entries.items()},
    }
    text = json.dumps(content)
    if node.GetAttribute(STATE_ATTRIBUTE) != text:
        node.SetAttribute(STATE_ATTRIBUTE, text)


def numbered(lesion: Lesion, number: int) -> Lesion:
    """The lesion under another number."""
    return replace(lesion, number=number)


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "lesion": entry.lesion.to_dict(),
        "written_uid": entry.written_uid,
        "peak_ijk": entry.peak_ijk,
        "removed": entry.removed,
    }


def _entry(record: dict[str, Any]) -> Entry:
    (lesion,) = lesions_from_dicts([record["lesion"]])
    written, peak = record["written_uid"], record["peak_ijk"]
    i, j, k = (int(n) for n in peak or (0, 0, 0))
    return Entry(
        lesion, None if written is None else str(written), (i, j, k) if peak else None, bool(record["removed"])
    )
