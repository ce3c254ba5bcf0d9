"""The development studies are seen as a run sees them, but for the temperatures that are fitted on them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from harness import development

from sgnet.config import InferenceSettings, LesionSettings, NetworkSettings, PreprocessSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.inference.model import Model
from sgnet.inference.segment import segment_study
from sgnet.networks.network import NetworkOutput

TEMPERATURES = {"core": 1.5, "whole": 2.5}


class Brightness(torch.nn.Module):
    stride = (8, 8, 8)

    def forward(self, x: torch.Tensor) -> NetworkOutput:
        return NetworkOutput((x - 0.6) * 20, ())


def test_the_models_filter_is_applied_and_its_temperatures_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    shape = (40, 44, 36)
    centred = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in shape], indexing="ij")
    head = np.sqrt(sum(axis**2 for axis in centred)) < 16
    first, second = (np.where(head, rng.uniform(50, 150, shape), 0).astype(np.float32) for _ in range(2))
    grid = Grid(shape, np.eye(4))
    study = Study(Volume(first, grid, "T1ce"), Volume(second, grid, "FLAIR"))
    details = {"guided_filter": {"radius": 1, "regularisation": 0.05}, "temperatures": TEMPERATURES}
    model = Model("bright", Brightness(), NetworkSettings(), PreprocessSettings(), "0" * 64, details)
    monkeypatch.setattr(development, "load_model", lambda folder: model)
    monkeypatch.setattr(development, "studies", lambda arguments: iter([("synthetic 0", study, head, head)]))
    (case,) = development.cases(argparse.Namespace(model=None))

    run = segment_study(study, model, InferenceSettings(device="cpu", precision="float32"), LesionSettings())
    core, whole = (case.calibrated(output, TEMPERATURES[output]) for output in ("core", "whole"))
    np.testing.assert_allclose(core, run.core_probability, atol=1e-3)
    np.testing.assert_allclose(np.maximum(core, whole), run.whole_probability, atol=1e-3)
    unfiltered = Model("bright", Brightness(), NetworkSettings(), PreprocessSettings(), "0" * 64, {})
    monkeypatch.setattr(development, "load_model", lambda folder: unfiltered)
    (other,) = development.cases(argparse.Namespace(model=None))
    assert np.abs(other.probabilities["core"] - case.probabilities["core"]).max() > 0.1
