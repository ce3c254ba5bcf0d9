"""The probabilities of a run, small enough to be kept with its result, so that thresholds can be changed later.

Only what lies above the lowest threshold a user can choose is kept, in steps of one ten-thousandth. A
voxel's number is the highest step that its probability reaches, so that for every threshold with up to
four decimals "at least the threshold" means the same here as on the network's own floating-point output.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.atomic import atomic_path, os_errors_as_input_errors
from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.lesions.components import bounding_box, label_components
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.position import NOWHERE, HeadPosition
from sgnet.lesions.steps import STEPS, steps_reached
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening

FLOOR = float(LesionSettings.__dataclass_fields__["threshold"].metadata["minimum"])

_FILE_VERSION = 1


@dataclass(frozen=True)
class Region:
    """One 26-connected component of the voxels at or above :data:`FLOOR`.

    Attributes
    ----------
    box : tuple of six int
        First and last + 1 index along each axis, in the kept box of the map.
    peak_ijk : tuple of three int
        Its voxel of the highest core probability, likewise.
    peak : int
        That probability, in steps.
    alone : bool
        Whether the box holds no voxel of another region.
    """

    box: tuple[int, int, int, int, int, int]
    peak_ijk: tuple[int, int, int]
    peak: int
    alone: bool

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The box."""
        i0, i1, j0, j1, k0, k1 = self.box
        return slice(i0, i1), slice(j0, j1), slice(k0, k1)

    @property
    def peak_in_box(self) -> tuple[int, int, int]:
        """The peak's index within the box."""
        return self.peak_ijk[0] - self.box[0], self.peak_ijk[1] - self.box[2], self.peak_ijk[2] - self.box[4]

    def to_list(self) -> list[int]:
        """Plain numbers for JSON."""
        return [*self.box, *self.peak_ijk, self.peak, int(self.alone)]

    @classmethod
    def from_list(cls, numbers: Sequence[int]) -> Region:
        """The inverse of :meth:`to_list`."""
        i0, i1, j0, j1, k0, k1, i, j, k, peak, alone = (int(n) for n in numbers)
        return cls((i0, i1, j0, j1, k0, k1), (i, j, k), peak, bool(alone))


@dataclass(frozen=True, eq=False)
class ProbabilityMap:
    """Core and whole-lesion probability of a run on the T1ce grid, without what lies below :data:`FLOOR`.

    Attributes
    ----------
    grid : Grid
        The whole T1ce grid.
    first_ijk : tuple of three int
        Where the kept box begins in it.
    core, whole : ndarray of uint16, shape (I, J, K) of the kept box
        In steps of 1 / :data:`STEPS`; 0 below :data:`FLOOR`.
    core_regions : tuple of Region
        Of the core.
    regions : tuple of Region
        Of the core united with the whole lesion.
    position : HeadPosition
        For the lesions' sides and lobes.
    confidence : Confidence
    tightening : Tightening
        The model's.
    """

    grid: Grid
    first_ijk: tuple[int, int, int]
    core: NDArray[np.uint16]
    whole: NDArray[np.uint16]
    core_regions: tuple[Region, ...]
    regions: tuple[Region, ...]
    position: HeadPosition = NOWHERE
    confidence: Confidence = AS_PEAK
    tightening: Tightening = AT_THRESHOLD

    @classmethod
    def of(
        cls,
        core_probability: NDArray[np.floating],
        whole_probability: NDArray[np.floating],
        grid: Grid,
        position: HeadPosition = NOWHERE,
        confidence: Confidence = AS_PEAK,
        tightening: Tightening = AT_THRESHOLD,
    ) -> ProbabilityMap:
        """Keep what is needed of the network's output, shape (I, J, K) = ``grid.shape``; a NaN counts as 0."""
        core, whole = _steps(core_probability), _steps(whole_probability)
        box = bounding_box((core > 0) | (whole > 0)) or (slice(0, 1), slice(0, 1), slice(0, 1))
        i, j, k = (part.start for part in box)
        core, whole = (np.asfortranarray(array[box]) for array in (core, whole))
        regions = _regions(core > 0, core), _regions((core > 0) | (whole > 0), core)
        return cls(grid, (i, j, k), core, whole, *regions, position, confidence, tightening)

    def box_grid(self, box: tuple[slice, slice, slice]) -> Grid:
        """The grid of a box given in indices of the kept box."""
        shape = [part.stop - part.start for part in box]
        return self.grid.with_shape(shape, [n + part.start for n, part in zip(self.first_ijk, box, strict=True)])

    def placed(self, box: tuple[slice, slice, slice]) -> tuple[int, int, int]:
        """Where a box of the kept box begins in the whole grid."""
        i, j, k = (n + part.start for n, part in zip(self.first_ijk, box, strict=True))
        return i, j, k

    def probabilities(self, first_ijk: Sequence[int], shape: Sequence[int]) -> NDArray[np.float32]:
        """The core probability in a box of the whole grid; 0 where none was kept."""
        values = np.zeros(tuple(shape), dtype=np.float32)
        here, there = [], []
        for first, count, kept, size in zip(first_ijk, shape, self.first_ijk, self.core.shape, strict=True):
            start, stop = max(first, kept), min(first + count, kept + size)
            if start >= stop:
                return values
            here.append(slice(start - first, stop - first))
            there.append(slice(start - kept, stop - kept))
        values[tuple(here)] = self.core[tuple(there)] / np.float32(STEPS)
        return values

    def save(self, path: Path) -> None:
        """Write to one ``.npz`` file, of the voxels above the floor only. Raises InputError if that fails."""
        content: dict[str, Any] = {
            "version": _FILE_VERSION,
            "shape": self.grid.shape,
            "affine": self.grid.affine_ijk_to_ras,
            "first_ijk": self.first_ijk,
            "box": self.core.shape,
            "core_regions": [region.to_list() for region in self.core_regions],
            "regions": [region.to_list() for region in self.regions],
            "confidence": json.dumps(self.confidence.to_dict()),
            "tightening": json.dumps(self.tightening.to_dict()),
            **self.position.to_dict(),
        }
        for name, array in (("core", self.core), ("whole", self.whole)):
            flat = array.ravel(order="F")
            places = np.flatnonzero(flat)
            content |= {f"{name}_places": places, f"{name}_steps": flat[places]}
        with atomic_path(path) as temporary, os_errors_as_input_errors(path), temporary.open("wb") as file:
            np.savez_compressed(file, **content)

    @classmethod
    def load(cls, path: Path) -> ProbabilityMap:
        """Read what :meth:`save` has written. Raises InputError if it is damaged."""
        try:
            with np.load(path, allow_pickle=False) as content:
                if int(content["version"]) != _FILE_VERSION:
                    raise ValueError("another version")
                box = tuple(int(n) for n in content["box"])
                arrays = {}
                for name in ("core", "whole"):
                    flat = np.zeros(math.prod(box), dtype=np.uint16)
                    flat[content[f"{name}_places"]] = content[f"{name}_steps"]
                    arrays[name] = flat.reshape(box, order="F")
                i, j, k = (int(n) for n in content["first_ijk"])
                return cls(
                    Grid(tuple(content["shape"].tolist()), content["affine"]),
                    (i, j, k),
                    arrays["core"],
                    arrays["whole"],
                    tuple(Region.from_list(one) for one in content["core_regions"].tolist()),
                    tuple(Region.from_list(one) for one in content["regions"].tolist()),
                    HeadPosition.from_dict(content),
                    # Maps of sgnet-0.10 and before have no confidence, of sgnet-0.11 and before no tightening.
                    Confidence.from_dict(json.loads(str(content["confidence"])) if "confidence" in content else None),
                    Tightening.from_dict(json.loads(str(content["tightening"])) if "tightening" in content else None),
                )
        except InputError:
            raise
        except Exception as error:  # zip, NumPy and the values themselves fail in many ways, all meaning the same
            raise InputError(f"{path.name} cannot be read back ({error}); run the segmentation again.") from error


def _steps(probability: NDArray[np.floating]) -> NDArray[np.uint16]:
    # Compared in the type of the probabilities, as find_lesions() compares them with a threshold.
    steps = np.zeros(probability.shape, dtype=np.uint16)
    above = probability >= probability.dtype.type(FLOOR)
    steps[above] = steps_reached(probability[above])
    return steps


def _regions(mask: NDArray[np.bool_], core: NDArray[np.uint16]) -> tuple[Region, ...]:
    from scipy import ndimage  # in the child process only

    labels, _ = label_components(mask)
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        own = labels[box] == number
        steps = np.where(own, core[box], 0)
        peak = int(steps.max())
        # Without any core the peak is still a voxel of the region, which names it.
        place = np.argwhere(own & (steps == peak))[0]
        i, j, k = (int(n + part.start) for n, part in zip(place, box, strict=True))
        (i0, i1), (j0, j1), (k0, k1) = ((part.start, part.stop) for part in box)
        alone = not (mask[box] & ~own).any()
        found.append(Region((i0, i1, j0, j1, k0, k1), (i, j, k), peak, alone))
    return tuple(found)
