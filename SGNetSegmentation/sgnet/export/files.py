"""The result folder of one study: all of it or nothing."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgnet import RESEARCH_USE_ONLY
from sgnet.atomic import atomic_files, os_errors_as_input_errors
from sgnet.errors import InputError
from sgnet.export.volume import write_volume
from sgnet.geometry import Volume
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.lesion import Lesion

PROBABILITY_FILES = ("probability_core.nii.gz", "probability_whole.nii.gz")

CSV_COLUMNS = (
    "number", "volume_ml", "longest_axial_diameter_mm", "perpendicular_diameter_mm", "longest_diameter_mm",
    "centroid_r_mm", "centroid_a_mm", "centroid_s_mm", "mean_probability", "peak_probability",
    "confidence", "surface_mm2", "sphericity", "nearest_lesion_mm", "oedema_ml", "side", "lobe",
    "tracking_id", "tracking_uid",
)  # fmt: skip


def check_writable(folder: Path) -> None:
    """Fail now rather than after minutes of computing when results could not be written to ``folder``.

    A folder that does not exist yet passes when it can be made; it is not made here.

    Raises
    ------
    InputError
        If the folder, or the nearest existing one above it, is a file or cannot be written.
    """
    nearest = Path(folder).absolute()
    with os_errors_as_input_errors(folder):
        while not os.path.lexists(nearest):
            nearest = nearest.parent
        if not nearest.is_dir():
            raise InputError(f"Cannot write to {folder}: {nearest} is not a folder; choose another output folder.")
        # Trying is the only test that knows of read-only mounts, access lists and full disks.
        os.rmdir(tempfile.mkdtemp(dir=nearest, prefix=".sgnet-"))


def write_results(segmentation: Segmentation, folder: Path, save_probabilities: bool = False) -> list[Path]:
    """Write masks, table and provenance of one study.

    ``lesions.nii.gz`` holds 0 and the lesion numbers 1..n, ``core.nii.gz`` and ``whole.nii.gz`` are
    masks, ``lesions.csv`` and ``lesions.json`` the measurements, the latter with provenance; with
    ``save_probabilities`` also ``probability_core.nii.gz`` and ``probability_whole.nii.gz`` (float32).
    All images lie on the native T1ce grid.

    All of them appear or none (:func:`sgnet.atomic.atomic_files`). Probability maps of an earlier run are
    removed when this one saves none: they would not belong to the lesions beside them.

    Parameters
    ----------
    segmentation : Segmentation
    folder : Path
        Made if it does not exist.
    save_probabilities : bool

    Returns
    -------
    list of Path
        The files, in the order above.

    Raises
    ------
    InputError
        If the folder cannot be written or the disk is full.
    """
    folder = Path(folder)
    with atomic_files(folder, stale=PROBABILITY_FILES) as staging:
        names = _write_all(segmentation, staging, save_probabilities)
    return [folder / name for name in names]


def _write_all(segmentation: Segmentation, folder: Path, save_probabilities: bool) -> list[str]:
    labels = segmentation.labels
    images: dict[str, NDArray[np.generic]] = {
        "lesions.nii.gz": labels.astype(np.uint8) if len(segmentation.lesions) <= 255 else labels,
        "core.nii.gz": segmentation.core,
        "whole.nii.gz": segmentation.whole,
    }
    if save_probabilities:
        maps = segmentation.core_probability, segmentation.whole_probability
        images |= {name: array.astype(np.float32) for name, array in zip(PROBABILITY_FILES, maps, strict=True)}
    for name, array in images.items():
        write_volume(Volume(array, segmentation.grid, name), folder / name)
    _write_csv(segmentation.lesions, folder / "lesions.csv")
    _write_json(segmentation, folder / "lesions.json")
    names = list(images)
    return [*names[:3], "lesions.csv", "lesions.json", *names[3:]]


def _write_csv(lesions: Sequence[Lesion], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        for lesion in lesions:
            values = (
                lesion.volume_ml, lesion.longest_axial_diameter_mm, lesion.perpendicular_diameter_mm,
                lesion.longest_diameter_mm, *lesion.centroid_ras_mm, lesion.mean_probability, lesion.peak_probability,
            )  # fmt: skip
            # Empty where it was not measured, or where there is no other lesion.
            added = (
                lesion.confidence, lesion.surface_mm2, lesion.sphericity, lesion.nearest_lesion_mm, lesion.oedema_ml,
            )  # fmt: skip
            names = lesion.side or "", lesion.lobe or "", lesion.tracking_id, lesion.tracking_uid or ""
            numbers = [*(f"{value:.4f}" for value in values), *("" if v is None else f"{v:.4f}" for v in added)]
            writer.writerow([lesion.number, *numbers, *names])


def _write_json(segmentation: Segmentation, path: Path) -> None:
    content = {
        "research_use_only": RESEARCH_USE_ONLY,
        "lesions": [lesion.to_dict() for lesion in segmentation.lesions],
        "total_volume_ml": sum(lesion.volume_ml for lesion in segmentation.lesions),
        "provenance": segmentation.provenance,
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
