"""A volume seen from afar, quickly: enough to check an input while the window stays alive. NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgnet.geometry import Grid
from sgnet.mrml.steps import Steps

SPACING_MM = 3.0
"""About how far apart the voxels are that are looked at."""

# Brain is under the vertex; below this are the skull base, the nose and the neck, bright on any T1.
_BRAIN_HEIGHT_MM = 95.0
_DEEPEST_MM = 45.0
# The upper 95 mm measured 1.0 to 1.4 l in extracted brains, real and synthetic, and 1.5 to 3.0 l with the skull.
_EXTRACTED_LITRES = 1.45


@dataclass(frozen=True, eq=False)
class Glance:
    """Every n-th voxel of a volume, about 3 mm apart, without any smoothing.

    Attributes
    ----------
    name : str
    array : ndarray of float32, shape (I, J, K)
        Axes turned so that they point to R, A and S as nearly as may be.
    grid : Grid
        Of ``array``, in world RAS.
    native : Grid
        Of the volume itself.
    head : ndarray of bool, shape (I, J, K)
        Head, or brain where the skull was removed, holes filled roughly.
    depth_mm : ndarray of float32, shape (I, J, K)
        About how deep a voxel lies below the surface of the head; 0 outside, 45 and deeper is 45.
    """

    name: str
    array: NDArray[np.float32]
    grid: Grid
    native: Grid
    head: NDArray[np.bool_]
    depth_mm: NDArray[np.float32]

    @property
    def brain_box(self) -> slice:
        """The part of the third axis, from the vertex 95 mm down, that shows little but brain inside the skull."""
        top = int(np.flatnonzero(self.head.any(axis=(0, 1))).max(initial=0))
        return slice(max(0, top + 1 - round(_BRAIN_HEIGHT_MM / self.grid.spacing_mm[2])), top + 1)

    @property
    def extracted(self) -> bool:
        """Whether the skull was removed, told by the size of what is there."""
        voxels = int(self.head[:, :, self.brain_box].sum())
        return voxels * self.grid.voxel_volume_mm3 / 1e6 < _EXTRACTED_LITRES

    def inside(self, from_mm: float, to_mm: float = np.inf) -> NDArray[np.float32]:
        """Values of the brain box at a depth of ``from_mm`` up to ``to_mm``."""
        box = self.brain_box
        depth = self.depth_mm[:, :, box]
        return self.array[:, :, box][(depth >= from_mm) & (depth < to_mm)]


def take_glance(array: NDArray[np.generic], native: Grid, name: str) -> Steps[Glance]:
    """Look at a volume, in small steps; ``array``, shape (I, J, K), is read in the first of them only."""
    axes = [int(np.argmax(np.abs(native.direction[world]))) for world in range(3)]
    if sorted(axes) != [0, 1, 2]:  # at exactly 45 degrees
        axes = [0, 1, 2]
    strides = [max(1, round(SPACING_MM / native.spacing_mm[axis])) for axis in axes]
    flip = [bool(native.affine_ijk_to_ras[world, axis] < 0) for world, axis in enumerate(axes)]
    view = array.transpose(axes)[tuple(slice(None, None, -n if f else n) for n, f in zip(strides, flip, strict=True))]
    coarse = np.ascontiguousarray(view, dtype=np.float32)
    first = np.zeros(3)
    columns = np.zeros((3, 3))
    for world, (axis, stride, flipped) in enumerate(zip(axes, strides, flip, strict=True)):
        first[axis] = native.shape[axis] - 1 if flipped else 0
        columns[:, world] = native.affine_ijk_to_ras[:3, axis] * (-stride if flipped else stride)
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = columns, native.to_ras([first])[0]
    yield
    np.nan_to_num(coarse, copy=False)
    grid = Grid(coarse.shape, affine)
    head = _head(coarse)
    yield
    head = _filled(head)
    yield
    depth = np.zeros(coarse.shape, np.float32)
    step = float(np.mean(grid.spacing_mm))
    rest = head
    for _ in range(round(_DEEPEST_MM / step)):
        depth += step * rest
        rest = _eroded(rest)
        yield
    return Glance(name, coarse, grid, native, head, depth)


def _head(array: NDArray[np.float32]) -> NDArray[np.bool_]:
    """All but the one value that surrounds a brain, or what Otsu's threshold puts above the noise of the air."""
    faces = np.concatenate([array.take(end, axis).ravel() for axis in range(3) for end in (0, -1)])
    values, counts = np.unique(faces, return_counts=True)
    if counts.max() > 0.3 * faces.size:
        return array != values[counts.argmax()]
    low, high = np.percentile(array, [1, 99])
    # Head against air is a matter of ratios: without the root, bright fat alone would be the upper class.
    root = np.sqrt(np.clip(array, low, max(high, low)) - low)
    return root > _otsu(root)


def _otsu(values: NDArray[np.float32]) -> float:
    counts, edges = np.histogram(values, 256)
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts).astype(np.float64)
    above = below[-1] - below
    total = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num(below * above * (total / below - (total[-1] - total) / above) ** 2)
    return float(centres[between.argmax()])


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Adds what has head on both sides along R-L and along A-P: air in sinuses, fluid, bone."""
    inside = np.ones_like(mask)
    for axis in (0, 1):
        before = np.logical_or.accumulate(mask, axis=axis)
        after = np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis=axis), axis)
        inside &= before & after
    return np.asarray(mask | inside)


def _eroded(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without its outermost voxels; the faces of the volume count as open air, except for the lowest."""
    rest = mask.copy()
    for axis in range(3):
        one, other = (np.moveaxis(array, axis, 0) for array in (rest, mask))
        one[1:] &= other[:-1]
        one[:-1] &= other[1:]
        one[-1] = False
        if axis < 2:
            one[0] = False
    return rest
