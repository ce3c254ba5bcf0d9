"""A follow-up as one record: what the command writes, the scene keeps, and tables and plots show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sgnet import RESEARCH_USE_ONLY, __version__
from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.lesions.rano_bm import Assessment, assess
from sgnet.lesions.track import Track


@dataclass(frozen=True)
class ScanInfo:
    """One scan of a follow-up.

    Attributes
    ----------
    name : str
        What people call it.
    slice_distance_mm : float
        Of its axial slices.
    from_current : tuple of 16 float
        Rigid, row by row: maps RAS positions in the current scan to RAS positions in this one.
    moved_mm : float
        How far that moves the head, on average; 0 for the current scan.
    edge_agreement : float
        How well both scans lie on each other (:mod:`sgnet.data.timepoints`); 1 for the current scan.
    """

    name: str
    slice_distance_mm: float
    from_current: tuple[float, ...] = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    moved_mm: float = 0.0
    edge_agreement: float = 1.0


@dataclass(frozen=True)
class FollowUp:
    """The lesions of two or more scans, matched.

    Attributes
    ----------
    scans : tuple of ScanInfo
        The oldest first, the current one last.
    tracks : tuple of Track
    settings : FollowUpSettings
    notes : tuple of str
        What the user must know, one sentence each.
    """

    scans: tuple[ScanInfo, ...]
    tracks: tuple[Track, ...]
    settings: FollowUpSettings
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(track.sizes) != len(self.scans) for track in self.tracks):
            raise InputError("The lesions of the comparison do not belong to its scans; compare again.")

    @cached_property
    def assessment(self) -> Assessment:
        """RANO-BM, the imaging part."""
        return assess(self.tracks, self.scans[0].slice_distance_mm, len(self.scans))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        lesions = [
            track.to_dict()
            | {
                "name": track.name,
                "change": track.change(self.settings).value,
                "parts": track.parts.value,
                "target": track.number in self.assessment.targets,
                "rano_bm": self.assessment.lesions[track.number].value,
            }
            for track in self.tracks
        ]
        return {
            "research_use_only": RESEARCH_USE_ONLY,
            "sgnet": __version__,
            "scans": [vars(scan) | {"from_current": list(scan.from_current)} for scan in self.scans],
            "settings": self.settings.to_dict(),
            "notes": list(self.notes),
            "lesions": lesions,
            "rano_bm": self.assessment.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FollowUp:
        """The inverse of :meth:`to_dict`; what follows from the sizes is worked out again.

        Raises
        ------
        InputError
            If something is missing.
        """
        try:
            scans = tuple(
                ScanInfo(
                    str(one["name"]),
                    float(one["slice_distance_mm"]),
                    tuple(float(value) for value in one["from_current"]),
                    float(one["moved_mm"]),
                    float(one["edge_agreement"]),
                )
                for one in values["scans"]
            )
            tracks = tuple(Track.from_dict(one) for one in values["lesions"])
            notes = tuple(str(note) for note in values["notes"])
            return cls(scans, tracks, FollowUpSettings.from_dict(values["settings"]), notes)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"The comparison cannot be read ({error!r}); compare again.") from error

    def rows(self) -> list[dict[str, Any]]:
        """One row of plain values a lesion, the same columns in each; scans are numbered from 1, the oldest.

        A change in per cent is against the scan before, and None where that does not show the lesion.
        """
        numbered = range(len(self.scans))
        return [
            {
                "lesion": track.name,
                "change": track.change(self.settings).value,
                "parts": track.parts.value,
                "target": track.number in self.assessment.targets,
                "rano_bm": self.assessment.lesions[track.number].value,
            }
            | {f"volume_ml_{scan + 1}": track.volume_ml(scan) for scan in numbered}
            | {"volume_change_percent": change_percent(track.volume_ml(-2), track.volume_ml())}
            | {f"diameter_mm_{scan + 1}": track.diameter_mm(scan) for scan in numbered}
            | {"diameter_change_percent": change_percent(track.diameter_mm(-2), track.diameter_mm())}
            | dict(zip(("place_r_mm", "place_a_mm", "place_s_mm"), track.place_ras_mm, strict=True))
            for track in self.tracks
        ]


def change_percent(before: float, now: float) -> float | None:
    """By how much a size has changed; None from nothing.

    Examples
    --------
    >>> change_percent(2.0, 1.5), change_percent(0.0, 1.0)
    (-25.0, None)
    """
    return None if before == 0 else 100 * (now / before - 1)


def columns(scans: int) -> Sequence[str]:
    """The names of the columns of :meth:`FollowUp.rows`, which a follow-up without lesions has too."""
    volumes, diameters = ([f"{name}_{scan}" for scan in range(1, scans + 1)] for name in ("volume_ml", "diameter_mm"))
    return (
        "lesion", "change", "parts", "target", "rano_bm", *volumes, "volume_change_percent", *diameters,
        "diameter_change_percent", "place_r_mm", "place_a_mm", "place_s_mm",
    )  # fmt: skip
