"""One lesion through two or more scans, in plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.lesions.lesion import sphere_diameter_mm


class Change(Enum):
    """What became of a lesion between the last two scans."""

    NEW = "new"
    RETURNED = "returned"
    GROWN = "grown"
    STABLE = "stable"
    SHRUNK = "shrunk"
    GONE = "gone"


class Parts(Enum):
    """How the parts of a lesion on the last two scans belong together."""

    ONE = "one"
    SPLIT = "split"
    MERGED = "merged"
    BOTH = "merged and split"


@dataclass(frozen=True)
class LesionSize:
    """One component of a label map on the scan in which it was drawn.

    Attributes
    ----------
    number : int
        Its label.
    volume_ml : float
    longest_axial_diameter_mm, perpendicular_diameter_mm : float
        The RANO-BM pair (:func:`sgnet.lesions.measure.axial_diameters`).
    axial_slices : int
        Slices of the native plane nearest to axial that show it.
    centroid_ras_mm : tuple of three float
        In the coordinates of its own scan.
    name : str
        What people call it, where that is not its number.
    """

    number: int
    volume_ml: float
    longest_axial_diameter_mm: float
    perpendicular_diameter_mm: float
    axial_slices: int
    centroid_ras_mm: tuple[float, float, float]
    name: str = ""


@dataclass(frozen=True)
class Track:
    """What was found to be one lesion on all scans: none, one or several components on each.

    Attributes
    ----------
    number : int
        1, 2, ...: those of the current scan in their order there, then those that are gone.
    sizes : tuple of tuple of LesionSize
        For each scan, the oldest first, the current one last; an empty tuple where the lesion is not seen.
    place_ras_mm : tuple of three float
        Where it lies in the current scan, or where it would lie there if it is gone.
    """

    number: int
    sizes: tuple[tuple[LesionSize, ...], ...]
    place_ras_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or not any(self.sizes):
            raise InputError("A lesion is followed over two scans at least, and is seen on one of them.")

    @property
    def name(self) -> str:
        """What people call it: its numbers on the current scan (``"1+3"``), or those it had last (``"was 2"``)."""
        last = next(scan for scan in reversed(self.sizes) if scan)
        names = "+".join(size.name or str(size.number) for size in last)
        return names if self.sizes[-1] else f"was {names}"

    def volume_ml(self, scan: int = -1) -> float:
        """Of all its components on a scan (-1 the current, -2 the previous, 0 the oldest); 0 where it is not seen."""
        return sum(size.volume_ml for size in self.sizes[scan])

    def diameter_mm(self, scan: int = -1) -> float:
        """Sum of the longest axial diameters of its components on a scan, as RECIST 1.1 adds up fragments."""
        return sum(size.longest_axial_diameter_mm for size in self.sizes[scan])

    @property
    def diameters_mm(self) -> tuple[float, ...]:
        """:meth:`diameter_mm` on each scan, the oldest first."""
        return tuple(self.diameter_mm(scan) for scan in range(len(self.sizes)))

    @property
    def parts(self) -> Parts:
        """Whether it has merged or split since the previous scan."""
        before, now = len(self.sizes[-2]), len(self.sizes[-1])
        if before > 1 and now > 1:
            return Parts.BOTH
        if before > 1 and now == 1:
            return Parts.MERGED
        return Parts.SPLIT if before == 1 and now > 1 else Parts.ONE

    def change(self, settings: FollowUpSettings) -> Change:
        """Against the previous scan; grown and shrunk are judged by volume, so that they do not depend on the plane.

        Examples
        --------
        >>> def size(ml):
        ...     return LesionSize(1, ml, 10.0, 10.0, 5, (0.0, 0.0, 0.0))
        >>> tracks = [Track(1, ((size(1.0),), (size(ml),)), (0.0, 0.0, 0.0)) for ml in (0.5, 1.1, 2.0)]
        >>> [track.change(FollowUpSettings()).value for track in tracks]
        ['shrunk', 'stable', 'grown']
        """
        if not self.sizes[-1]:
            return Change.GONE
        if not self.sizes[-2]:
            return Change.RETURNED if any(self.sizes[:-2]) else Change.NEW
        before, now = self.volume_ml(-2), self.volume_ml(-1)
        if max(before, now) < min(before, now) * (1 + settings.change_percent / 100):
            return Change.STABLE
        if abs(sphere_diameter_mm(now) - sphere_diameter_mm(before)) < settings.change_mm:
            return Change.STABLE
        return Change.GROWN if now > before else Change.SHRUNK

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "number": self.number,
            "place_ras_mm": list(self.place_ras_mm),
            "sizes": [[asdict(size) | {"centroid_ras_mm": list(size.centroid_ras_mm)} for size in scan]
                      for scan in self.sizes],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Track:
        """The inverse of :meth:`to_dict`. Raises InputError if something is missing or no number."""
        try:
            sizes = tuple(tuple(_size(one) for one in scan) for scan in values["sizes"])
            return cls(int(values["number"]), sizes, _position(values["place_ras_mm"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"A lesion of the comparison cannot be read ({error!r}); compare again.") from error


def _size(values: Mapping[str, Any]) -> LesionSize:
    return LesionSize(
        number=int(values["number"]),
        volume_ml=float(values["volume_ml"]),
        longest_axial_diameter_mm=float(values["longest_axial_diameter_mm"]),
        perpendicular_diameter_mm=float(values["perpendicular_diameter_mm"]),
        axial_slices=int(values["axial_slices"]),
        centroid_ras_mm=_position(values["centroid_ras_mm"]),
        name=str(values.get("name", "")),
    )


def _position(values: Any) -> tuple[float, float, float]:
    r, a, s = values
    return float(r), float(a), float(s)
