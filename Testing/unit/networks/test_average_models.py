"""The mean of several models, as `tools/average_models.py` writes it."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sgnet.config import NetworkSettings, PreprocessSettings
from sgnet.errors import InputError
from sgnet.inference.model import load_model, save_model
from sgnet.networks.sgnet import SGNet

TOOL = Path(__file__).parents[3] / "tools" / "average_models.py"
SETTINGS = NetworkSettings(channels=(4, 8, 8), groups=2)


@pytest.fixture
def tool():
    found = importlib.util.spec_from_file_location("average_models", TOOL)
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def model(folder, seed, settings=SETTINGS, **details):
    torch.manual_seed(seed)
    network = SGNet(settings)
    network(torch.rand(2, 2, 16, 16, 16))  # the normalisation counts a step
    save_model(network, folder, settings, PreprocessSettings(), details)
    return folder


def test_every_weight_is_the_mean_and_what_was_fitted_to_one_is_left_out(tool, tmp_path, monkeypatch):
    folders = [
        model(tmp_path / name, seed, steps=100 * seed, temperatures={"core": 2.0}, operating_points={"precise": {}})
        for seed, name in enumerate("abc")
    ]
    monkeypatch.setattr(sys, "argv", ["average_models.py", *map(str, folders), "--output", str(tmp_path / "mean")])
    tool.main()
    mean, parts = load_model(tmp_path / "mean"), [load_model(folder) for folder in folders]
    for name, value in mean.network.state_dict().items():
        states = [part.network.state_dict()[name] for part in parts]
        expected = sum(states) / 3 if value.is_floating_point() else states[-1]
        torch.testing.assert_close(value, expected)
    assert mean.details["steps"] == 200
    assert mean.details["average_of"] == [{"name": part.name, "sha256": part.sha256} for part in parts]
    assert mean.temperatures is None and "operating_points" not in mean.details


@pytest.mark.parametrize("other", [{"stem_stride": 2}, {"gate_threshold": 0.4}])
def test_another_network_is_refused(tool, tmp_path, other):
    models = [load_model(model(tmp_path / "a", 0)), load_model(model(tmp_path / "b", 0, replace(SETTINGS, **other)))]
    with pytest.raises(InputError, match="a and b have different settings"):
        tool.average(models)
