"""What is known of one metastasis."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Lesion:
    """One connected enhancing-plus-necrotic core, measured on the native T1ce grid.

    Attributes
    ----------
    number : int
        1 for the largest; ties are broken by position. Equals the label in ``lesions.nii.gz``.
    volume_ml : float
    longest_axial_diameter_mm, perpendicular_diameter_mm : float
        Longest diameter within one slice of the native plane nearest to axial, and the longest
        perpendicular to it in the same slice (RANO-BM), measured to the outer voxel edges.
    longest_diameter_mm : float
        Longest diameter in three dimensions.
    centroid_ras_mm : tuple of three float
    mean_probability, peak_probability : float in [0, 1]
        Of the core probability inside the lesion.
    """

    number: int
    volume_ml: float
    longest_axial_diameter_mm: float
    perpendicular_diameter_mm: float
    longest_diameter_mm: float
    centroid_ras_mm: tuple[float, float, float]
    mean_probability: float
    peak_probability: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "centroid_ras_mm": list(self.centroid_ras_mm)}
