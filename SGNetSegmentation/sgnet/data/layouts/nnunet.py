"""nnU-Net's raw data sets, version 1 and 2 (Isensee et al., Nature Methods 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgnet.data.layouts.brats_mets import patient_of
from sgnet.data.layouts.case import Case, Layout
from sgnet.data.layouts.json_file import as_mapping, read_json
from sgnet.data.layouts.names import image_of, labels_of
from sgnet.errors import InputError


def find_cases(folder: Path) -> list[Case]:
    """``imagesTr/CASE_0000.nii.gz``, ``labelsTr/CASE.nii.gz`` and the names of both in ``dataset.json``.

    The format knows no patients. Each case counts as a patient of its own (but for names that end as
    those of BraTS do), unless ``dataset.json`` has a member ``patients`` that maps cases to patients.
    """
    path = folder / "dataset.json"
    if not path.is_file() or not any((folder / "imagesTr").glob("*_0000.*")):
        return []
    content = as_mapping(read_json(path), path)
    ending = str(content.get("file_ending", ".nii.gz"))
    channels = _channels(content, path)
    meaning = label_values(content.get("labels"), path)
    patients = as_mapping(content.get("patients", {}), path)
    cases = []
    for first in (folder / "imagesTr").glob(f"*_0000{ending}"):
        name = first.name.removesuffix(f"_0000{ending}")
        images = {image: folder / "imagesTr" / f"{name}_{number:04d}{ending}" for image, number in channels.items()}
        label = folder / "labelsTr" / f"{name}{ending}"
        labels = labels_of(meaning, label, str(path)) if label.is_file() else {}
        cases.append(Case(name, str(patients.get(name, patient_of(name))), images, labels))
    return cases


def _channels(content: Mapping[str, Any], path: Path) -> dict[str, int]:
    names = as_mapping(content.get("channel_names", content.get("modality")), path)
    channels: dict[str, int] = {}
    for number, name in names.items():
        image = image_of(str(name))
        if image is not None:
            if image in channels:
                raise InputError(f"{path}: two channels are called {image}; rename one of them.")
            channels[image] = int(number)
    if not channels:
        raise InputError(f"{path}: no channel is called T1ce, FLAIR or T2; name the channels in channel_names.")
    return channels


def label_values(labels: Any, path: Path) -> dict[str, list[int]]:
    """The values of each label by name, from ``{"name": value or [values]}`` or ``{"value": "name"}``."""
    values: dict[str, list[int]] = {}
    for key, entry in as_mapping(labels, path).items():
        if isinstance(entry, str):
            values.setdefault(entry, []).append(int(key))
        else:
            values[key] = [int(one) for one in entry] if isinstance(entry, list) else [int(entry)]
    return values


NNUNET = Layout("nnunet", "dataset.json with imagesTr/CASE_0000.nii.gz and labelsTr/CASE.nii.gz", find_cases)
