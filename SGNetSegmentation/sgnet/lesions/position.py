"""Where a lesion lies, in words: its side and its rough lobe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sgnet.lesions.atlas import AtlasPose
from sgnet.lesions.midplane import Midplane


@dataclass(frozen=True)
class HeadPosition:
    """How a head lies in the scanner: its symmetry plane and its place in the average brain, each if it was found."""

    midplane: Midplane | None = None
    atlas: AtlasPose | None = None

    def side(self, ras_mm: tuple[float, float, float]) -> str | None:
        """``"left"``, ``"right"``, ``"midline"`` of the patient; None without a symmetry plane."""
        return None if self.midplane is None else self.midplane.side(ras_mm)

    def lobe(self, ras_mm: tuple[float, float, float]) -> str | None:
        """As :meth:`sgnet.lesions.atlas.AtlasPose.lobe`; None without a place in the average brain."""
        return None if self.atlas is None else self.atlas.lobe(ras_mm)

    def to_dict(self) -> dict[str, list[float]]:
        """Plain numbers; an empty list stands for what was not found."""
        return {
            "midplane": [] if self.midplane is None else self.midplane.to_list(),
            "atlas": [] if self.atlas is None else self.atlas.to_list(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> HeadPosition:
        """The inverse of :meth:`to_dict`; files of older versions know no atlas, and had None for no plane.

        Examples
        --------
        >>> position = HeadPosition(Midplane((1.0, 0.0, 0.0), 2.0, 0.9))
        >>> HeadPosition.from_dict(position.to_dict()) == position
        True
        """
        plane, pose = content.get("midplane"), content.get("atlas")
        return cls(
            None if plane is None or not len(plane) else Midplane.from_list(plane),
            None if pose is None or not len(pose) else AtlasPose.from_list(pose),
        )


NOWHERE = HeadPosition()
"""Of a head of which nothing is known."""
