"""Cases on disk: which prediction belongs to which reference, and their scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgnet.cli.predictions import Prediction
from sgnet.data.labels import SAME_GRID_MM, mask_on, read_mask
from sgnet.data.layouts.case import Case, LabelFile, stem
from sgnet.data.layouts.own import CORE, own_case
from sgnet.data.layouts.registry import read_cases
from sgnet.errors import InputError
from sgnet.evaluation.case import evaluate_masks
from sgnet.geometry import Grid, Volume


def case_at(path: Path) -> Case:
    """The case of a folder as ``sgnet segment`` writes it, or of a label map of the cores.

    Raises
    ------
    InputError
        If the folder holds no ``lesions.nii.gz``.
    """
    if not path.is_dir():
        return Case(stem(path), stem(path), {}, {"core": LabelFile(path)})
    if not (path / CORE).is_file():
        raise InputError(f"{path} holds no {CORE}; give a folder that `sgnet segment` wrote, or a label map.")
    return own_case(path)


def find_pairs(predictions: Path, references: list[Case]) -> dict[str, tuple[Case, Case]]:
    """Each reference case with its prediction in the folder ``predictions``, by name.

    Raises
    ------
    InputError
        If the folder is missing or of no layout, or a reference has no prediction: a case that was left
        out would make the summary better than it is.
    """
    predicted = {case.name: case for case in read_cases(predictions)}
    missing = [case.name for case in references if case.name not in predicted]
    if missing:
        raise InputError(
            f"{predictions} has no prediction for {missing[0]!r} ({len(missing)} of {len(references)} missing); "
            "add it or take its reference away."
        )
    return {case.name: (predicted[case.name], case) for case in references}


def reference_masks(case: Case) -> dict[str, Volume]:
    """The masks of a reference, on the grids of their files.

    Raises
    ------
    InputError
        If there are none, or a file cannot be read.
    """
    if not case.labels:
        raise InputError(f"Case {case.name} has no label map; add it, or leave the case out by a split file.")
    return {target: read_mask(label) for target, label in case.labels.items()}


def bring_onto(reference: Mapping[str, Volume], grid: Grid) -> dict[str, Volume]:
    """The masks on ``grid``, as :func:`sgnet.data.labels.mask_on` resamples them."""
    return {target: Volume(mask_on(mask, grid), grid, mask.name) for target, mask in reference.items()}


def evaluate_prediction(prediction: Prediction, reference: Mapping[str, Volume]) -> dict[str, dict[str, Any]]:
    """The scores of one case (:func:`sgnet.evaluation.case.evaluate_masks`).

    Raises
    ------
    InputError
        If two masks lie on different grids, or there is none of which both have one.
    """
    first = next(iter(prediction.masks.values()))
    for volume in (*prediction.masks.values(), *reference.values()):
        if not first.grid.matches(volume.grid, SAME_GRID_MM):
            raise InputError(
                f"{first.name} ({first.grid.describe()}) and {volume.name} ({volume.grid.describe()}) "
                "lie on different grids; resample one of them with nearest neighbours first."
            )
    return evaluate_masks(
        {target: mask.array for target, mask in prediction.masks.items()},
        {target: mask.array for target, mask in reference.items()},
        first.grid,
    )
