"""Which lesions of two or more scans are one.

Every scan is measured on its own grid; nothing is resampled. To match two scans, the voxel centres of each lesion
are carried into the other scan by the rigid registration of both T1ce and looked up there. Lesions are one where
they share a tenth of the smaller of them, or, for those that share nothing with anything, where the gap between
them is within the tolerance: a small metastasis slips out of its own place by an error of two millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.lesions.measure import axial_axis, axial_diameters
from sgnet.lesions.track import LesionSize, Track

# Spheres of 4 mm that touch and slip 1 mm into each other share 9 % of their volume: less is no merging.
_SHARED = 0.1
# A lesion that shares half of itself with one is not also drawn to a neighbour that does so elsewhere.
_MOSTLY = 0.5
_TIE = 1e-6


@dataclass(frozen=True, eq=False)
class Scan:
    """The lesions of one scan, and where they lie in the current one.

    Attributes
    ----------
    labels : Volume
        Whole numbers, 0 is background; each other number is one lesion, whether or not it is connected.
    from_current : ndarray, shape (4, 4)
        Rigid; maps RAS positions in the current scan to RAS positions in this one. The identity for the current.
    """

    labels: Volume
    from_current: NDArray[np.float64]

    @property
    def slice_distance_mm(self) -> float:
        """Distance of the slices of the native plane nearest to axial."""
        return self.labels.grid.spacing_mm[axial_axis(self.labels.grid)]


@dataclass(frozen=True, eq=False)
class _Lesion:
    size: LesionSize
    voxels: int
    points_mm: NDArray[np.float64]  # voxel centres, RAS of the current scan, (N, 3)
    radius_mm: float  # half of a voxel


def follow_up(scans: Sequence[Scan], settings: FollowUpSettings) -> tuple[Track, ...]:
    """Match the lesions of all scans with each other.

    With more than two scans every two of them are matched, so that a lesion that was missed on one is still followed.

    Parameters
    ----------
    scans : sequence of Scan
        Two or more, the oldest first, the current one last.
    settings : FollowUpSettings
        Of which ``tolerance_mm`` is used here.

    Returns
    -------
    tuple of Track
        Those of the current scan in the order of their numbers there, then those that are gone; none if no scan
        shows a lesion.

    Raises
    ------
    InputError
        If there is only one scan.
    """
    if len(scans) < 2:
        raise InputError("A follow-up needs two scans at least; give a previous and a current one.")
    lesions = [_lesions(scan) for scan in scans]
    first = np.cumsum([0, *(len(one) for one in lesions)])
    count = int(first[-1])
    linked = np.zeros((count, count), np.bool_)
    for one in range(len(scans)):
        for other in range(one + 1, len(scans)):
            block = _links(scans[one], lesions[one], scans[other], lesions[other], settings.tolerance_mm)
            linked[first[one] : first[one + 1], first[other] : first[other + 1]] = block
    tracks = connected_components(coo_array(linked), directed=False)[1] if count else np.zeros(0, int)
    return _number(lesions, np.split(tracks, first[1:-1]))


def _lesions(scan: Scan) -> list[_Lesion]:
    labels, grid = scan.labels.array, scan.labels.grid
    to_current = np.linalg.inv(scan.from_current)
    axis = axial_axis(grid)
    found = []
    for number, box in enumerate(ndimage.find_objects(labels.astype(np.int32, copy=False)), start=1):
        if box is None:
            continue
        mask = labels[box] == number
        start = [part.start for part in box]
        ijk = np.argwhere(mask) + start
        diameters = axial_diameters(mask, grid.with_shape(mask.shape, start))
        r, a, s = grid.to_ras([ijk.mean(axis=0)])[0].tolist()
        size = LesionSize(
            number=number,
            volume_ml=len(ijk) * grid.voxel_volume_mm3 / 1000,
            longest_axial_diameter_mm=diameters.longest_mm,
            perpendicular_diameter_mm=diameters.perpendicular_mm,
            axial_slices=len(np.unique(ijk[:, axis])),
            centroid_ras_mm=(r, a, s),
        )
        points = grid.to_ras(ijk) @ to_current[:3, :3].T + to_current[:3, 3]
        found.append(_Lesion(size, len(ijk), points, grid.voxel_volume_mm3 ** (1 / 3) / 2))
    return found


def _links(
    one: Scan, ones: Sequence[_Lesion], other: Scan, others: Sequence[_Lesion], tolerance_mm: float
) -> NDArray[np.bool_]:
    """Which lesions of two scans are one, shape (len(ones), len(others)); the same, transposed, if they are swapped."""
    if not ones or not others:
        return np.zeros((len(ones), len(others)), np.bool_)
    volumes = (
        np.array([lesion.size.volume_ml for lesion in ones]),
        np.array([lesion.size.volume_ml for lesion in others]),
    )
    # Seen from both sides, because a thick slice and a thin one do not count alike.
    shared = (_shares(ones, other, others) * volumes[0][:, None] + _shares(others, one, ones).T * volumes[1]) / 2
    share = shared / np.minimum(volumes[0][:, None], volumes[1])
    mostly = share >= _MOSTLY
    elsewhere = mostly.any(axis=1)[:, None] & mostly.any(axis=0)
    links: NDArray[np.bool_] = mostly | ((share >= _SHARED) & ~elsewhere)
    rows, columns = np.flatnonzero(~links.any(axis=1)).tolist(), np.flatnonzero(~links.any(axis=0)).tolist()
    gaps = np.full(links.shape, np.inf)
    for row in rows:
        for column in columns:
            gaps[row, column] = _gap_mm(ones[row], others[column])
    while gaps.size and gaps.min() <= tolerance_mm:
        row, column = divmod(int(gaps.argmin()), len(others))
        links[row, column] = True
        gaps[row, :] = gaps[:, column] = np.inf
    return links


def _shares(lesions: Sequence[_Lesion], other: Scan, others: Sequence[_Lesion]) -> NDArray[np.float64]:
    """Share of each lesion's voxel centres that lie in each lesion of the other scan."""
    labels, grid = other.labels.array, other.labels.grid
    numbers = np.array([lesion.size.number for lesion in others])
    shares = np.zeros((len(lesions), len(others)))
    for row, lesion in enumerate(lesions):
        ras = lesion.points_mm @ other.from_current[:3, :3].T + other.from_current[:3, 3]
        ijk = np.rint(grid.to_ijk(ras)).astype(int)
        ijk = ijk[((ijk >= 0) & (ijk < grid.shape)).all(axis=1)]
        hit = labels[tuple(ijk.T)]
        shares[row] = [np.count_nonzero(hit == number) / lesion.voxels for number in numbers]
    return shares


def _gap_mm(one: _Lesion, other: _Lesion) -> float:
    """Distance of the nearest voxel centres less half a voxel of each; near 0 where they touch."""
    small, large = sorted((one, other), key=lambda lesion: lesion.voxels)
    nearest = float(KDTree(large.points_mm).query(small.points_mm)[0].min())
    # Of several that touch, the one with the nearer middle.
    between_mm = float(np.linalg.norm(one.points_mm.mean(axis=0) - other.points_mm.mean(axis=0)))
    return max(0.0, nearest - one.radius_mm - other.radius_mm) + _TIE * between_mm


def _number(lesions: Sequence[Sequence[_Lesion]], tracks: Sequence[NDArray[np.integer]]) -> tuple[Track, ...]:
    """The tracks in their order; ``tracks`` holds for each scan the component of each of its lesions."""
    members: dict[int, list[list[_Lesion]]] = {}
    for scan, (found, components) in enumerate(zip(lesions, tracks, strict=True)):
        for lesion, component in zip(found, components.tolist(), strict=True):
            members.setdefault(component, [[] for _ in lesions])[scan].append(lesion)

    def order(scans: list[list[_Lesion]]) -> tuple[int, int]:
        # The latest scan that shows it decides: 0 scans ago, 1 ago, ...
        ago = next(ago for ago, scan in enumerate(reversed(scans)) if scan)
        return ago, min(lesion.size.number for lesion in scans[-1 - ago])

    result = []
    for number, scans in enumerate(sorted(members.values(), key=order), start=1):
        last = next(scan for scan in reversed(scans) if scan)
        r, a, s = np.concatenate([lesion.points_mm for lesion in last]).mean(axis=0).tolist()
        sizes = tuple(tuple(lesion.size for lesion in scan) for scan in scans)
        result.append(Track(number, sizes, (r, a, s)))
    return tuple(result)
