"""A structure set filled by the words of the standard alone: bare pydicom and even-odd rays at pixel centres."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pydicom
from numpy.typing import NDArray

from sgnet.geometry import Grid

Places = dict[tuple[str, int], pydicom.Dataset]
"""Position, orientation and spacing of each (SOP instance UID, frame number); frame 1 of a classic file."""


def slices_of(files) -> Places:
    """The slices of classic and of enhanced multi-frame files."""
    places: Places = {}
    for file in files:
        header = pydicom.dcmread(file, stop_before_pixels=True)
        if "PerFrameFunctionalGroupsSequence" not in header:
            places[header.SOPInstanceUID, 1] = header
            continue
        shared = header.SharedFunctionalGroupsSequence[0]
        for number, frame in enumerate(header.PerFrameFunctionalGroupsSequence, start=1):
            place = pydicom.Dataset()
            for macro in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence"):
                place.update((frame if macro in frame else shared)[macro][0])
            places[header.SOPInstanceUID, number] = place
    return places


def polygons(item: pydicom.Dataset) -> Iterator[tuple[tuple[str, int], NDArray[np.float64]]]:
    """(instance and frame, corners in LPS mm) of an item of the ROI Contour Sequence."""
    for contour in item.ContourSequence:
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        assert contour.ContourGeometricType == "CLOSED_PLANAR"
        assert len(points) == contour.NumberOfContourPoints >= 3
        (image,) = contour.ContourImageSequence
        yield (image.ReferencedSOPInstanceUID, int(image.get("ReferencedFrameNumber", 1))), points


def on_slice(points: NDArray[np.float64], place: pydicom.Dataset) -> NDArray[np.float64]:
    """Column, row and height above the slice (mm) of patient coordinates, by PS3.3 C.7.6.2.1.1."""
    row, column = np.array(place.ImageOrientationPatient, dtype=float).reshape(2, 3)
    away = points - np.array(place.ImagePositionPatient, dtype=float)
    between_rows, between_columns = place.PixelSpacing
    return np.column_stack([away @ row / between_columns, away @ column / between_rows, away @ np.cross(row, column)])


def even_odd(polygon: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixel centres (i, j) a ray to the right leaves an odd number of times through the polygon."""
    i, j = np.indices(shape)
    inside = np.zeros(shape, bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            inside ^= ((y0 > j) != (y1 > j)) & (i < (x1 - x0) * (j - y0) / (y1 - y0) + x0)
    return inside


def rasterised(item: pydicom.Dataset, places: Places, grid: Grid) -> NDArray[np.bool_]:
    """The mask of an item of the ROI Contour Sequence on ``grid``, which is that of the slices."""
    mask = np.zeros(grid.shape, bool)
    lps_to_ras = np.diag([-1.0, -1.0, 1.0])
    for key, points in polygons(item):
        place = places[key]
        there = on_slice(points, place)
        assert np.abs(there[:, 2]).max() < 1e-3, "a contour lies beside its slice"
        k = grid.to_ijk([lps_to_ras @ np.array(place.ImagePositionPatient, dtype=float)])[0, 2]
        mask[:, :, round(k)] ^= even_odd(there[:, :2], mask.shape[:2])
    return mask
