"""The plane between the two halves of a head, and on which side of it a point lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEFT, RIGHT, MIDLINE = "left", "right", "midline"

MIDLINE_MM = 4.0
"""A lesion whose centroid lies this near to the plane is called midline."""


@dataclass(frozen=True)
class Midplane:
    """The plane of symmetry of a head.

    Attributes
    ----------
    normal_ras : tuple of three float
        Unit vector towards the patient's right.
    offset_mm : float
        Points on the plane have ``normal . ras == offset_mm``.
    symmetry : float
        Correlation of the image with its mirror image.
    """

    normal_ras: tuple[float, float, float]
    offset_mm: float
    symmetry: float

    def distance_mm(self, ras_mm: tuple[float, float, float]) -> float:
        """Signed distance of a point, positive on the patient's right.

        Examples
        --------
        >>> Midplane((1.0, 0.0, 0.0), 2.0, 1.0).distance_mm((10.0, 5.0, 5.0))
        8.0
        """
        return float(np.dot(self.normal_ras, ras_mm)) - self.offset_mm

    def side(self, ras_mm: tuple[float, float, float]) -> str:
        """``"left"``, ``"right"``, or ``"midline"`` within :data:`MIDLINE_MM`.

        Examples
        --------
        >>> plane = Midplane((1.0, 0.0, 0.0), 0.0, 1.0)
        >>> [plane.side((x, 0.0, 0.0)) for x in (-20.0, 3.0, 20.0)]
        ['left', 'midline', 'right']
        """
        distance = self.distance_mm(ras_mm)
        if abs(distance) <= MIDLINE_MM:
            return MIDLINE
        return RIGHT if distance > 0 else LEFT

    def to_list(self) -> list[float]:
        """Plain numbers: normal, offset, symmetry."""
        return [*self.normal_ras, self.offset_mm, self.symmetry]

    @classmethod
    def from_list(cls, numbers: Sequence[float]) -> Midplane:
        """The inverse of :meth:`to_list`.

        Examples
        --------
        >>> plane = Midplane((1.0, 0.0, 0.0), 2.0, 0.9)
        >>> Midplane.from_list(plane.to_list()) == plane
        True
        """
        right, anterior, superior, offset, symmetry = (float(n) for n in numbers)
        return cls((right, anterior, superior), offset, symmetry)
