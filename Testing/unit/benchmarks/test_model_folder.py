"""The folder of a shipped model is made from a run, its fits and its results."""

import json

import pytest

from sgnet.models import SHIPPED

FITS = {
    "core": {"temperature": 2.12345},
    "whole": {"temperature": 3.0},
    "tightening": {"rate": 0.2, "from_peak": 0.7, "bodies": 5},
    "lesion confidence": {"intercept": 0.12345, "peak": 1.0, "volume": 0.5, "flatness": 2.0, "brier_score": 0.1},
}


@pytest.fixture
def before():
    return json.loads((SHIPPED / "config.json").read_text())


@pytest.fixture
def run_config(before):
    """Of a run that started from the shipped weights and is written as sgnet train writes one."""
    kept = ("format", "sgnet", "network", "preprocess", "inputs", "outputs", "training")
    run = {key: before[key] for key in kept} | {"sha256": "1" * 64, "steps": 7}
    return run | {"training": before["training"] | {"initial": {"name": "any", "sha256": before["sha256"]}}}


@pytest.fixture
def make(load_tool, tmp_path, run_config, monkeypatch):
    """Makes the folder as the command line does, and returns its configuration."""
    (tmp_path / "run" / "model").mkdir(parents=True)
    (tmp_path / "run" / "model" / "weights.safetensors").write_bytes(b"w")
    (tmp_path / "run" / "model" / "config.json").write_text(json.dumps(run_config))
    (tmp_path / "run" / "log.csv").write_text("step\n25\n")
    (tmp_path / "fits.json").write_text(json.dumps(FITS))

    def made(*options: str) -> dict:
        monkeypatch.setattr("sys.argv", ["x", str(tmp_path / "run"), str(tmp_path / "made"), *options])
        load_tool("make_model_folder").main()
        return json.loads((tmp_path / "made" / "config.json").read_text())

    return made


def test_a_run_becomes_a_model_folder_with_all_stages(make, tmp_path, before) -> None:
    made = make()
    assert (tmp_path / "made" / "weights.safetensors").read_bytes() == b"w"
    assert (tmp_path / "made" / "training_log.csv").read_text() == "step\n25\n"
    assert made["sha256"] == "1" * 64 and made["steps"] == 7
    assert made["guided_filter"] == before["guided_filter"]
    assert made["earlier_training"][:-1] == before["earlier_training"]
    last = made["earlier_training"][-1]
    assert (last["name"], last["steps"], last["train"]) == (SHIPPED.name, before["steps"], before["training"]["train"])
    assert "temperatures" not in made and "operating_points" not in made


def test_what_was_fitted_is_added(make, tmp_path, before) -> None:
    unfitted = make()
    made = make("--calibration", str(tmp_path / "fits.json"), "--sensitive", "0.125")
    assert made["temperatures"] == {"core": 2.123, "whole": 3.0}
    assert made["tightening"] == {"rate": 0.2, "from_peak": 0.7}
    assert made["confidence"] == {"intercept": 0.123, "peak": 1.0, "volume": 0.5, "flatness": 2.0}
    points = made["operating_points"]
    assert points["precise"]["min_confidence"] == before["operating_points"]["precise"]["min_confidence"]
    assert points["sensitive"]["min_confidence"] == 0.125
    assert not any("expected" in point for point in points.values())
    assert {key: made[key] for key in unfitted} == unfitted


def test_a_run_that_started_elsewhere_is_refused(load_tool, before, run_config) -> None:
    run_config["training"]["initial"]["sha256"] = "2" * 64
    with pytest.raises(SystemExit, match="did not start from the weights of sgnet-before"):
        load_tool("make_model_folder").config_of(run_config, before, "sgnet-before")
