"""Cases on disk: which prediction belongs to which reference, and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sgnet.data.labels import read_labels
from sgnet.errors import InputError
from sgnet.evaluation.case import evaluate_case
from sgnet.geometry import Volume

CORE, WHOLE = "lesions.nii.gz", "whole.nii.gz"
_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")
# Headers of tools that round: a tenth of a millimetre never moves a contour to another voxel.
_GRID_TOLERANCE_MM = 0.1


def find_pairs(predictions: Path, references: Path) -> dict[str, tuple[Path, Path]]:
    """Each reference case with its prediction, by name, sorted.

    Raises
    ------
    InputError
        If a folder is missing or empty, or a reference has no prediction: a case that was left out
        would make the summary better than it is.
    """
    predicted, wanted = _cases(predictions), _cases(references)
    missing = sorted(set(wanted) - set(predicted))
    if missing:
        raise InputError(
            f"{predictions} has no prediction for {missing[0]!r} ({len(missing)} of {len(wanted)} missing); "
            "add it or take its reference away."
        )
    return {name: (predicted[name], wanted[name]) for name in sorted(wanted)}


def _cases(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; check the path.")
    cases = {path.name: path for path in folder.iterdir() if (path / CORE).is_file()}
    for path in folder.iterdir():
        ending = next((one for one in _ENDINGS if path.name.endswith(one)), None)
        if path.is_file() and ending is not None:
            cases[path.name.removesuffix(ending)] = path
    if not cases:
        raise InputError(f"{folder} holds no case: neither label maps ({', '.join(_ENDINGS)}) nor folders with {CORE}.")
    return cases


def evaluate_files(prediction: Path, reference: Path) -> dict[str, dict[str, Any]]:
    """The scores of one case (:func:`sgnet.evaluation.case.evaluate_case`).

    Parameters
    ----------
    prediction, reference : Path
        Each a folder as ``sgnet segment`` writes it, or a label map of the cores. The whole lesion is
        scored where both are folders that hold ``whole.nii.gz``.

    Raises
    ------
    InputError
        If a file cannot be read or the two lie on different grids.
    """
    predicted_core, reference_core = read_labels(_core(prediction)), read_labels(_core(reference))
    _check_grids(predicted_core, reference_core)
    wholes = [path / WHOLE for path in (prediction, reference)]
    if not all(path.is_file() for path in wholes):
        return evaluate_case(predicted_core.array, reference_core.array, reference_core.grid)
    predicted_whole, reference_whole = (read_labels(path) for path in wholes)
    for volume in (predicted_whole, reference_whole):
        _check_grids(volume, reference_core)
    return evaluate_case(
        predicted_core.array, reference_core.array, reference_core.grid, predicted_whole.array, reference_whole.array
    )


def _core(case: Path) -> Path:
    if case.is_dir() and not (case / CORE).is_file():
        raise InputError(f"{case} holds no {CORE}; give a folder that `sgnet segment` wrote, or a label map.")
    return case / CORE if case.is_dir() else case


def _check_grids(predicted: Volume, reference: Volume) -> None:
    if not predicted.grid.matches(reference.grid, _GRID_TOLERANCE_MM):
        raise InputError(
            f"{predicted.name} ({predicted.grid.describe()}) and {reference.name} ({reference.grid.describe()}) "
            "lie on different grids; resample one of them with nearest neighbours first."
        )
