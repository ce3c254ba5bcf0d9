"""Studies from a data set on disk: preprocessed once, kept in a cache, fed to the pool like synthetic ones."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.atomic import atomic_path
from sgnet.config import TASKS, PreprocessSettings, TrainSettings
from sgnet.data.labels import mask_on, read_mask
from sgnet.data.layouts.case import Case
from sgnet.data.load import load_study
from sgnet.data.read import read_volume
from sgnet.errors import InputError
from sgnet.events import CaseProgress, Progress
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components
from sgnet.preprocessing.pipeline import preprocess
from sgnet.preprocessing.single import preprocess_image
from sgnet.training.pool import StudyPool, TrainingStudy

# Part of every cache file's name: raise it when what is stored changes.
_FORMAT = 1
_MOST_LESIONS = 255


def make_study_of_case(
    case: Case, task: str, settings: PreprocessSettings, progress: Progress | None = None
) -> TrainingStudy:
    """Read and preprocess ``case`` as inference does, with its labels brought onto the same grid.

    Raises
    ------
    InputError
        If a file cannot be used, or no lesion of the labels lies within the image though there are some.
    """
    progress = progress or Progress()
    outputs = TASKS[task].outputs
    if task == "schwannoma":
        scaled = preprocess_image(read_volume(case.images["t2"]))
        image, grid = scaled.image, scaled.grid
    else:
        prepared = preprocess(load_study(case.images["t1ce"], case.images["flair"], progress), settings)
        image, grid = prepared.image, prepared.grid
    masks = {name: _mask(case, name, grid) for name in outputs if name in case.labels}
    if not masks:
        raise InputError(f"Case {case.name} has no label of {' or '.join(outputs)}; leave it out by a split file.")
    core = masks.get("core", masks.get("whole"))
    whole = masks.get("whole", core)
    assert core is not None and whole is not None
    labels, _ = label_components(core)
    return TrainingStudy(
        image.astype(np.float16),
        # Beyond 255 lesions the rest share a number: it only decides where patches are centred and how they weigh.
        np.minimum(labels, _MOST_LESIONS).astype(np.uint8),
        # The whole lesion contains its core, whatever was drawn.
        whole | core,
        tuple(name in masks for name in outputs),
        task != "schwannoma",
        grid.voxel_volume_mm3,
    )


def _mask(case: Case, name: str, grid: Grid) -> NDArray[np.bool_]:
    drawn = read_mask(case.labels[name])
    mask = mask_on(drawn, grid)
    if drawn.array.any() and not mask.any():
        raise InputError(f"{drawn.name}: nothing of the {name} label lies inside the image of case {case.name}.")
    return mask


def cache_studies(
    cases: Sequence[Case], cache: Path, task: str, settings: PreprocessSettings, progress: Progress
) -> list[Path]:
    """Preprocess each case once; returns its file in the folder ``cache``, in the order of ``cases``.

    A file is used again as long as the case's own files and the settings are unchanged. Each is
    written beside and renamed, so that a stopped run leaves whole files only.

    Raises
    ------
    InputError, Cancelled
    """
    cache.mkdir(parents=True, exist_ok=True)
    progress.phase("preprocessing the data set")
    files = []
    for done, case in enumerate(cases):
        progress.step(done, len(cases))
        progress.check()
        # A name given in a JSON file may hold what a file's name may not.
        name = re.sub(r"[^\w.-]", "_", case.name)
        path = cache / f"{name}-{_fingerprint(case, task, settings)}.npz"
        if not path.is_file():
            _save(make_study_of_case(case, task, settings, CaseProgress(case.name, progress)), path)
        files.append(path)
    progress.step(len(cases), len(cases))
    return files


class CachedStudies:
    """Maker of study ``number`` for a :class:`~sgnet.training.pool.StudyPool`: the cases in ever new orders.

    Which case it is depends on the number alone. Picklable.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)

    def __call__(self, number: int) -> TrainingStudy:
        round_, place = divmod(number, len(self.files))
        order = np.random.default_rng([round_, 20261121]).permutation(len(self.files))
        return _load(self.files[order[place]])


def read_studies(files: Sequence[Path]) -> list[TrainingStudy]:
    """All of them at once, as for a validation."""
    return [_load(path) for path in files]


def disk_pool(files: Sequence[Path], settings: TrainSettings, workers: int) -> StudyPool:
    """The pool of a run on cached studies: all of them where they fit into ``pool_size``, else a moving part."""
    if len(files) <= settings.pool_size:
        # Numbers begin with a whole round, so that the pool holds each case once, and stays.
        settings = replace(settings, pool_size=len(files), studies_per_step=0.0, seed=0)
    return StudyPool(CachedStudies(files), settings, workers)


def describe_data(folder: Path, cases: Sequence[Case]) -> dict[str, Any]:
    """What a model says of the data it was trained on: no names of cases, but their checksum."""
    names = json.dumps(sorted(case.name for case in cases))
    return {"folder": folder.resolve().name, "cases": len(cases), "sha256": hashlib.sha256(names.encode()).hexdigest()}


def _fingerprint(case: Case, task: str, settings: PreprocessSettings) -> str:
    files: list[tuple[str, Path, tuple[int, ...]]] = [(name, case.images[name], ()) for name in TASKS[task].inputs]
    files += [(name, label.path, label.values) for name, label in sorted(case.labels.items())]
    known = [
        (name, str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns, values)
        for name, path, values in files
    ]
    content = json.dumps([_FORMAT, task, settings.to_dict() if task != "schwannoma" else None, known])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _save(study: TrainingStudy, path: Path) -> None:
    with atomic_path(path) as beside:
        np.savez(
            beside,
            image=study.image,
            instances=study.instances,
            whole=study.whole,
            available=np.array(study.available),
            unit=study.unit,
            voxel_mm3=study.voxel_mm3,
        )


def _load(path: Path) -> TrainingStudy:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return TrainingStudy(
                stored["image"],
                stored["instances"],
                stored["whole"],
                tuple(bool(one) for one in stored["available"]),
                bool(stored["unit"]),
                float(stored["voxel_mm3"]),
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is damaged ({error}); delete it and start again.") from error
