"""Whether what is exported holds the volumes that it was made from."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from sgnet import RESEARCH_USE_ONLY
from sgnet.export.rtstruct_dataset import Structure

COLUMNS = ("structure", "lesion", "mask_ml", "contour_ml", "difference_percent", "tracking_uid")


@dataclass(frozen=True)
class VolumeCheck:
    """One structure's volume before and after.

    Attributes
    ----------
    structure : str
    lesion : int
    mask_ml : float
        Of a GTV, the lesion in the label map as it was given; of a PTV, the voxels within the margin.
    contour_ml : float or None
        Areas of the contours in the file times the distance of the slices; holes taken off. None where no contours
        are exported.
    tracking_uid : str
        The lesion's, as in every other file (:mod:`sgnet.lesions.tracking`).
    """

    structure: str
    lesion: int
    mask_ml: float
    contour_ml: float | None
    tracking_uid: str

    @property
    def difference_percent(self) -> float | None:
        """Of the contours from the mask, in percent of the mask; None without contours."""
        return None if self.contour_ml is None else 100 * (self.contour_ml / self.mask_ml - 1)

    def to_dict(self) -> dict[str, str | int | float | None]:
        """Plain values for JSON."""
        return {name: getattr(self, name) for name in COLUMNS}


def check_volumes(
    dataset: Dataset, structures: Sequence[Structure], mask_ml: Sequence[float], slice_spacing_mm: float
) -> tuple[VolumeCheck, ...]:
    """Measure every structure of ``dataset`` from the very text of its contours."""
    return tuple(
        VolumeCheck(one.name, one.lesion, given, contour_volume_ml(item, slice_spacing_mm), one.tracking_uid)
        for one, given, item in zip(structures, mask_ml, dataset.ROIContourSequence, strict=True)
    )


def contour_volume_ml(roi_contour: Dataset, slice_spacing_mm: float) -> float:
    """Volume of one item of the ROI Contour Sequence; a hole runs against its outer contour.

    Parameters
    ----------
    roi_contour : pydicom.Dataset
    slice_spacing_mm : float

    Returns
    -------
    float
        In ml.
    """
    vectors = [_area_vector(_points(contour)) for contour in roi_contour.ContourSequence]
    return float(np.linalg.norm(np.sum(vectors, axis=0)) * slice_spacing_mm / 1000)


def _points(contour: Dataset) -> NDArray[np.float64]:
    element = contour.get_item("ContourData")
    assert element is not None
    value = element.value
    # As bytes where pydicom has not parsed it yet, which for a million numbers takes it many seconds.
    numbers = value.split(b"\\") if isinstance(value, bytes) else list(value or ())
    return np.array(numbers, dtype=np.float64).reshape(-1, 3)


def _area_vector(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The polygon's area in mm2, along its normal, by the right-hand rule."""
    # From its first corner: far from the origin the products would lose their last digits.
    arms = points - points[0]
    return 0.5 * np.cross(arms, np.roll(arms, -1, axis=0)).sum(axis=0)


def write_checks(checks: Sequence[VolumeCheck], path: Path) -> None:
    """Write one row a structure as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in checks:
            contours = (
                ("", "") if one.contour_ml is None else (f"{one.contour_ml:.5f}", f"{one.difference_percent:.3f}")
            )
            writer.writerow([one.structure, one.lesion, f"{one.mask_ml:.5f}", *contours, one.tracking_uid])


def write_checks_json(checks: Sequence[VolumeCheck], path: Path) -> None:
    """Write the checks as JSON, with the notice that every file of results carries."""
    content = {"research_use_only": RESEARCH_USE_ONLY, "structures": [one.to_dict() for one in checks]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def check_table(checks: Sequence[VolumeCheck]) -> str:
    """The checks as a text table."""
    rows = [("structure", "mask ml", "contour ml", "difference")]
    rows += [(one.structure, f"{one.mask_ml:.4f}", *_contour_cells(one)) for one in checks]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        row[0].ljust(widths[0]) + "".join("  " + cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )


def _contour_cells(one: VolumeCheck) -> tuple[str, str]:
    if one.contour_ml is None or one.difference_percent is None:
        return "–", "–"
    return f"{one.contour_ml:.4f}", f"{round(one.difference_percent, 2) + 0.0:+.2f} %"
