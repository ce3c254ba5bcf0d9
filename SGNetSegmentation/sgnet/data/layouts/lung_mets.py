"""Brain-Mets-Lung-MRI-Path-Segs (TCIA, 10.7937/k0sm-y874): the data set of the SG-Net paper."""

from __future__ import annotations

from pathlib import Path

from sgnet.data.layouts.case import Case, LabelFile, Layout
from sgnet.errors import InputError

TARGETS = ("core", "whole")


def find_cases(folder: Path) -> list[Case]:
    """One folder a patient; some lack one of the two masks, FLAIR lies on a grid of its own."""
    if not any(True for target in TARGETS for _ in folder.glob(f"*/*{target}_seg*.nii*")):
        return []
    return [case for path in folder.iterdir() if path.is_dir() and (case := _case(path)) is not None]


def _case(folder: Path) -> Case | None:
    images = {image: _one(folder, f"*{image}*.nii*") for image in ("t1ce", "flair")}
    masks = {target: _one(folder, f"*{target}_seg*.nii*") for target in TARGETS}
    if images["t1ce"] is None:
        return None
    return Case(
        folder.name,
        folder.name,
        {image: file for image, file in images.items() if file},
        {target: LabelFile(file) for target, file in masks.items() if file},
    )


def _one(folder: Path, pattern: str) -> Path | None:
    found = [path for path in folder.glob(pattern) if not path.name.startswith(".")]
    found = [path for path in found if ("_seg" in pattern) == ("_seg" in path.name)]
    if len(found) > 1:
        raise InputError(f"{folder} holds {len(found)} files {pattern}; keep one of them.")
    return found[0] if found else None


LUNG_METS = Layout(
    "lung-mets",
    "folders, one a patient, with *t1ce*.nii*, *flair*.nii* and *core_seg*.nii* or *whole_seg*.nii*",
    find_cases,
)
