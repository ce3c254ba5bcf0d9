"""What is known of one metastasis."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from sgnet.lesions.tracking import tracking_id


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
    confidence : float in [0, 1], or None
        That it is a lesion (:mod:`sgnet.lesions.confidence`), for this outline; None in results of sgnet-0.10
        and before, and for one edited where the network's probabilities are not at hand.
    surface_mm2, sphericity : float or None
        :mod:`sgnet.lesions.surface`. These and what follows are None where they were not measured.
    nearest_lesion_mm : float or None
        Gap to the nearest other lesion between outer voxel edges, 0 where they touch; None for a lone lesion.
    oedema_ml : float or None
        Of the whole-lesion mask, what is no core and nearest to this lesion.
    side : str or None
        ``"left"``, ``"right"`` or ``"midline"`` of the patient (:mod:`sgnet.lesions.side`); None where the head
        has no symmetry plane.
    tracking_uid : str or None
        DICOM UID of this lesion in every export (:mod:`sgnet.lesions.tracking`).
    lobe : str or None
        Rough, such as ``"frontal"`` or, near a border, ``"frontal/parietal"`` (:mod:`sgnet.lesions.atlas`); None where
        the head could not be brought onto the average brain.
    """

    number: int
    volume_ml: float
    longest_axial_diameter_mm: float
    perpendicular_diameter_mm: float
    longest_diameter_mm: float
    centroid_ras_mm: tuple[float, float, float]
    mean_probability: float
    peak_probability: float
    surface_mm2: float | None = None
    sphericity: float | None = None
    nearest_lesion_mm: float | None = None
    oedema_ml: float | None = None
    side: str | None = None
    tracking_uid: str | None = None
    lobe: str | None = None
    confidence: float | None = None

    @property
    def tracking_id(self) -> str:
        """What the lesion is called in every export."""
        return tracking_id(self.number)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "centroid_ras_mm": list(self.centroid_ras_mm), "tracking_id": self.tracking_id}


def sphere_diameter_mm(volume_ml: float) -> float:
    """Diameter of the sphere of this volume.

    Examples
    --------
    >>> round(sphere_diameter_mm(0.5236), 3)
    10.0
    """
    return (6000.0 * volume_ml / math.pi) ** (1 / 3)
