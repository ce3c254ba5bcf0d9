"""MONAI's JSON data list (``load_decathlon_datalist``), also the form of the Medical Segmentation Decathlon."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgnet.data.layouts.case import Case, LabelFile, Layout, stem
from sgnet.data.layouts.json_file import as_mapping, read_json
from sgnet.data.layouts.names import image_of, labels_of
from sgnet.data.layouts.nnunet import label_values
from sgnet.errors import InputError

_IMAGES = ("t1ce", "flair", "t2")
_TARGETS = ("core", "whole")


def find_cases(folder: Path) -> list[Case]:
    """The entries under ``training`` of the one data list in ``folder``; ``folder`` may be the file itself.

    An entry names its images in a list ``image`` (which is which is said by ``channel_names`` or
    ``modality`` of the file, else by the file names) or one by one as ``t1ce``, ``flair``, ``t2``; and its
    labels as ``label`` (whose values ``labels`` of the file explains; without it, all that is not 0 is
    core) or as ``core`` and ``whole``. ``case_id`` and ``patient_id`` are optional.
    """
    lists = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    found = [
        (path, content) for path in lists if isinstance(content := read_json(path), dict) and "training" in content
    ]
    if len(found) > 1:
        raise InputError(f"{folder} holds {len(found)} data lists; give one of the files, for example {found[0][0]}.")
    return [
        _case(as_mapping(entry, path), content, path) for path, content in found for entry in _entries(content, path)
    ]


def _entries(content: Mapping[str, Any], path: Path) -> list[Any]:
    entries = content["training"]
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: 'training' is no list of cases; see docs/how-to/own-data.md.")
    return entries


def _case(entry: Mapping[str, Any], content: Mapping[str, Any], path: Path) -> Case:
    images = {image: _path(entry[image], path) for image in _IMAGES if image in entry}
    names = content.get("channel_names", content.get("modality", {}))
    for number, file in enumerate(_files(entry.get("image", []), path)):
        image = image_of(str(as_mapping(names, path).get(str(number), stem(file))))
        if image is not None:
            images[image] = file
    if not images:
        raise InputError(
            f"{path}: no image of {dict(entry)!r:.80} is known as T1ce, FLAIR or T2; "
            "name the channels in channel_names."
        )
    labels = _labels(entry, content, path)
    file = next(iter([*(label.path for label in labels.values()), *images.values()]))
    name = str(entry.get("case_id", stem(file)))
    return Case(name, str(entry.get("patient_id", name)), images, labels)


def _labels(entry: Mapping[str, Any], content: Mapping[str, Any], path: Path) -> dict[str, LabelFile]:
    labels = {target: LabelFile(_path(entry[target], path)) for target in _TARGETS if target in entry}
    files = _files(entry.get("label", []), path)
    if len(files) > 1:
        raise InputError(f"{path}: a case has {len(files)} label maps; give them as 'core' and 'whole'.")
    for file in files:
        if "labels" in content:
            labels |= labels_of(label_values(content["labels"], path), file, str(path))
        else:
            labels["core"] = LabelFile(file)
    return labels


def _files(value: Any, path: Path) -> list[Path]:
    return [_path(one, path) for one in (value if isinstance(value, list) else [value])]


def _path(value: Any, path: Path) -> Path:
    if not isinstance(value, str):
        raise InputError(f"{path}: {value!r:.40} is no file name; see docs/how-to/own-data.md.")
    return path.parent / value


DATALIST = Layout("datalist", "one JSON file with a list 'training' of entries with 'image' and 'label'", find_cases)
