"""Probability maps beside a prediction, counted for the calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from sgnet.cli.cases import CORE, WHOLE
from sgnet.data.labels import SAME_GRID_MM, read_labels
from sgnet.data.read import read_image
from sgnet.errors import InputError
from sgnet.evaluation.calibration import CalibrationCounts
from sgnet.export.files import PROBABILITY_FILES


def count_probabilities(prediction: Path, reference: Path) -> dict[str, CalibrationCounts]:
    """The counts of each target of which there are a probability map and a reference mask.

    Parameters
    ----------
    prediction : Path
        A folder as ``sgnet segment --save-probabilities`` writes it; anything else holds no maps.
    reference : Path
        A folder with its masks, or a label map of the cores.

    Raises
    ------
    InputError
        If a map lies on another grid than its mask, or holds something else than probabilities.
    """
    masks = {"core": reference / CORE, "whole": reference / WHOLE} if reference.is_dir() else {"core": reference}
    counts = {}
    for target, name in zip(("core", "whole"), PROBABILITY_FILES, strict=True):
        path = prediction / name
        if not path.is_file() or target not in masks or not masks[target].is_file():
            continue
        probability, mask = read_image(path), read_labels(masks[target])
        if not probability.grid.matches(mask.grid, SAME_GRID_MM):
            raise InputError(f"{path} and {mask.name} lie on different grids; segment the same T1ce again.")
        # Written so that NaN fails too.
        if not (probability.array.min() >= 0 and probability.array.max() <= 1):
            raise InputError(f"{path} holds values outside [0, 1]; write it again with --save-probabilities.")
        counts[target] = CalibrationCounts.of(probability.array.astype(np.float32), mask.array != 0)
    return counts


def add_calibration(summary: dict[str, dict[str, Any]], counts: Sequence[Mapping[str, CalibrationCounts]]) -> None:
    """Put the calibration over all cases that have maps into ``summary``, as ``"calibration"`` of each target."""
    for target, values in summary.items():
        given = [case[target] for case in counts if target in case]
        if given:
            values["calibration"] = {"cases": len(given), **reduce(add, given).to_dict()}
