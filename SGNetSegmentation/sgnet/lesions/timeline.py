"""From the T1ce and the label maps of several visits to a follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sgnet.config import FollowUpSettings
from sgnet.data.timepoints import Placement, place_earlier
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.geometry import Volume
from sgnet.lesions.followup import Scan, follow_up
from sgnet.lesions.followup_record import FollowUp, ScanInfo

# Headers of tools that round: a tenth of a millimetre never moves a contour to another voxel.
_GRID_TOLERANCE_MM = 0.1


@dataclass(frozen=True, eq=False)
class Visit:
    """One T1ce with its lesions.

    Attributes
    ----------
    name : str
    t1ce : Volume
    labels : Volume
        Whole numbers on the grid of ``t1ce``, 0 is background.

    Raises
    ------
    InputError
        If both lie on different grids.
    """

    name: str
    t1ce: Volume
    labels: Volume

    def __post_init__(self) -> None:
        if not self.labels.grid.matches(self.t1ce.grid, _GRID_TOLERANCE_MM):
            raise InputError(
                f"{self.t1ce.name} is not on the grid of {self.labels.name}; give the T1ce that was segmented."
            )


def compare_visits(visits: Sequence[Visit], settings: FollowUpSettings, progress: Progress) -> FollowUp:
    """Register each earlier T1ce to the last one, and match and measure the lesions of all.

    Parameters
    ----------
    visits : sequence of Visit
        Two or more, the oldest first.
    settings : FollowUpSettings
    progress : Progress
        Is told the phases "registering scans" and "matching lesions", and every note as a warning.

    Raises
    ------
    InputError
        If there is only one visit, or two T1ce cannot be of one head.
    """
    *earlier, current = visits
    progress.phase("registering scans")
    placements = []
    for done, visit in enumerate(earlier):
        progress.step(done, len(earlier))
        placements.append(place_earlier(current.t1ce, visit.t1ce, progress))
    placements.append(Placement(np.eye(4), 0.0, 1.0))
    progress.phase("matching lesions")
    scans = [Scan(visit.labels, place.from_current) for visit, place in zip(visits, placements, strict=True)]
    infos = tuple(
        ScanInfo(
            visit.name,
            scan.slice_distance_mm,
            tuple(float(value) for value in place.from_current.ravel()),
            place.moved_mm,
            place.edge_agreement,
        )
        for visit, scan, place in zip(visits, scans, placements, strict=True)
    )
    notes = tuple(note for place in placements for note in place.notes)
    return FollowUp(infos, follow_up(scans, settings), settings, notes)
