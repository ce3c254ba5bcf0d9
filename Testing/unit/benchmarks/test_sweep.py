"""Operating points: what a benchmark counts by name, and the sweep that they are chosen from."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import operating_points
from harness import fitting
from harness.counting import count_lesions, dice
from harness.development import Case
from harness.points import add_point_option, point_settings

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.inference.model import load_model
from sgnet.inference.operating_points import CHOSEN
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.find import find_lesions
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening

SIZE_COUNTS = Confidence(0.2, 0.9, 0.4, 1.0)
TIGHT = Tightening(0.1, 0.6)


def test_a_benchmark_counts_the_lesions_of_a_named_point() -> None:
    parser, model = argparse.ArgumentParser(), load_model()
    add_point_option(parser)
    assert point_settings(parser.parse_args([]), model) == LesionSettings()
    older = replace(model, details={"operating_points": {"precise": {"threshold": 0.4, "min_volume_mm3": 50}}})
    assert point_settings(parser.parse_args([]), older) == LesionSettings(0.4, 50, 0)
    assert point_settings(parser.parse_args([]), replace(model, details={})) == LesionSettings()
    sensitive = point_settings(parser.parse_args(["--operating-point", "sensitive"]), model)
    chosen = model.details["operating_points"]["sensitive"]
    assert {name: getattr(sensitive, name) for name in CHOSEN} == {name: chosen[name] for name in CHOSEN}
    with pytest.raises(InputError, match="no operating point 'lucky'"):
        point_settings(parser.parse_args(["--operating-point", "lucky"]), model)


def test_the_sweep_is_of_calibrated_probabilities(tmp_path: Path) -> None:
    probability = np.zeros((20, 20, 20), np.float32)
    probability[2:6, 2:6, 2:6] = 0.7  # 64 mm³; a temperature of 2 makes it 0.604
    probability[12:16, 12:16, 12:16] = 0.65  # 0.577
    truth = probability > 0.68
    case = Case(
        "synthetic 0",
        Grid(probability.shape, np.eye(4)),
        {"core": probability, "whole": probability},
        {"core": truth, "whole": truth},
    )
    operating_points.write_sweep(
        [case, case], {"core": 2.0, "whole": 2.0}, AS_PEAK, AT_THRESHOLD, tmp_path / "sweep.csv"
    )
    with (tmp_path / "sweep.csv").open(newline="") as file:
        rows = {tuple(row[name] for name in CHOSEN): row for row in csv.DictReader(file)}
    assert [rows[at, "50.0", "0.0"]["false_lesions_a_study"] for at in ("0.5", "0.6")] == ["1.0", "0.0"]
    assert [rows[at, "50.0", "0.0"]["core_dice"] for at in ("0.5", "0.6")] == ["0.6667", "1.0"]
    found = rows["0.6", "50.0", "0.0"]
    assert found["sensitivity 3-5 mm"] == "2/2" and found["studies"] == "2" and found["data"] == "synthetic"
    assert rows["0.6", "80.0", "0.0"]["sensitivity 3-5 mm"] == "0/2"
    # Of the two lesions at 0.5 one reaches 0.6, neither 0.7.
    assert [rows["0.5", "50.0", least]["false_lesions_a_study"] for least in ("0.5", "0.6")] == ["1.0", "0.0"]
    assert rows["0.5", "50.0", "0.6"]["core_dice"] == rows["0.5", "50.0", "0.6"]["whole_dice"] == "1.0"
    assert rows["0.5", "50.0", "0.7"]["sensitivity 3-5 mm"] == "0/2"


def test_the_sweep_scores_what_a_run_at_those_settings_finds() -> None:
    rng = np.random.default_rng(5)
    core, whole = (
        np.clip(3 * ndimage.gaussian_filter(rng.normal(size=(40, 40, 40)), 2), 0, 1).astype(np.float32) for _ in "cw"
    )
    case = Case("synthetic", Grid(core.shape, np.eye(4)), {}, {"core": core > 0.6, "whole": whole > 0})
    sweep = dict(operating_points.scores_at(case, core, whole, 0.3, SIZE_COUNTS, TIGHT))
    dices = []
    for settings in (LesionSettings(0.3, 20, 0), LesionSettings(0.3, 80, 0.6), LesionSettings(0.3, 30, 0.75)):
        labels, oedema, _ = find_lesions(core, whole, case.grid, settings, confidence=SIZE_COUNTS, tightening=TIGHT)
        dices.append((dice(labels > 0, case.truth["core"]), dice(oedema, case.truth["whole"])))
        assert (sweep[settings]["core_dice"], sweep[settings]["whole_dice"]) == dices[-1]
        counts = count_lesions(labels, case.truth["core"], case.grid)
        assert {name: sweep[settings][name] for name in counts} == counts
    assert len(set(dices)) == 3, "the settings make no difference here"


def test_the_confidence_is_fitted_on_the_bodies_and_judged_on_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large bodies are lesions and small ones are not, at one peak: the volume tells them apart, the peak cannot."""
    cases = []
    for n in range(10):
        probability = np.zeros((24, 24, 24), np.float32)
        probability[2 : 8 + n % 3, 2:8, 2:8] = 0.6
        probability[14:17, 14:17, 14 : 17 + n % 2] = 0.6
        truth = np.zeros(probability.shape, bool)
        truth[2:8, 2:8, 2:8] = True
        if n == 5:  # the one exception
            truth[14:17, 14:17, 14:17] = True
        case = Case("synthetic", Grid(truth.shape, np.eye(4)), {"core": probability}, {"core": truth})
        cases.append(case)
    path = tmp_path / "calibration.json"
    path.write_text('{"core": 1}')
    fit, counts = fitting.fit, []
    monkeypatch.setattr(fitting, "fit", lambda bodies: counts.append(len(bodies)) or fit(bodies))
    fitted = fitting.write_confidence(cases, 1.0, AT_THRESHOLD, path)
    assert counts == [20] + [18] * 10
    assert fitted.volume > 0.5 > abs(fitted.peak)
    result = json.loads(path.read_text())
    assert result["core"] == 1
    said = result["lesion confidence"]
    assert Confidence(*(said[name] for name in ("intercept", "peak", "volume", "flatness"))) == fitted
    assert sum(count for _, count in said["true bodies"].values()) == 20
    assert sum(true for true, _ in said["true bodies"].values()) == 11
    assert said["brier_score"] < 0.1 < said["brier_score_of_the_peak"]


def blurred_case(n: int) -> Case:
    """A small sure lesion, drawn too wide by the threshold, and a false body; their sizes vary with ``n``."""
    i, j, k = np.indices((30, 24, 24))
    logit = 4 - 1.2 * np.sqrt((i - 9) ** 2 + (j - 11) ** 2 + (k - 11) ** 2) + 0.2 * (n % 4)
    probability = (1 / (1 + np.exp(-logit))).astype(np.float32)
    truth = probability >= 0.7
    probability[24 : 27 + n % 2, 4:8, 4:8] = 0.99
    return Case("synthetic", Grid(truth.shape, np.eye(4)), {"core": probability}, {"core": truth})


def test_the_tightening_is_fitted_on_the_true_bodies_and_judged_on_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calibration.json"
    path.write_text('{"core": 1}')
    fit, counts = fitting.fit_tightening, []
    monkeypatch.setattr(
        fitting, "fit_tightening", lambda bodies, at: counts.append((len(bodies), at)) or fit(bodies, at)
    )
    fitted = fitting.write_tightening([blurred_case(n) for n in range(10)], 1.0, path)
    # The false bodies are none of them, and each tenth of the studies is left out once.
    assert counts == [(10, 0.3)] + [(9, 0.3)] * 10
    result = json.loads(path.read_text())
    assert result["core"] == 1
    said = result["tightening"]
    assert fitted == Tightening(said["rate"], said["from_peak"]) and said["bodies"] == 10
    assert said["dice_at_the_threshold"] < 0.8 and said["dice"] > 0.97


def test_the_confidence_is_fitted_on_the_tight_outlines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "calibration.json", []
    path.write_text("{}")
    fit = fitting.fit
    monkeypatch.setattr(fitting, "fit", lambda bodies: seen.append([one.features[2] for one in bodies]) or fit(bodies))
    cases = [blurred_case(n) for n in range(3)]
    for tightening in (AT_THRESHOLD, Tightening(0.2, 0.6)):
        fitting.write_confidence(cases, 1.0, tightening, path)
    plain, tight = seen[0], seen[4]
    assert len(plain) == len(tight) == 6 and min(np.subtract(plain, tight)) >= 0 < max(np.subtract(plain, tight))


def test_the_temperature_is_that_of_the_undecided_voxels() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 1.5, size=(30, 30, 30))
    truth = rng.random(logit.shape) < 1 / (1 + np.exp(-logit))
    said = (1 / (1 + np.exp(-2 * logit))).astype(np.float32)  # twice too sure
    case = Case("real", Grid(said.shape, np.eye(4)), {"core": said}, {"core": truth})
    assert operating_points.temperature([case], "core") == pytest.approx(2, abs=0.15)
    before, after = (
        operating_points.reliability([case], "core", value).reliability().expected_calibration_error
        for value in (1.0, 2.0)
    )
    assert after < before / 3
