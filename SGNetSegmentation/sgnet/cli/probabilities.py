"""Probability maps of a prediction, counted for the calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from sgnet.cli.predictions import Prediction
from sgnet.data.labels import SAME_GRID_MM
from sgnet.errors import InputError
from sgnet.evaluation.calibration import CalibrationCounts
from sgnet.geometry import Volume


def count_probabilities(prediction: Prediction, reference: Mapping[str, Volume]) -> dict[str, CalibrationCounts]:
    """The counts of each target of which there are a probability map and a reference mask.

    Raises
    ------
    InputError
        If a map lies on another grid than its mask.
    """
    counts = {}
    for target, probability in prediction.probabilities.items():
        if target not in reference:
            continue
        mask = reference[target]
        if not probability.grid.matches(mask.grid, SAME_GRID_MM):
            raise InputError(f"{probability.name} and {mask.name} lie on different grids; segment the same T1ce again.")
        counts[target] = CalibrationCounts.of(probability.array.astype(np.float32), mask.array != 0)
    return counts


def add_calibration(summary: dict[str, dict[str, Any]], counts: Sequence[Mapping[str, CalibrationCounts]]) -> None:
    """Put the calibration over all cases that have maps into ``summary``, as ``"calibration"`` of each target."""
    for target, values in summary.items():
        given = [case[target] for case in counts if target in case]
        if given:
            values["calibration"] = {"cases": len(given), **reduce(add, given).to_dict()}
