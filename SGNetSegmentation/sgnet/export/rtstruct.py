"""Lesions as a DICOM RT Structure Set on the slices of a planning series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from scipy import ndimage

from sgnet.atomic import atomic_path, os_errors_as_input_errors
from sgnet.config import RtStructSettings
from sgnet.data.dicom import arrange_slices
from sgnet.data.dicom_headers import Series, Slice
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.export.contour_check import VolumeCheck, check_volumes, write_checks
from sgnet.export.contours import slice_contours
from sgnet.export.margins import check_margin, expand
from sgnet.export.onto import labels_onto, same_lattice
from sgnet.export.rtstruct_dataset import Contour, Source, Structure, structure_set
from sgnet.geometry import Grid, Volume
from sgnet.lesions.components import Box
from sgnet.lesions.tracking import tracking_id, tracking_uids

# Contours on the label map's own voxels differ by less than a hundredth of this; only resampling or the edge of the
# series can do worse.
_WORTH_SAYING_PERCENT = 1.0

_Masks = dict[int, tuple[Box, NDArray[np.bool_]]]


@dataclass(frozen=True, eq=False)
class RtStruct:
    """A structure set ready to be written, and how its volumes compare with the masks.

    Attributes
    ----------
    dataset : pydicom.FileDataset
    checks : tuple of VolumeCheck
        One a structure, in the order of the file.
    """

    dataset: FileDataset
    checks: tuple[VolumeCheck, ...]

    def write(self, path: Path) -> list[Path]:
        """Write the structure set and, beside it, the check as CSV; returns both files.

        Each appears only once it is complete, the structure set last.

        Raises
        ------
        InputError
            If the folder cannot be written or the disk is full.
        """
        path = Path(path)
        with os_errors_as_input_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        table = path.with_name(f"{path.stem}_volumes.csv")
        with atomic_path(path) as dicom_file, atomic_path(table) as table_file:
            self.dataset.save_as(dicom_file, enforce_file_format=True)
            write_checks(self.checks, table_file)
        return [path, table]


def build_rtstruct(
    labels: Volume,
    series: Series,
    margins_mm: Sequence[float] = (),
    settings: RtStructSettings = RtStructSettings(),  # noqa: B008  # frozen
    progress: Progress | None = None,
) -> RtStruct:
    """One GTV a lesion and one PTV a lesion and margin, contoured along the edges of the voxels.

    A label map on other voxels than the series' is carried onto them by the nearest voxel, of which
    ``progress`` is warned, as it is of every lesion whose volume changes by more than 1 %.
    Margins grow from the lesion as it lies on the series.

    Parameters
    ----------
    labels : Volume
        0 is background, n is lesion n; in the frame of reference of the series.
    series : Series
        The planning images; classic single-frame or enhanced multi-frame.
    margins_mm : sequence of float
        Each above 0 and at most 50, no two alike.
    settings : RtStructSettings
    progress : Progress, optional

    Raises
    ------
    InputError
        If there is no lesion, one has no voxel on the series, the series is incomplete or states no
        frame of reference, or a margin is out of range.
    """
    progress = progress or Progress()
    for margin in margins_mm:
        check_margin(margin)
    if len(set(margins_mm)) != len(margins_mm):
        raise InputError("The same margin was given twice; give each once.")
    slices, grid = arrange_slices(series)
    source = _source(series, slices)
    uids = tracking_uids(labels.array.astype(np.uint16, copy=False))
    if not uids:
        raise InputError(f"{labels.name} holds no lesion; there is nothing to export.")
    lesions = _place(labels, grid, series, progress)
    drawn: list[Structure] = []
    given_ml: list[float] = []
    # Of the lesions' voxels only: counting a whole 512 x 512 x 300 scan would take 600 MB.
    counts = np.bincount(labels.array[labels.array != 0].astype(np.intp))
    for margin in (0.0, *margins_mm):
        masks = lesions if margin == 0 else expand(lesions, grid.shape, grid.spacing_mm, margin, settings.overlap)
        for number, (box, mask) in masks.items():
            progress.check()
            progress.step(len(drawn), len(lesions) * (1 + len(margins_mm)))
            drawn.append(
                Structure(
                    name=structure_name(number, margin, settings.names, several=len(margins_mm) > 1),
                    description=_description(number, uids[number], margin),
                    kind="GTV" if margin == 0 else "PTV",
                    lesion=number,
                    tracking_uid=uids[number],
                    volume_ml=float(mask.sum() * grid.voxel_volume_mm3 / 1000),
                    contours=tuple(_contours(box, mask, source, grid, settings.holes == "keyhole")),
                )
            )
            # Of a lesion, what the user gave counts, so that a loss in resampling shows in the check.
            given_ml.append(
                float(counts[number] * labels.grid.voxel_volume_mm3 / 1000) if margin == 0 else drawn[-1].volume_ml
            )
    dataset = structure_set(drawn, source)
    checks = check_volumes(dataset, drawn, given_ml, grid.spacing_mm[2])
    for one in checks:
        if one.difference_percent is not None and abs(one.difference_percent) > _WORTH_SAYING_PERCENT:
            progress.warn(
                f"{one.structure} holds {one.contour_ml:.3g} ml in its contours and {one.mask_ml:.3g} ml in "
                f"{labels.name} ({one.difference_percent:+.1f} %); a series with finer or more slices would keep it."
            )
    return RtStruct(dataset, checks)


def structure_name(number: int, margin_mm: float, names: str, several: bool) -> str:
    """What the planning system shows; at most 16 characters, as TG-263 asks.

    With ``several`` margins a PTV's name says which one is its own.

    Examples
    --------
    >>> structure_name(3, 0, "tg263", several=False), structure_name(3, 1.5, "tg263", several=False)
    ('GTV_03', 'PTV_03')
    >>> structure_name(3, 1.5, "tg263", several=True), structure_name(3, 2, "index", several=True)
    ('PTV_03^1.5mm', 'Lesion 3 + 2 mm')
    """
    if names == "index":
        return tracking_id(number) + (f" + {margin_mm:g} mm" if margin_mm else "")
    if not margin_mm:
        return f"GTV_{number:02d}"
    return f"PTV_{number:02d}" + (f"^{margin_mm:g}mm" if several else "")


def _description(number: int, uid: str, margin_mm: float) -> str:
    # The structure set has no attribute for a tracking UID, unlike SEG; this text is where people look.
    lesion = f"{tracking_id(number)}, tracking UID {uid}"
    return f"{lesion}, margin {margin_mm:g} mm" if margin_mm else lesion


def _source(series: Series, slices: Sequence[Slice]) -> Source:
    headers = {
        path: pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(Source.KEYWORDS))
        for path in dict.fromkeys(one.path for one in slices)
    }
    first = headers[slices[0].path]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        if not first.get(keyword):
            raise InputError(f"{series.label}: slices state no {keyword}; export the original series again.")
    frames = {header.get("FrameOfReferenceUID") for header in headers.values()}
    if len(frames) > 1:
        raise InputError(f"{series.label}: slices lie in different frames of reference; export the series again.")
    return Source(first, slices, [headers[one.path].SOPInstanceUID for one in slices])


def _place(labels: Volume, grid: Grid, series: Series, progress: Progress) -> _Masks:
    """Every lesion's box and mask on the grid of the series."""
    if not same_lattice(labels.grid, grid):
        progress.warn(
            f"{labels.name} ({labels.grid.describe()}) lies on another grid than {series.label} "
            f"({grid.describe()}) and was resampled onto it."
        )
    there = labels_onto(labels, grid)
    boxes = ndimage.find_objects(there)
    masks: _Masks = {}
    for number in np.unique(labels.array[labels.array != 0]).tolist():
        box = boxes[number - 1] if number <= len(boxes) else None
        if box is None:
            raise InputError(
                f"{tracking_id(number)} of {labels.name} has no voxel on the grid of {series.label}; "
                "give the series that was segmented, or take the lesion out of the label map."
            )
        masks[number] = (box, there[box] == number)
    return masks


def _contours(box: Box, mask: NDArray[np.bool_], source: Source, grid: Grid, keyhole: bool) -> list[Contour]:
    first = np.array([box[0].start, box[1].start])
    contours = []
    for k, polygon in slice_contours(mask, keyhole):
        index = k + box[2].start
        # From the slice's own header, because steps between slices may differ by some hundredths.
        contours.append(Contour(index, source.to_lps(index, polygon + first)))
    return contours
