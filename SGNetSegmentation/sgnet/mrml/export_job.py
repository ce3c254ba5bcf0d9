"""Lesions of a segmentation node for radiotherapy: exported by the child process, looked at, then put into place."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.atomic import atomic_files, os_errors_as_input_errors
from sgnet.config import DICOM_FORMATS, ExportSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.mrml.child_events import Result
from sgnet.mrml.job import Job
from sgnet.mrml.labelmap import labels_in_steps
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.review_status import kept_segment_ids
from sgnet.mrml.steps import Steps
from sgnet.mrml.volumes import matrix_array

# Some milliseconds of a slow disk.
_PIECE_BYTES = 1_000_000


@dataclass(frozen=True)
class VolumeRow:
    """One structure's volumes, as :class:`sgnet.export.contour_check.VolumeCheck` has them."""

    structure: str
    lesion: int
    mask_ml: float
    contour_ml: float | None
    difference_percent: float | None
    tracking_uid: str


class StagedExport:
    """Finished files that wait in a temporary folder: :meth:`place` them, or :meth:`discard` them.

    Attributes
    ----------
    files : tuple of Path
    volumes : tuple of VolumeRow
        The check that a user sees before anything is written.
    """

    def __init__(self, files: Sequence[Path], volumes: Sequence[VolumeRow]) -> None:
        self.files, self.volumes = tuple(files), tuple(volumes)

    def place(self, folder: Path) -> Steps[list[Path]]:
        """Copy the files into ``folder``, in small steps, all or none; returns them. Then :meth:`discard`.

        Raises
        ------
        InputError
            If the folder cannot be written; files of an earlier export are as before then.
        """
        with atomic_files(folder) as staging:
            for file in self.files:
                with file.open("rb") as source, (staging / file.name).open("wb") as target:
                    while piece := source.read(_PIECE_BYTES):
                        target.write(piece)
                        yield
        return [Path(folder) / file.name for file in self.files]

    def discard(self) -> None:
        """Remove the temporary files; harmless if that has happened."""
        for folder in {file.parent for file in self.files}:
            shutil.rmtree(folder, ignore_errors=True)


class ExportJob(Job[StagedExport]):
    """The lesions of ``segmentation_node`` that are not rejected, as they are now, in the formats of ``settings``.

    Parameters
    ----------
    scene : vtkMRMLScene
    segmentation_node : vtkMRMLSegmentationNode
        On the grid of its reference volume, the T1ce.
    series_folder : Path or None
        DICOM folder of the T1ce; needed by all formats but the label map.
    settings : ExportSettings
    temporary_root : Path, optional

    Raises
    ------
    InputError
        If there is no lesion to export, the T1ce is gone, or a DICOM format has no series.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        segmentation_node: slicer.vtkMRMLSegmentationNode,
        series_folder: Path | None,
        settings: ExportSettings,
        temporary_root: Path | None = None,
    ) -> None:
        self._scene, self._node = scene, segmentation_node
        self._t1ce = reference_volume(segmentation_node)
        self._ids = kept_segment_ids(segmentation_node)
        if not self._ids:
            raise InputError(
                f'"{segmentation_node.GetName()}" holds no lesion that is not rejected; there is nothing to export.'
            )
        dicom = [one for one in settings.formats if one in DICOM_FORMATS]
        if dicom and series_folder is None:
            raise InputError(f"{dicom[0].upper()} refers to the slices of a DICOM series; choose the series' folder.")
        # Without parent transforms, of which the DICOM series knows nothing.
        matrix = vtkMatrix4x4()
        self._t1ce.GetIJKToRASMatrix(matrix)
        self._grid = Grid(tuple(self._t1ce.GetImageData().GetDimensions()), matrix_array(matrix))
        if not settings.formats:
            raise InputError("No format is chosen that can be exported; choose the label map, or a DICOM series.")
        super().__init__(temporary_root)
        self._root = temporary_root
        self.arguments = [
            "-u", "-m", "sgnet", "export", "all",
            "--labelmap", str(self.folder / "lesions.nrrd"),
            *(["--series", str(series_folder)] if dicom else []),
            "--output", str(self.folder / "out"),
            "--json",
            *(word for one in settings.formats for word in ("--format", one)),
            *(word for one in settings.margins_mm for word in ("--margin-mm", repr(one))),
            "--names", settings.names,
            "--holes", settings.holes,
            "--overlap" if settings.overlap else "--no-overlap",
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        numbers = lesion_numbers(self._ids)
        labels = yield from labels_in_steps(self._scene, self._node, self._t1ce, self._ids, numbers)
        yield from write_nrrd(Volume(labels, self._grid, "lesions.nrrd"), self.folder / "lesions.nrrd")

    def collect(self, result: Result) -> Steps[StagedExport]:
        names = [str(name) for name in result.values.get("files", ())]
        volumes = tuple(_row(one) for one in result.values.get("volumes", ()))
        if not names:
            raise InputError("The export has written no file; Details shows what it said.")
        yield
        with os_errors_as_input_errors(self.folder):
            # Out of the job's own folder, which goes when the job is closed.
            staged = Path(tempfile.mkdtemp(prefix="sgnet-", dir=self._root))
            for name in names:
                (self.folder / "out" / name).replace(staged / name)
        return StagedExport([staged / name for name in names], volumes)


def reference_volume(segmentation_node: slicer.vtkMRMLSegmentationNode) -> slicer.vtkMRMLScalarVolumeNode:
    """The volume on whose grid the segmentation lies; raises InputError where there is none."""
    volume = segmentation_node.GetNodeReference(segmentation_node.GetReferenceImageGeometryReferenceRole())
    if volume is None or volume.GetImageData() is None:
        raise InputError(
            f'"{segmentation_node.GetName()}" has lost its T1ce volume; load it, or choose another segmentation.'
        )
    return volume


def lesion_numbers(segment_ids: Sequence[str]) -> list[int]:
    """The number of each segment's lesion; segments that the user has added follow after the highest.

    Examples
    --------
    >>> lesion_numbers(["Lesion_1", "Lesion_4", "Segment_1", "Segment_2"])
    [1, 4, 5, 6]
    """
    found = [re.fullmatch(r"Lesion_([1-9]\d*)", one) for one in segment_ids]
    following = max((int(one.group(1)) for one in found if one), default=0)
    numbers = []
    for one in found:
        if one is None:
            following += 1
        numbers.append(following if one is None else int(one.group(1)))
    return numbers


def margins_from_text(text: str) -> tuple[float, ...]:
    """Margins in mm as a user writes them, with commas, semicolons or blanks between them.

    Whether they are in range is checked by the export.

    Raises
    ------
    InputError
        If a part is no number.

    Examples
    --------
    >>> margins_from_text("3, 5"), margins_from_text("2.5 mm"), margins_from_text(" ")
    ((3.0, 5.0), (2.5,), ())
    """
    parts = text.replace("mm", " ").replace(",", " ").replace(";", " ").split()
    try:
        return tuple(float(part) for part in parts)
    except ValueError as error:
        raise InputError(f'The margins "{text}" are no numbers; write them in mm, such as 3, 5.') from error


def _row(values: dict[str, Any]) -> VolumeRow:
    def number(name: str) -> float | None:
        return None if values.get(name) is None else float(values[name])

    try:
        return VolumeRow(
            structure=str(values["structure"]),
            lesion=int(values["lesion"]),
            mask_ml=float(values["mask_ml"]),
            contour_ml=number("contour_ml"),
            difference_percent=number("difference_percent"),
            tracking_uid=str(values["tracking_uid"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"The check of the volumes cannot be read ({error!r}); export again.") from error
