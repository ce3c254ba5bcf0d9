"""Where voxels lie in the patient: grids in millimetres, RAS, with direction cosines.

Arrays are indexed (I, J, K), first axis fastest in the file, as nibabel and MONAI do; 3D Slicer's
and SimpleITK's arrays are the transpose (K, J, I). Positions are RAS millimetres throughout the
package; only readers and writers of DICOM and ITK convert to LPS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgnet.errors import InputError

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Grid:
    """A lattice of voxel centres.

    Attributes
    ----------
    shape : tuple of three int
        Number of voxels along (I, J, K), each at least 1.
    affine_ijk_to_ras : ndarray of float64, shape (4, 4)
        Maps homogeneous voxel indices to RAS millimetres. Must be finite and invertible, its axes
        perpendicular to within 1 degree.

    Raises
    ------
    InputError
        If the shape is not three positive numbers or the affine is singular, sheared or not finite.

    Examples
    --------
    >>> grid = Grid((4, 4, 2), np.diag([1.0, 1.0, 3.0, 1.0]))
    >>> grid.spacing_mm
    (1.0, 1.0, 3.0)
    >>> grid.axis_codes
    'RAS'
    >>> grid.to_ras([[0, 0, 1]])
    array([[0., 0., 3.]])
    """

    shape: tuple[int, int, int]
    affine_ijk_to_ras: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise InputError(f"A grid needs three positive dimensions, got {self.shape}.")
        affine = np.array(self.affine_ijk_to_ras, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise InputError("The orientation of the volume is not a finite 4 x 4 matrix; convert the file again.")
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        if lengths.min() < 1e-6:
            raise InputError("The voxel spacing of the volume is zero; convert the file again.")
        cosines = affine[:3, :3] / lengths
        if np.abs(cosines.T @ cosines - np.eye(3)).max() > np.sin(np.radians(1.0)):
            raise InputError("The volume's axes are not perpendicular (gantry tilt or shear); resample it first.")
        affine.flags.writeable = False
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine_ijk_to_ras", affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxel centres along I, J and K, in mm."""
        i, j, k = np.linalg.norm(self.affine_ijk_to_ras[:3, :3], axis=0)
        return float(i), float(j), float(k)

    @property
    def direction(self) -> NDArray[np.float64]:
        """Unit vectors of the I, J and K axes in RAS, as columns of a (3, 3) matrix."""
        return self.affine_ijk_to_ras[:3, :3] / np.asarray(self.spacing_mm)

    @property
    def origin_ras_mm(self) -> tuple[float, float, float]:
        """Centre of voxel (0, 0, 0) in RAS, in mm."""
        r, a, s = self.affine_ijk_to_ras[:3, 3]
        return float(r), float(a), float(s)

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel in cubic millimetres."""
        return float(abs(np.linalg.det(self.affine_ijk_to_ras[:3, :3])))

    @property
    def axis_codes(self) -> str:
        """The anatomical direction nearest to each axis, for example ``"RAS"`` or ``"LPS"``."""
        letters = []
        for column in self.direction.T:
            world = int(np.argmax(np.abs(column)))
            letters.append("RAS"[world] if column[world] > 0 else "LPI"[world])
        return "".join(letters)

    def to_ras(self, ijk: ArrayLike) -> NDArray[np.float64]:
        """RAS positions in mm, shape (N, 3), of voxel indices ``ijk``, shape (N, 3), fractions allowed."""
        points = np.atleast_2d(np.asarray(ijk, dtype=np.float64))
        return points @ self.affine_ijk_to_ras[:3, :3].T + self.affine_ijk_to_ras[:3, 3]

    def to_ijk(self, ras_mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional voxel indices, shape (N, 3), of RAS positions in mm, shape (N, 3)."""
        points = np.atleast_2d(np.asarray(ras_mm, dtype=np.float64))
        inverse = np.linalg.inv(self.affine_ijk_to_ras)
        return points @ inverse[:3, :3].T + inverse[:3, 3]

    def matches(self, other: Grid, tolerance_mm: float = 1e-3) -> bool:
        """Whether both grids have the same shape and every voxel centre within ``tolerance_mm``."""
        if self.shape != other.shape:
            return False
        corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (np.array(self.shape) - 1)
        return bool(np.abs(self.to_ras(corners) - other.to_ras(corners)).max() <= tolerance_mm)

    def with_shape(self, shape: Sequence[int], first_ijk: Sequence[int] = (0, 0, 0)) -> Grid:
        """The grid of the same spacing whose first voxel is this grid's ``first_ijk`` (a crop or a pad)."""
        affine = self.affine_ijk_to_ras.copy()
        affine[:3, 3] = self.to_ras([first_ijk])[0]
        i, j, k = shape
        return Grid((i, j, k), affine)

    def describe(self) -> str:
        """Shape, spacing and orientation in one short line for messages and reports."""
        size = " x ".join(str(n) for n in self.shape)
        spacing = " x ".join(f"{s:.3g}" for s in self.spacing_mm)
        return f"{size} voxels of {spacing} mm, {self.axis_codes}"


@dataclass(frozen=True, eq=False)
class Volume:
    """An image with its grid.

    Attributes
    ----------
    array : ndarray, shape (I, J, K) = ``grid.shape``
        Any real dtype.
    grid : Grid
    name : str
        What messages call it: a file name or a node name.
    """

    array: NDArray[np.generic]
    grid: Grid
    name: str = "volume"

    def __post_init__(self) -> None:
        if self.array.shape != self.grid.shape:
            raise InputError(f"{self.name}: the array {self.array.shape} does not fit its grid {self.grid.shape}.")
