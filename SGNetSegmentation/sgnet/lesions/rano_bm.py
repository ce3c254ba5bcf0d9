"""RANO-BM on images: which response the sizes of the lesions amount to.

Lin et al., "Response assessment criteria for brain metastases: proposal from the RANO group", Lancet Oncology 2015;
16:e270-e278, doi 10.1016/S1470-2045(15)70057-4. Where it is silent, RECIST 1.1 (Eisenhauer et al., European Journal
of Cancer 2009; 45:228-247), from which it was made, is followed: fragments of a lesion are added up, a merged lesion
is measured as one, and slices thicker than 5 mm ask for lesions of twice their distance.

This is the imaging part alone. RANO-BM also needs what no T1ce shows (:data:`NOT_IN_THE_IMAGES`), so that nothing
here is a response in its sense until a reader has added it. Non-target lesions are judged by a reader's eye there;
here one counts as progressive by the rule for a single target (20 % and 5 mm above its smallest diameter).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sgnet.lesions.track import LesionSize, Track

SOURCE = "RANO-BM: Lin et al., Lancet Oncology 2015; 16:e270-e278, doi 10.1016/S1470-2045(15)70057-4"

MEASURABLE_LONGEST_MM = 10.0
MEASURABLE_PERPENDICULAR_MM = 5.0
MEASURABLE_SLICES = 2
MOST_TARGETS = 5
PARTIAL_DECREASE = 0.30
PROGRESSIVE_INCREASE = 0.20
PROGRESSIVE_MM = 5.0
THICK_SLICE_MM = 5.0
EQUIVOCAL_MM = 5.0
"""Ours: RANO-BM calls a new lesion equivocal "because of its small size" without a number."""

NOT_IN_THE_IMAGES = (
    "corticosteroid dose",
    "clinical status",
    "confirmation of CR or PR after at least 4 weeks",
    "whether immunotherapy is given (new lesions alone are then no progression)",
    "progression on T2/FLAIR without enhancement",
    "whether a lesion is dural, bony, leptomeningeal or cystic only, or was treated locally",
)
"""What RANO-BM asks for besides the sizes on T1ce."""

# Sums of diameters are rounded nowhere, so that a change of exactly 20 % must not fail by the last bit.
_SLACK = 1e-9


class Category(Enum):
    """A response; the value is how RANO-BM writes it."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    PD = "PD"
    NON_CR_NON_PD = "Non-CR/Non-PD"
    NEW = "New"
    NE = "NE"


MEANINGS = {
    Category.CR: "complete response",
    Category.PR: "partial response",
    Category.SD: "stable disease",
    Category.PD: "progressive disease",
    Category.NON_CR_NON_PD: "neither complete response nor progression, no measurable lesion",
    Category.NEW: "new lesion",
    Category.NE: "not evaluable, no lesion on any scan",
}


def measurable(size: LesionSize, slice_distance_mm: float) -> bool:
    """Whether a lesion may become a target: at least 10 mm by 5 mm, on two axial slices or more.

    Parameters
    ----------
    size : LesionSize
        At baseline.
    slice_distance_mm : float
        Distance of the axial slices; above 5 mm the longest diameter must be at least twice as much.

    Examples
    --------
    >>> measurable(LesionSize(1, 0.6, 10.0, 5.0, 2, (0.0, 0.0, 0.0)), 1.0)
    True
    >>> measurable(LesionSize(1, 0.6, 10.0, 5.0, 2, (0.0, 0.0, 0.0)), 6.0)
    False
    """
    least = 2 * slice_distance_mm if slice_distance_mm > THICK_SLICE_MM else MEASURABLE_LONGEST_MM
    return (
        size.longest_axial_diameter_mm >= least - _SLACK
        and size.perpendicular_diameter_mm >= MEASURABLE_PERPENDICULAR_MM - _SLACK
        and size.axial_slices >= MEASURABLE_SLICES
    )


def choose_targets(tracks: Sequence[Track], slice_distance_mm: float) -> tuple[int, ...]:
    """Numbers of the tracks that hold the five largest measurable lesions of the first scan, ascending."""
    candidates = [
        (-size.longest_axial_diameter_mm, -size.volume_ml, track.number)
        for track in tracks
        for size in track.sizes[0]
        if measurable(size, slice_distance_mm)
    ]
    return tuple(sorted({number for *_, number in sorted(candidates)[:MOST_TARGETS]}))


def target_response(diameters_mm: Sequence[Sequence[float]]) -> Category:
    """The response of the targets together on the last scan.

    Parameters
    ----------
    diameters_mm : sequence of sequence of float
        For each target its longest diameter on each scan, the baseline first; 0 where it has disappeared.

    Returns
    -------
    Category
        CR: all have disappeared. PD: the sum is at least 20 % above its smallest value so far (the nadir; the
        baseline may be it) and at least one target is at least 5 mm above its diameter on that scan. PR: the sum is
        at least 30 % below the baseline. SD: anything else. PD goes before PR. NE without targets.

    Examples
    --------
    >>> target_response([[20.0, 14.0]]), target_response([[20.0, 25.0]]), target_response([[10.0, 14.0]])
    (<Category.PR: 'PR'>, <Category.PD: 'PD'>, <Category.SD: 'SD'>)
    """
    if not diameters_mm:
        return Category.NE
    sums = [sum(scan) for scan in zip(*diameters_mm, strict=True)]
    *earlier, now = sums
    if now == 0:
        return Category.CR
    # The latest of equal ones: what has grown since then is what has grown.
    nadir = len(earlier) - 1 - earlier[::-1].index(min(earlier))
    largest_growth = max(one[-1] - one[nadir] for one in diameters_mm)
    if now >= (1 + PROGRESSIVE_INCREASE) * sums[nadir] - _SLACK and largest_growth >= PROGRESSIVE_MM - _SLACK:
        return Category.PD
    return Category.PR if now <= (1 - PARTIAL_DECREASE) * sums[0] + _SLACK else Category.SD


def non_target_response(diameters_mm: Sequence[Sequence[float]]) -> Category:
    """The response of all other lesions that some earlier scan shows.

    Returns
    -------
    Category
        PD where one is 20 % and 5 mm above its smallest diameter so far; CR where all have disappeared, or where
        there are none; Non-CR/Non-PD otherwise.

    Examples
    --------
    >>> non_target_response([[6.0, 0.0], [4.0, 5.0]])
    <Category.NON_CR_NON_PD: 'Non-CR/Non-PD'>
    """
    if any(target_response([one]) is Category.PD for one in diameters_mm):
        return Category.PD
    return Category.CR if all(one[-1] == 0 for one in diameters_mm) else Category.NON_CR_NON_PD


def overall_response(target: Category, non_target: Category, new: bool) -> Category:
    """Both together: the table of RANO-BM, without its clinical rows.

    Parameters
    ----------
    target : Category
        NE where there are no targets.
    non_target : Category
    new : bool
        Whether a lesion is new.

    Examples
    --------
    >>> overall_response(Category.CR, Category.NON_CR_NON_PD, False)
    <Category.PR: 'PR'>
    """
    if new or Category.PD in (target, non_target):
        return Category.PD
    if target is Category.NE:
        return non_target
    if target is Category.CR and non_target is not Category.CR:
        return Category.PR
    return target


@dataclass(frozen=True)
class Assessment:
    """RANO-BM of one patient on the current scan, from images alone.

    Attributes
    ----------
    overall, target, non_target : Category
    targets : tuple of int
        Track numbers.
    sums_mm : tuple of float
        Sum of the longest diameters of the targets on each scan, the oldest first.
    lesions : dict of int to Category
        Of each track, by its number.
    reasons : tuple of str
        What led to ``overall``, one sentence each.
    """

    overall: Category
    target: Category
    non_target: Category
    targets: tuple[int, ...]
    sums_mm: tuple[float, ...]
    lesions: dict[int, Category]
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with what the images cannot tell."""
        return {
            "source": SOURCE,
            "imaging_part_only": True,
            "overall": self.overall.value,
            "target_lesions": self.target.value,
            "non_target_lesions": self.non_target.value,
            "targets": list(self.targets),
            "sums_mm": list(self.sums_mm),
            "lesions": {str(number): category.value for number, category in self.lesions.items()},
            "reasons": list(self.reasons),
            "not_in_the_images": list(NOT_IN_THE_IMAGES),
        }


def assess(tracks: Sequence[Track], slice_distance_mm: float, scans: int = 2) -> Assessment:
    """The categories of each lesion and of the patient.

    A lesion that only the current scan shows is new. One that disappeared and returned is judged like any other,
    against its smallest diameter, which was 0.

    Parameters
    ----------
    tracks : sequence of Track
    slice_distance_mm : float
        Distance of the axial slices of the first scan.
    scans : int
        How many there are.
    """
    new = [track for track in tracks if not any(track.sizes[:-1])]
    targets = choose_targets(tracks, slice_distance_mm)
    measured = [track for track in tracks if track.number in targets]
    others = [track for track in tracks if track.number not in targets and any(track.sizes[:-1])]
    target = target_response([track.diameters_mm for track in measured])
    non_target = non_target_response([track.diameters_mm for track in others])
    lesions = (
        {track.number: target_response([track.diameters_mm]) for track in measured}
        | {track.number: non_target_response([track.diameters_mm]) for track in others}
        | {track.number: Category.NEW for track in new}
    )
    seen_before = bool(measured or others)
    overall = overall_response(target, non_target, bool(new)) if seen_before or new else Category.NE
    sums = tuple(sum(track.diameter_mm(scan) for track in measured) for scan in range(scans))
    progressive = [track for track in others if lesions[track.number] is Category.PD]
    reasons = _reasons(target, sums, progressive, new)
    return Assessment(overall, target, non_target, targets, sums, dict(sorted(lesions.items())), reasons)


def _reasons(
    target: Category, sums_mm: Sequence[float], progressive: Sequence[Track], new: Sequence[Track]
) -> tuple[str, ...]:
    if target is Category.NE:
        reasons = ["The first scan shows no measurable lesion (10 mm by 5 mm, two axial slices)."]
    else:
        nadir = min(sums_mm[:-1])
        text = f"Sum of target diameters {sums_mm[0]:.1f} mm at first, {sums_mm[-1]:.1f} mm now ({_percent(sums_mm)})"
        if len(sums_mm) > 2:
            text += f", smallest before {nadir:.1f} mm"
        reasons = [f"{text}: targets {target.value}."]
    for track in progressive:
        reasons.append(f"Lesion {track.name}, no target, has grown by 20 % and 5 mm or more: judge it by eye.")
    for track in new:
        size = f"Lesion {track.name} is new ({track.diameter_mm():.1f} mm)"
        small = track.diameter_mm() < EQUIVOCAL_MM
        reasons.append(f"{size}: small, perhaps equivocal; confirm it on the next scan." if small else f"{size}.")
    return tuple(reasons)


def _percent(sums_mm: Sequence[float]) -> str:
    return f"{100 * (sums_mm[-1] / sums_mm[0] - 1):+.0f} %"
