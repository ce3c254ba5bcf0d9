"""Everything that radiotherapy takes over, in one folder, with the check of the volumes beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sgnet.atomic import atomic_files
from sgnet.config import DICOM_FORMATS, ExportSettings
from sgnet.data.dicom_headers import Series
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.export.contour_check import VolumeCheck, write_checks, write_checks_json
from sgnet.export.labelmap import write_labelmap
from sgnet.export.rtstruct import build_rtstruct, structure_name
from sgnet.export.seg import build_seg, require_highdicom
from sgnet.export.sr import build_sr
from sgnet.geometry import Volume
from sgnet.lesions.tracking import tracking_uids

FILES = {"labelmap": "lesions.nii.gz", "seg": "seg.dcm", "sr": "sr.dcm", "rtstruct": "rtstruct.dcm"}
CHECK_FILES = ("volumes.csv", "volumes.json")


@dataclass(frozen=True)
class Exported:
    """The files in the order of :data:`FILES`, then those of the check; and the check, one a structure."""

    files: tuple[Path, ...]
    checks: tuple[VolumeCheck, ...]


def export_together(
    labels: Volume, series: Series | None, folder: Path, settings: ExportSettings, progress: Progress | None = None
) -> Exported:
    """Write every chosen format into ``folder``; all files appear or none.

    The SR refers to the SEG of the same call. Files of a format that is not chosen are removed if an earlier
    export left them: they would not belong to the others.

    Parameters
    ----------
    labels : Volume
        0 is background, n is lesion n; the label map is written on this grid, all others on that of the series.
    series : Series or None
        Needed for DICOM formats.
    folder : Path
        Made if it does not exist.
    settings : ExportSettings
    progress : Progress, optional

    Raises
    ------
    InputError
        If there is no format or no lesion, a DICOM format has no series, the SR no SEG, or as
        :func:`~sgnet.export.rtstruct.build_rtstruct` and :func:`~sgnet.export.seg.build_seg` do.
    """
    progress = _EachWarningOnce(progress or Progress())
    check_formats(settings, series is not None)
    if {"seg", "sr"} & set(settings.formats):
        require_highdicom()
    if not labels.array.any():
        raise InputError(f"{labels.name} holds no lesion; there is nothing to export.")
    checks = _mask_checks(labels, settings)
    with atomic_files(folder, stale=[*FILES.values(), *CHECK_FILES]) as staging:
        if "labelmap" in settings.formats:
            progress.phase("writing the label map")
            write_labelmap(labels, staging / FILES["labelmap"])
        if series is not None and "seg" in settings.formats:
            progress.phase("writing DICOM SEG")
            segmentation, _ = build_seg(labels, series, progress=progress)
            segmentation.save_as(staging / FILES["seg"])
            if "sr" in settings.formats:
                progress.phase("writing DICOM SR")
                build_sr(labels, series, segmentation).save_as(staging / FILES["sr"])
        if series is not None and "rtstruct" in settings.formats:
            progress.phase("drawing contours")
            structures = build_rtstruct(labels, series, settings.margins_mm, settings, progress)
            structures.dataset.save_as(staging / FILES["rtstruct"], enforce_file_format=True)
            checks = structures.checks
        write_checks(checks, staging / CHECK_FILES[0])
        write_checks_json(checks, staging / CHECK_FILES[1])
        progress.check()
    names = [*(FILES[one] for one in FILES if one in settings.formats), *CHECK_FILES]
    return Exported(tuple(Path(folder) / name for name in names), checks)


def check_formats(settings: ExportSettings, has_series: bool) -> None:
    """Raise InputError where the formats contradict each other or lack their series."""
    if not settings.formats:
        raise InputError("No format is chosen; choose at least one.")
    dicom = [one for one in settings.formats if one in DICOM_FORMATS]
    if dicom and not has_series:
        raise InputError(f"{dicom[0].upper()} refers to the slices of a DICOM series; give the series' folder.")
    if "sr" in settings.formats and "seg" not in settings.formats:
        raise InputError("The SR refers to the segments of a SEG; export SEG with it.")


def _mask_checks(labels: Volume, settings: ExportSettings) -> tuple[VolumeCheck, ...]:
    """The volumes of the lesions where no contours are drawn."""
    counts = np.bincount(labels.array[labels.array != 0].astype(np.intp))
    return tuple(
        VolumeCheck(
            structure_name(number, 0.0, settings.names, several=False),
            number,
            float(counts[number] * labels.grid.voxel_volume_mm3 / 1000),
            None,
            uid,
        )
        for number, uid in tracking_uids(labels.array.astype(np.uint16, copy=False)).items()
    )


class _EachWarningOnce(Progress):
    """Hands everything on to ``listener``, but a warning that two formats share only once."""

    def __init__(self, listener: Progress) -> None:
        self._listener = listener
        self._said: set[str] = set()

    def phase(self, name: str) -> None:
        self._listener.phase(name)

    def step(self, done: int, total: int) -> None:
        self._listener.step(done, total)

    def cancelled(self) -> bool:
        return self._listener.cancelled()

    def warn(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._listener.warn(message)
