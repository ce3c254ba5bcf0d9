"""Whether the chosen volumes are what the segmentation needs: green, amber or red, with one sentence each.

A quick look, not a judgement: nothing here keeps a run from starting, and the run has its own, exact checks.
docs/reference/input-check.md says where each limit comes from and what it was tried on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from sgnet.data.check import MIN_EXTENT_MM, MIN_FLAIR_COVERAGE
from sgnet.data.roles import ImageDescription, Role, evidence, states_contrast, states_native
from sgnet.mrml.glance import Glance
from sgnet.mrml.pose import Pose, estimate_pose
from sgnet.mrml.steps import Steps

# How far the 99.5th percentile inside the brain stands above the median, in units of median less darkest.
# With contrast agent 0.63 to 1.9 on four real scans, without it 0.26 to 0.52 on synthetic ones.
ENHANCING_TAIL = 0.58
# Median of the outer brain over that of the inner: FLAIR stands 0.11 or more above T1ce on the same scans.
SWAPPED_RIM = 0.08
# RANO-BM (Lin et al., Lancet Oncol 2015): slices at most 5 mm apart, ideally at most 1.5 mm.
IDEAL_SLICE_MM, THICKEST_SLICE_MM = 1.5, 5.0
# A brain is 120 to 140 mm high.
MIN_HEIGHT_MM = 100.0
# The estimate of the pose wanders by up to 2.4 mm on scans that lie on each other.
MISALIGNED_MM = 4.0
# Normalised mutual information: 1.16 or more within a patient, 1.13 or less across patients.
SAME_HEAD = 1.14
_LEAST_HEAD_LITRES = 0.15
# A share is known to 0.5 % by so many voxels of the head, evenly taken.
_COVERAGE_SAMPLES = 20_000
_CUT_AREA_MM2 = 2500.0


class Level(Enum):
    """What a finding asks of the user."""

    OK = "OK"
    CHECK = "Check"
    PROBLEM = "Problem"


class Check(Enum):
    """What is looked at, in the order in which it is shown."""

    VOLUMES = "Volumes"
    CONTRAST = "Contrast"
    COVERAGE = "Coverage"
    SLICES = "Slices"
    ALIGNMENT = "Alignment"


class Fix(Enum):
    """What one click can do about a finding."""

    SWAP = "swap T1ce and FLAIR"
    ALIGN = "register FLAIR to T1ce"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; ``sentence`` is for the user to read."""

    check: Check
    level: Level
    sentence: str
    fix: Fix | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A chosen volume: what is said about it, and a look at it."""

    said: ImageDescription
    seen: Glance


def check_inputs(t1ce: Candidate, flair: Candidate | None) -> Steps[tuple[Finding, ...]]:
    """Check the chosen volumes in small steps; without FLAIR, what T1ce alone can tell.

    Returns
    -------
    tuple of Finding
        One a :class:`Check`; a single one where a volume shows no head at all.
    """
    candidates = [t1ce] if flair is None else [t1ce, flair]
    empty = [one.seen.name for one in candidates if _litres(one.seen) < _LEAST_HEAD_LITRES]
    if empty:
        return (Finding(Check.VOLUMES, Level.PROBLEM, f'No head is seen in "{empty[0]}"; choose another volume.'),)
    yield
    contrast = check_contrast(t1ce)
    yield
    if flair is None:
        return (contrast, check_coverage(t1ce.seen, None, None), check_slices(t1ce.seen, None))
    volumes = check_volumes(t1ce, flair)
    yield
    pose = yield from estimate_pose(t1ce.seen, flair.seen)
    return (
        volumes,
        contrast,
        check_coverage(t1ce.seen, flair.seen, pose),
        check_slices(t1ce.seen, flair.seen),
        check_alignment(t1ce.seen, flair.seen, pose),
    )


def check_volumes(t1ce: Candidate, flair: Candidate) -> Finding:
    """Whether these are two images of one patient, each in its place."""

    def found(level: Level, sentence: str, fix: Fix | None = None) -> Finding:
        return Finding(Check.VOLUMES, level, sentence, fix)

    if _same_image(t1ce.seen, flair.seen):
        return found(Level.PROBLEM, "T1ce and FLAIR hold the same image; choose two different volumes.")
    if t1ce.said.patient_id and flair.said.patient_id and t1ce.said.patient_id != flair.said.patient_id:
        return found(Level.PROBLEM, "T1ce and FLAIR carry different patient IDs; choose volumes of one patient.")
    as_flair, as_t1ce = evidence(t1ce.said, Role.FLAIR), evidence(flair.said, Role.T1CE)
    if as_flair.score and as_t1ce.score:
        return found(Level.PROBLEM, f"T1ce and FLAIR are swapped, by their {as_flair.reason}.", Fix.SWAP)
    if as_flair.score or as_t1ce.score:
        name, role = (t1ce.seen.name, "FLAIR") if as_flair.score else (flair.seen.name, "T1ce")
        reason = as_flair.reason or as_t1ce.reason
        return found(Level.PROBLEM, f'"{name}" is a {role}, by its {reason}; choose the right volume.')
    if _looks_swapped(t1ce.seen, flair.seen):
        named = evidence(t1ce.said, Role.T1CE).score >= 2 and evidence(flair.said, Role.FLAIR).score >= 2
        return found(
            Level.CHECK if named else Level.PROBLEM,
            "T1ce and FLAIR look swapped, by their grey and white matter.",
            Fix.SWAP,
        )
    if t1ce.said.study_uid and flair.said.study_uid and t1ce.said.study_uid != flair.said.study_uid:
        return found(Level.CHECK, "T1ce and FLAIR come from different visits; check that this is meant.")
    return found(Level.OK, "Two different images, each in its place.")


def check_contrast(t1ce: Candidate) -> Finding:
    """Whether contrast agent was given, by what is said and by what is bright inside the brain."""

    def found(level: Level, sentence: str) -> Finding:
        return Finding(Check.CONTRAST, level, sentence)

    stated = states_contrast(t1ce.said)
    if states_native(t1ce.said):
        return found(Level.PROBLEM, "The name says without contrast agent; choose the T1 after contrast.")
    if bright_tail(t1ce.seen) >= ENHANCING_TAIL:
        return found(Level.OK, f"Enhancement is seen{f', as {stated} says' if stated else ''}.")
    if stated:
        return found(Level.CHECK, f"Contrast is stated by {stated}, but little enhances; check the image.")
    return found(Level.CHECK, "Nothing enhances and no contrast agent is stated; check that this is the T1ce.")


def check_coverage(t1ce: Glance, flair: Glance | None, pose: Pose | None) -> Finding:
    """Whether the brain lies inside both volumes."""

    def found(level: Level, sentence: str) -> Finding:
        return Finding(Check.COVERAGE, level, sentence)

    height = _height_mm(t1ce)
    if height < MIN_EXTENT_MM:
        return found(Level.PROBLEM, f"T1ce is only {height:.0f} mm high; {MIN_EXTENT_MM:.0f} mm are needed.")
    if height < MIN_HEIGHT_MM:
        return found(Level.CHECK, f"T1ce covers {height:.0f} mm of the head; lesions outside of it are missed.")
    missing = []
    pixel_mm2 = t1ce.grid.spacing_mm[0] * t1ce.grid.spacing_mm[1]
    if t1ce.head[:, :, -1].sum() * pixel_mm2 > _CUT_AREA_MM2:
        missing.append("T1ce is cut off at the top of the head; lesions there are missed.")
    share = 1.0 if flair is None or pose is None else covered_share(t1ce, flair, pose)
    if share < MIN_FLAIR_COVERAGE:
        missing.append(f"FLAIR covers {share:.0%} of the head in T1ce; elsewhere T1ce alone counts.")
    if missing:
        return found(Level.CHECK, " ".join(missing))
    return found(Level.OK, "T1ce covers the head." if flair is None else "Both volumes cover the head.")


def check_slices(t1ce: Glance, flair: Glance | None) -> Finding:
    """Whether the slices are thin enough to find and measure small lesions."""
    thickest = max(t1ce.native.spacing_mm)
    sentence = f"T1ce slices lie {thickest:.1f} mm apart"
    if thickest > THICKEST_SLICE_MM:
        text = f"{sentence}; lesions under {2 * thickest:.0f} mm cannot be measured."
        return Finding(Check.SLICES, Level.PROBLEM, text)
    if thickest > IDEAL_SLICE_MM + 0.05:
        return Finding(Check.SLICES, Level.CHECK, f"{sentence}; small lesions may be missed.")
    if flair is None:
        return Finding(Check.SLICES, Level.OK, f"{sentence}.")
    other = max(flair.native.spacing_mm)
    if other > THICKEST_SLICE_MM + 0.05:
        return Finding(Check.SLICES, Level.CHECK, f"FLAIR slices lie {other:.1f} mm apart; it adds little there.")
    return Finding(Check.SLICES, Level.OK, f"{sentence}, FLAIR {other:.1f} mm.")


def check_alignment(t1ce: Glance, flair: Glance, pose: Pose) -> Finding:
    """Whether FLAIR lies on T1ce, and shows the same head at all."""
    if pose.agreement_after < SAME_HEAD:
        # A slab has too little in common with a whole head to be sure of it.
        whole = min(_height_mm(t1ce), _height_mm(flair)) >= MIN_HEIGHT_MM
        sentence = "FLAIR fits T1ce nowhere; check that both show the same patient's head."
        return Finding(Check.ALIGNMENT, Level.PROBLEM if whole else Level.CHECK, sentence)
    if pose.off_mm > MISALIGNED_MM:
        return Finding(
            Check.ALIGNMENT,
            Level.CHECK,
            f"FLAIR lies about {pose.off_mm:.0f} mm off T1ce; the run registers it, or align it now.",
            Fix.ALIGN,
        )
    return Finding(Check.ALIGNMENT, Level.OK, "FLAIR lies on T1ce.")


def bright_tail(view: Glance) -> float:
    """How far the brightest half percent inside the brain stands out; see :data:`ENHANCING_TAIL`.

    Only what lies 30 mm deep counts: scalp and skull, bright without contrast agent, do not.
    """
    values = view.inside(30.0)
    if values.size < 200:
        return 0.0
    darkest = float(np.percentile(view.array[view.head], 2))
    median, bright = (float(v) for v in np.percentile(values, [50, 99.5]))
    return (bright - median) / max(median - darkest, 1e-6)


def covered_share(t1ce: Glance, flair: Glance, pose: Pose) -> float:
    """The part of the head in T1ce that lies inside FLAIR once FLAIR is where it fits best."""
    voxels = np.argwhere(t1ce.head)
    points = t1ce.grid.to_ras(voxels[:: max(1, len(voxels) // _COVERAGE_SAMPLES)])
    placed = points @ pose.t1ce_to_flair[:3, :3].T + pose.t1ce_to_flair[:3, 3]
    ijk = flair.native.to_ijk(placed)
    return float(((ijk >= -0.5) & (ijk <= np.array(flair.native.shape) - 0.5)).all(axis=1).mean())


def _rim(view: Glance) -> float:
    darkest = float(np.percentile(view.array[view.head], 2))
    inner = view.inside(24.0)
    if inner.size < 200:
        return 1.0
    median = float(np.median(inner)) - darkest
    outer = view.inside(6.0, 15.0) - darkest
    # Without fluid, whose share differs from brain to brain.
    tissue = outer[outer > 0.5 * median]
    return float(np.median(tissue)) / max(median, 1e-6) if tissue.size else 1.0


def _looks_swapped(t1ce: Glance, flair: Glance) -> bool:
    # With the skull in place, what lies 6 to 15 mm deep is bone rather than cortex.
    return t1ce.extracted and flair.extracted and _rim(t1ce) > _rim(flair) + SWAPPED_RIM


def _same_image(one: Glance, other: Glance) -> bool:
    """Equal voxels, or voxels that differ by scale and offset only."""
    if one.native.shape != other.native.shape or one.array.shape != other.array.shape:
        return False
    both = one.head & other.head
    if both.sum() < 100:
        return False
    return float(np.corrcoef(one.array[both], other.array[both])[0, 1]) > 0.995


def _height_mm(view: Glance) -> float:
    return float(view.grid.shape[2] * view.grid.spacing_mm[2])


def _litres(view: Glance) -> float:
    return float(view.head.sum()) * view.grid.voxel_volume_mm3 / 1e6
