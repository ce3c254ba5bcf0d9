"""What the overview shows: one row for each lesion found, missed, or, without any, for nothing in particular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.evaluation.single import IGNORED_VOLUME_MM3
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.components import Box, bounding_box, label_components
from sgnet.lesions.confidence import confidence_text
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.match import overlap_voxels
from sgnet.lesions.measure import AxialDiameters, axial_diameters
from sgnet.report.view import AxialView

_SMALLEST_ZOOM_MM = 36.0
_ZOOM_DIAMETERS = 2.2


@dataclass(frozen=True, eq=False)
class Row:
    """A slice, the part of it to enlarge, and what is said beside it."""

    slice_index: int
    centre_mm: tuple[float, float]
    zoom_mm: float
    title: str
    lines: tuple[str, ...]


def lesion_rows(segmentation: Segmentation, view: AxialView, most: int) -> list[Row]:
    """One row for each of the ``most`` largest lesions, at the slice of its longest axial diameter."""
    rows = []
    boxes = ndimage.find_objects(segmentation.labels, max_label=min(len(segmentation.lesions), most))
    for lesion, box in zip(segmentation.lesions, boxes, strict=False):
        place = _place(segmentation.labels[box] == lesion.number, box, view)
        rows.append(_row(place, view, f"Lesion {lesion.number}", _measurements(lesion)))
    return rows


def missed_rows(labels: NDArray[np.integer], truth: NDArray[np.bool_], view: AxialView) -> list[Row]:
    """One row for each reference lesion that no predicted core overlaps, largest first.

    The specks that the evaluation ignores (2 mm3 and less) are left out here too.
    """
    components, count = label_components(truth)
    voxels = np.bincount(components[components > 0], minlength=count + 1)
    missed = ~overlap_voxels(components, (labels > 0).astype(np.uint8)).any(axis=1)
    missed &= voxels[1:] * view.grid.voxel_volume_mm3 > IGNORED_VOLUME_MM3
    boxes = ndimage.find_objects(components)
    rows = []
    for number in sorted((np.flatnonzero(missed) + 1).tolist(), key=lambda number: -int(voxels[number])):
        box = boxes[number - 1]
        place = _place(components[box] == number, box, view)
        volume_ml = voxels[number] * view.grid.voxel_volume_mm3 / 1000.0
        size = f"{place[0].longest_mm:.1f} × {place[0].perpendicular_mm:.1f} mm axial"
        rows.append(_row(place, view, "Missed", ("reference lesion", f"{volume_ml:.3f} ml", size)))
    return rows


def slice_rows(head: NDArray[np.bool_], view: AxialView) -> list[Row]:
    """Three slices at a third, half and two thirds of the head's height."""
    axis = view.slice_axis
    box = bounding_box(head) or tuple(slice(0, n) for n in view.grid.shape)
    low, high = box[axis].start, box[axis].stop - 1
    width, height = view.size_mm
    rows = []
    for share in (1 / 3, 1 / 2, 2 / 3):
        index = round(low + share * (high - low))
        rows.append(Row(index, (width / 2, height / 2), max(width, height), "", (_slice_text(view, index),)))
    return rows


def _place(mask: NDArray[np.bool_], box: Box, view: AxialView) -> tuple[AxialDiameters, int, tuple[float, float]]:
    """Diameters, slice index and the middle of the lesion in that slice (page mm)."""
    first = [part.start for part in box]
    diameters = axial_diameters(mask, view.grid.with_shape(mask.shape, first))
    index = diameters.slice_index + first[view.slice_axis]
    voxels = np.argwhere(mask) + np.array(first)
    voxels = voxels[voxels[:, view.slice_axis] == index]
    middle = (voxels.min(axis=0) + voxels.max(axis=0)) / 2.0
    x, y = view.to_page_mm(middle[None, :])[0].tolist()
    return diameters, index, (x, y)


def _row(
    place: tuple[AxialDiameters, int, tuple[float, float]], view: AxialView, title: str, lines: tuple[str, ...]
) -> Row:
    diameters, index, centre_mm = place
    zoom_mm = max(_SMALLEST_ZOOM_MM, _ZOOM_DIAMETERS * diameters.longest_mm)
    return Row(index, centre_mm, zoom_mm, title, (*lines, _slice_text(view, index)))


def _slice_text(view: AxialView, index: int) -> str:
    return f"slice {view.slice_number(index)} of {view.grid.shape[view.slice_axis]}"


def _measurements(lesion: Lesion) -> tuple[str, ...]:
    sure = [] if lesion.confidence is None else [f"confidence {confidence_text(lesion.confidence)}"]
    place = (
        f"{positive if value >= 0 else negative} {abs(value):.0f}"
        for value, positive, negative in zip(lesion.centroid_ras_mm, "RAS", "LPI", strict=True)
    )
    return (
        f"{lesion.volume_ml:.3f} ml",
        f"{lesion.longest_axial_diameter_mm:.1f} × {lesion.perpendicular_diameter_mm:.1f} mm axial",
        f"{lesion.longest_diameter_mm:.1f} mm in 3D",
        *sure,
        "  ".join(place) + " mm",
    )
