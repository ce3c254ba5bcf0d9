"""How slices of a grid are laid out on the page: axial, in radiological convention, in true proportions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import Grid, Volume
from sgnet.lesions.measure import axial_axis


@dataclass(frozen=True, eq=False)
class AxialView:
    """The native plane nearest to axial, seen from the feet: the patient's left is on the right, anterior on top.

    Places on the page are (x, y) in mm from the slice's left upper edge, y downwards.

    Examples
    --------
    >>> view = AxialView(Grid((2, 3, 1), np.diag([1.0, 2.0, 5.0, 1.0])))
    >>> view.slice(np.arange(6).reshape(2, 3, 1), 0)
    array([[5, 2],
           [4, 1],
           [3, 0]])
    >>> view.size_mm, view.edge_letters
    ((2.0, 6.0), ('R', 'L', 'A', 'P'))
    """

    grid: Grid

    @cached_property
    def slice_axis(self) -> int:
        """The array axis along which slices are stacked."""
        return axial_axis(self.grid)

    @cached_property
    def row_axis(self) -> int:
        """The array axis that runs down the page."""
        return 3 - self.slice_axis - self.column_axis

    @cached_property
    def column_axis(self) -> int:
        """The array axis that runs across the page: of the two in the plane, the one nearer to right-left."""
        first, second = (axis for axis in range(3) if axis != self.slice_axis)
        across = np.abs(self.grid.direction[0])
        return first if across[first] >= across[second] else second

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of a slice."""
        shape, spacing = self.grid.shape, self.grid.spacing_mm
        return (
            shape[self.column_axis] * spacing[self.column_axis],
            shape[self.row_axis] * spacing[self.row_axis],
        )

    @property
    def edge_letters(self) -> tuple[str, str, str, str]:
        """The anatomical direction at the left, right, upper and lower edge."""
        opposite = dict(zip("RLAPSI", "LRPAIS", strict=True))
        codes = self.grid.axis_codes
        across = opposite[codes[self.column_axis]] if self._flip_columns else codes[self.column_axis]
        down = opposite[codes[self.row_axis]] if self._flip_rows else codes[self.row_axis]
        return opposite[across], across, opposite[down], down

    def slice(self, array: NDArray[np.generic], index: int) -> NDArray[np.generic]:
        """Slice ``index`` of an array on this grid as (rows, columns) on the page."""
        plane = np.take(array, index, axis=self.slice_axis)
        if self.row_axis > self.column_axis:
            plane = plane.T
        return np.asarray(plane[:: -1 if self._flip_rows else 1, :: -1 if self._flip_columns else 1])

    def sample(self, volume: Volume, index: int) -> NDArray[np.float32]:
        """Another volume along slice ``index``, interpolated linearly through the headers; NaN outside it."""
        shape = (self.grid.shape[self.row_axis], self.grid.shape[self.column_axis])
        rows, columns = np.indices(shape)
        ijk = np.empty((rows.size, 3))
        ijk[:, self.slice_axis] = index
        ijk[:, self.row_axis] = (shape[0] - 1 - rows if self._flip_rows else rows).ravel()
        ijk[:, self.column_axis] = (shape[1] - 1 - columns if self._flip_columns else columns).ravel()
        there = volume.grid.to_ijk(self.grid.to_ras(ijk))
        # A voxel reaches half its size beyond its centre.
        last = np.array(volume.grid.shape) - 1
        outside = ((there < -0.5) | (there > last + 0.5)).any(axis=1)
        values = ndimage.map_coordinates(
            volume.array, np.clip(there, 0, last).T, order=1, prefilter=False, output=np.float32
        )
        values[outside] = np.nan
        return np.asarray(values.reshape(shape))

    def to_page_mm(self, ijk: NDArray[np.floating]) -> NDArray[np.float64]:
        """(x, y) on the page, shape (N, 2), of voxel indices, shape (N, 3)."""
        points = np.asarray(ijk, dtype=np.float64)
        page = []
        for axis, flip in ((self.column_axis, self._flip_columns), (self.row_axis, self._flip_rows)):
            index = points[:, axis]
            index = self.grid.shape[axis] - 1 - index if flip else index
            page.append((index + 0.5) * self.grid.spacing_mm[axis])
        return np.column_stack(page)

    def slice_number(self, index: int) -> int:
        """1 for the lowest slice, counted towards the head, whichever way the file is stored."""
        upwards = self.grid.direction[2, self.slice_axis] > 0
        return index + 1 if upwards else self.grid.shape[self.slice_axis] - index

    @property
    def _flip_columns(self) -> bool:
        return bool(self.grid.direction[0, self.column_axis] > 0)

    @property
    def _flip_rows(self) -> bool:
        return bool(self.grid.direction[1, self.row_axis] > 0)
