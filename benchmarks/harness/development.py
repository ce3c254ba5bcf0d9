"""The studies that a model's calibration and operating points are chosen on, with what the network says of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from harness.scans import labelled_scans
from sgnet.config import InferenceSettings, SynthesisSettings, TrainSettings
from sgnet.data.study import Study
from sgnet.evaluation.calibration import scale_temperature
from sgnet.events import Progress
from sgnet.geometry import Grid
from sgnet.inference.model import load_model
from sgnet.inference.probabilities import guided_log_odds
from sgnet.preprocessing.pipeline import preprocess, restore
from sgnet.synthesis.anatomy import find_anatomies, split_anatomies
from sgnet.synthesis.generate import generate_study

FIRST_SEED = 800_000_002
OUTPUTS = ("core", "whole")


@dataclass(frozen=True, eq=False)
class Case:
    """A study that the network has looked at.

    Attributes
    ----------
    name : str
        Begins with ``real`` or ``synthetic``.
    grid : Grid
        The native one, of all arrays.
    probabilities, truth : dict of ndarray
        By output, ``core`` and ``whole``; uncalibrated, and bool.
    """

    name: str
    grid: Grid
    probabilities: dict[str, NDArray[np.float32]]
    truth: dict[str, NDArray[np.bool_]]

    def calibrated(self, output: str, temperature: float) -> NDArray[np.float32]:
        """The probability of one output at its temperature."""
        return scale_temperature(self.probabilities[output], temperature).astype(np.float32)


def studies(arguments: argparse.Namespace) -> Iterator[tuple[str, Study, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Name, study, true core and true whole lesion."""
    held_out = None
    if arguments.anatomy:
        held_out = split_anatomies(find_anatomies(arguments.anatomy), TrainSettings().hold_out_every)[1]
    for scan in labelled_scans():
        yield f"real {scan.name}", scan.study, scan.core, scan.whole
    for number in range(arguments.count):
        made = generate_study(FIRST_SEED + number, SynthesisSettings(), held_out)
        yield f"synthetic {number}", made.study, made.instances > 0, made.whole


def cases(arguments: argparse.Namespace) -> Iterator[Case]:
    """Every study with what the network says of it by itself, without the model's temperatures."""
    model = load_model(arguments.model)
    for name, study, core, whole in studies(arguments):
        prepared = preprocess(study, model.preprocess)
        found = guided_log_odds(prepared.image, model, InferenceSettings(), Progress())
        maps = prepared.in_head(expit(found))
        probabilities = {output: restore(one, prepared) for output, one in zip(OUTPUTS, maps, strict=True)}
        print(name, flush=True)
        yield Case(name, prepared.native_grid, probabilities, {"core": core, "whole": whole})
