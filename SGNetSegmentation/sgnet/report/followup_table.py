"""A follow-up as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from sgnet.lesions.followup_record import FollowUp, change_percent
from sgnet.lesions.rano_bm import MEANINGS, NOT_IN_THE_IMAGES, SOURCE
from sgnet.lesions.track import Parts, Track


def followup_table(followup: FollowUp) -> str:
    """Plain text: one line a lesion with its sizes on each scan, then the patient's categories and their reasons."""
    rows: list[tuple[str, ...]] = [("Lesion", "Change", "Volume ml", "%", "Diameter mm", "%", "RANO-BM")]
    rows += [_row(followup, track) for track in followup.tracks]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if not followup.tracks:
        lines = ["No lesion on any scan."]
    result = followup.assessment
    return "\n".join(
        [
            *lines,
            "",
            f"Images alone: {result.overall.value} ({MEANINGS[result.overall]}).",
            *result.reasons,
            *followup.notes,
            f"{SOURCE}; sizes on T1ce are its imaging part only. Not known here: {'; '.join(NOT_IN_THE_IMAGES)}.",
        ]
    )


def _row(followup: FollowUp, track: Track) -> tuple[str, ...]:
    change = track.change(followup.settings).value
    parts = "" if track.parts is Parts.ONE else f", {track.parts.value}"
    target = " (target)" if track.number in followup.assessment.targets else ""
    volumes = [track.volume_ml(scan) for scan in range(len(track.sizes))]
    return (
        track.name,
        change + parts,
        _arrows(volumes, 3),
        _percent(volumes),
        _arrows(track.diameters_mm, 1),
        _percent(track.diameters_mm),
        followup.assessment.lesions[track.number].value + target,
    )


def _arrows(values: Sequence[float], digits: int) -> str:
    return " > ".join(f"{value:.{digits}f}" if value else "-" for value in values)


def _percent(values: Sequence[float]) -> str:
    change = change_percent(values[-2], values[-1])
    return "" if change is None or not values[-1] else f"{change:+.0f}"
