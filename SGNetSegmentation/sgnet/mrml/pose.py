"""How far FLAIR lies off T1ce: an estimate in a second, NumPy alone. The run's registration is another, exact one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Grid
from sgnet.mrml.glance import Glance
from sgnet.mrml.steps import Steps

_BINS = 24
_SAMPLES = 6000
# Search steps in mm, and in degrees for rotations: about the same at the rim of a head. Beginning wide finds what
# lies far off but may jump past what lies near, so both are tried.
_WIDE_MM, _NEAR_MM = (12.0, 6.0, 3.0, 1.5, 0.75), (3.0, 1.5, 0.75)
_DEGREES_PER_MM = 0.7
_SWEEPS = 4
# With less of the head inside both volumes nothing can be said.
_LEAST_SHARED = 0.25


@dataclass(frozen=True, eq=False)
class Pose:
    """Where FLAIR lies.

    Attributes
    ----------
    t1ce_to_flair : ndarray, shape (4, 4)
        Rigid; maps RAS positions in T1ce to where FLAIR shows the same.
    off_mm : float
        Mean distance, over the head in T1ce, from where the headers put FLAIR to where it fits best.
    agreement_before, agreement_after : float
        Normalised mutual information (Studholme et al., 1999), 1 for none, there and there.
    """

    t1ce_to_flair: NDArray[np.float64]
    off_mm: float
    agreement_before: float
    agreement_after: float


def estimate_pose(fixed: Glance, moving: Glance) -> Steps[Pose]:
    """Search the rigid pose of ``moving`` that agrees best with ``fixed``, in small steps.

    Pattern searches from the header's pose and from centre on centre.
    """
    measure = yield from _prepared(fixed, moving)
    header, centred = np.zeros(6), np.zeros(6)
    centred[:3] = _centre(moving) - _centre(fixed)
    yield
    best, before = header, measure(header)
    value = before
    for start, steps_mm in ((header, _NEAR_MM), (header, _WIDE_MM), (centred, _WIDE_MM)):
        found, reached = yield from _search(measure, start, steps_mm)
        if reached > value:
            best, value = found, reached
    return Pose(measure.matrix(best), measure.displacement_mm(best), before, value)


def _search(
    measure: _Measure, start: NDArray[np.float64], steps_mm: tuple[float, ...]
) -> Steps[tuple[NDArray[np.float64], float]]:
    place, value = start, measure(start)
    yield
    for step_mm in steps_mm:
        scale = np.array([step_mm] * 3 + [np.radians(_DEGREES_PER_MM * step_mm)] * 3)
        for _ in range(_SWEEPS):
            moved = False
            for axis in range(6):
                for sign in (1.0, -1.0):
                    tried = place.copy()
                    tried[axis] += sign * scale[axis]
                    new = measure(tried)
                    yield
                    if new > value + 1e-5:
                        place, value, moved = tried, new, True
                        break
            if not moved:
                break
    return place, value


class _Measure:
    """Agreement of both volumes as a function of three shifts (mm) and three turns (rad) about the head's centre."""

    def __init__(
        self, points_ras_mm: NDArray[np.float64], fixed: NDArray[np.intp], moving: NDArray[np.float32], grid: Grid
    ) -> None:
        self._points, self._fixed, self._moving, self._grid = points_ras_mm, fixed, moving, grid
        self._centre = points_ras_mm.mean(axis=0)

    def __call__(self, parameters: NDArray[np.float64]) -> float:
        ijk = self._grid.to_ijk(self._moved(parameters))
        low = np.floor(ijk).astype(np.intp)
        valid = ((low >= 0) & (low < np.array(self._grid.shape) - 1)).all(axis=1)
        if valid.mean() < _LEAST_SHARED:
            return 1.0
        i, j, k = low[valid].T
        x, y, z = (ijk[valid] - low[valid]).T
        values = np.zeros(len(i))
        for di, wx in ((0, 1 - x), (1, x)):
            for dj, wy in ((0, 1 - y), (1, y)):
                for dk, wz in ((0, 1 - z), (1, z)):
                    values += wx * wy * wz * self._moving[i + di, j + dj, k + dk]
        pairs = self._fixed[valid] * _BINS + values.astype(np.intp)
        joint = np.bincount(pairs, minlength=_BINS * _BINS).reshape(_BINS, _BINS)
        together = _entropy(joint.ravel())
        return 1.0 if together == 0 else (_entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))) / together

    def displacement_mm(self, parameters: NDArray[np.float64]) -> float:
        """How far the voxels of the head are moved on average."""
        return float(np.linalg.norm(self._moved(parameters) - self._points, axis=1).mean())

    def matrix(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """The parameters as a transform of RAS positions, shape (4, 4)."""
        (sa, sb, sc), (ca, cb, cc) = np.sin(parameters[3:]), np.cos(parameters[3:])
        x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
        y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
        z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
        matrix = np.eye(4)
        matrix[:3, :3] = z @ y @ x
        matrix[:3, 3] = self._centre + parameters[:3] - matrix[:3, :3] @ self._centre
        return matrix

    def _moved(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        matrix = self.matrix(parameters)
        return self._points @ matrix[:3, :3].T + matrix[:3, 3]


def _prepared(fixed: Glance, moving: Glance) -> Steps[_Measure]:
    # The head with what surrounds it: where it ends says as much as what is in it.
    around = np.argwhere(_widened(fixed.head))
    chosen = around[:: max(1, len(around) // _SAMPLES)]
    yield
    values = _binned(fixed)[tuple(chosen.T)].astype(np.intp)
    yield
    return _Measure(fixed.grid.to_ras(chosen), values, _binned(moving), moving.grid)


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    wide = mask.copy()
    for axis in range(3):
        array = np.moveaxis(wide, axis, 0)
        array[2:] |= array[:-2].copy()
        array[:-2] |= array[2:].copy()
    return wide


def _binned(view: Glance) -> NDArray[np.float32]:
    """Values scaled to [0, bins) between the 1st and 99th percentile of the head."""
    values = view.array[view.head]
    low, high = np.percentile(values, [1, 99]) if values.size else (0.0, 1.0)
    scaled = (view.array - low) / max(float(high - low), 1e-12) * _BINS
    return np.clip(scaled, 0, _BINS - 1e-3).astype(np.float32)


def _centre(view: Glance) -> NDArray[np.float64]:
    """Of the head, RAS mm; from its profiles along the axes, many times faster than from a list of its voxels."""
    profiles = [view.head.sum(axis=axes) for axes in ((1, 2), (0, 2), (0, 1))]
    voxels = profiles[0].sum()
    if voxels == 0:
        return np.zeros(3)
    ijk = [float(profile @ np.arange(len(profile))) / voxels for profile in profiles]
    return view.grid.to_ras(np.array([ijk]))[0]


def _entropy(counts: NDArray[np.integer]) -> float:
    share = counts[counts > 0] / max(int(counts.sum()), 1)
    return float(-(share * np.log(share)).sum())
