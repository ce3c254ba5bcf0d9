"""What a segmentation found of a truth that is known, as a table for a terminal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.config import LesionSettings
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.find import find_lesions
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.match import overlap_voxels

# Specks that the evaluation ignores too (docs/reference: BraTS-METS).
SMALLEST_MM3 = 2.0


@dataclass(frozen=True)
class TrueLesion:
    """One lesion of the truth and the lesions of the segmentation that touch it.

    Attributes
    ----------
    truth : Lesion
    found_as : tuple of int
        Numbers of the lesions that touch it; empty if it was missed.
    dice : float
        Of the true lesion and all that touch it together; 0 if it was missed.
    """

    truth: Lesion
    found_as: tuple[int, ...]
    dice: float


@dataclass(frozen=True)
class Comparison:
    """A segmentation against the truth: every true lesion, and the numbers of the false ones."""

    lesions: tuple[TrueLesion, ...]
    false: tuple[int, ...]
    core_dice: float
    whole_dice: float

    @property
    def found(self) -> int:
        """True lesions that at least one lesion touches."""
        return sum(bool(lesion.found_as) for lesion in self.lesions)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "found": self.found}


def compare(segmentation: Segmentation, core: NDArray[np.bool_], whole: NDArray[np.bool_]) -> Comparison:
    """Match the lesions of ``segmentation`` with the components of the true ``core``, both on its grid."""
    settings = LesionSettings(threshold=0.5, min_volume_mm3=SMALLEST_MM3)
    true_labels, _, truth = find_lesions(core.astype(np.float32), whole.astype(np.float32), segmentation.grid, settings)
    shared = overlap_voxels(segmentation.labels, true_labels)
    shared = np.pad(shared, [(0, len(segmentation.lesions) - shared.shape[0]), (0, len(truth) - shared.shape[1])])
    sizes = np.bincount(segmentation.labels.ravel(), minlength=len(segmentation.lesions) + 1)[1:]
    lesions = []
    for lesion in truth:
        column = shared[:, lesion.number - 1]
        touching = np.flatnonzero(column)
        voxels = round(lesion.volume_ml * 1000 / segmentation.grid.voxel_volume_mm3)
        dice = 2 * column.sum() / (voxels + sizes[touching].sum())
        lesions.append(TrueLesion(lesion, tuple(int(n) + 1 for n in touching), float(dice)))
    touches_none = ~_touching(segmentation.labels, core, len(segmentation.lesions))
    false = tuple(int(n) + 1 for n in np.flatnonzero(touches_none))
    return Comparison(tuple(lesions), false, _dice(segmentation.core, core), _dice(segmentation.whole, whole))


def _touching(labels: NDArray[np.uint16], core: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """For each lesion 1..count, whether it holds a voxel of the true core, specks included."""
    return np.bincount(labels[core], minlength=count + 1)[1:] > 0


def _dice(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def comparison_table(comparison: Comparison) -> str:
    """Plain text: a line for each true lesion, then the counts and the Dice of the whole study."""
    lines = ["Truth  Volume ml  Axial mm  Centroid R, A, S mm  Found as  Dice"]
    for item in comparison.lesions:
        truth = item.truth
        centroid = ", ".join(f"{value + 0.0:.1f}" for value in truth.centroid_ras_mm)
        found = ", ".join(map(str, item.found_as)) or "missed"
        lines.append(
            f"{truth.number:>5}  {truth.volume_ml:>9.3f}  {truth.longest_axial_diameter_mm:>8.1f}  {centroid:>19}  "
            f"{found:>8}  {item.dice:.2f}"
        )
    false = f"{len(comparison.false)} (number {', '.join(map(str, comparison.false))})" if comparison.false else "none"
    missed = len(comparison.lesions) - comparison.found
    lines.append(
        f"Found {comparison.found} of {len(comparison.lesions)} true lesions, missed {missed}; false lesions: {false}."
    )
    lines.append(f"Dice of the study: core {comparison.core_dice:.2f}, whole {comparison.whole_dice:.2f}.")
    return "\n".join(lines)
