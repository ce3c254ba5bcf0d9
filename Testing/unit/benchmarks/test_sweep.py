"""Operating points: what a benchmark counts by name, and the sweep that they are chosen from."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import operating_points
from harness.points import add_point_option, point_settings

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.inference.model import load_model


def test_a_benchmark_counts_the_lesions_of_a_named_point() -> None:
    parser, model = argparse.ArgumentParser(), load_model()
    add_point_option(parser)
    assert point_settings(parser.parse_args([]), model) == LesionSettings()
    sensitive = point_settings(parser.parse_args(["--operating-point", "sensitive"]), model)
    chosen = model.details["operating_points"]["sensitive"]
    assert (sensitive.threshold, sensitive.min_volume_mm3) == (chosen["threshold"], chosen["min_volume_mm3"])
    with pytest.raises(InputError, match="no operating point 'lucky'"):
        point_settings(parser.parse_args(["--operating-point", "lucky"]), model)


def test_the_sweep_is_of_calibrated_probabilities(tmp_path: Path) -> None:
    probability = np.zeros((20, 20, 20), np.float32)
    probability[2:6, 2:6, 2:6] = 0.7  # 64 mm³; a temperature of 2 makes it 0.604
    probability[12:16, 12:16, 12:16] = 0.65  # 0.577
    truth = probability > 0.68
    case = operating_points.Case(
        "synthetic 0",
        Grid(probability.shape, np.eye(4)),
        {"core": probability, "whole": probability},
        {"core": truth, "whole": truth},
    )
    operating_points.write_sweep([case, case], {"core": 2.0, "whole": 2.0}, tmp_path / "sweep.csv")
    with (tmp_path / "sweep.csv").open(newline="") as file:
        rows = {(row["threshold"], row["min_volume_mm3"]): row for row in csv.DictReader(file)}
    assert [rows[at, "50.0"]["false_lesions_a_study"] for at in ("0.5", "0.6")] == ["1.0", "0.0"]
    assert [rows[at, "50.0"]["core_dice"] for at in ("0.5", "0.6")] == ["0.6667", "1.0"]
    found = rows["0.6", "50.0"]
    assert found["sensitivity 3-5 mm"] == "2/2" and found["studies"] == "2" and found["data"] == "synthetic"
    assert rows["0.6", "80.0"]["sensitivity 3-5 mm"] == "0/2"


def test_the_temperature_is_that_of_the_undecided_voxels() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 1.5, size=(30, 30, 30))
    truth = rng.random(logit.shape) < 1 / (1 + np.exp(-logit))
    said = (1 / (1 + np.exp(-2 * logit))).astype(np.float32)  # twice too sure
    case = operating_points.Case("real", Grid(said.shape, np.eye(4)), {"core": said}, {"core": truth})
    assert operating_points.temperature([case], "core") == pytest.approx(2, abs=0.15)
    before, after = (
        operating_points.reliability([case], "core", value).reliability().expected_calibration_error
        for value in (1.0, 2.0)
    )
    assert after < before / 3
