"""Which studies the benchmark on synthetic ones makes and gives to the model; making and segmenting are replaced."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import synthetic_studies  # noqa: E402

from sgnet.data.study import Study  # noqa: E402
from sgnet.geometry import Grid, Volume  # noqa: E402
from sgnet.inference.model import load_model  # noqa: E402

GRID = Grid((24, 20, 20), np.eye(4))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What was asked for; every study holds two lesions, of which the larger one is found, and a false body."""
    asked: dict[str, list[Any]] = {"seeds": [], "maps": [], "oedema_free": [], "flair": []}
    t1ce = np.random.default_rng(0).normal(100, 5, GRID.shape).astype(np.float32)
    cores = np.zeros(GRID.shape, np.uint8)
    cores[2:8, 2:8, 2:8], cores[14:18, 14:18, 14:18] = 1, 2
    t1ce[cores > 0] = 200

    def generate(seed: int, settings: Any, maps: Any) -> SimpleNamespace:
        asked["seeds"].append(seed)
        asked["maps"].append(maps)
        asked["oedema_free"].append(settings.oedema_free_share)
        study = Study(Volume(t1ce, GRID, "T1ce"), Volume(t1ce, GRID, "FLAIR"))
        return SimpleNamespace(study=study, instances=cores, whole=cores > 0, head=np.ones(GRID.shape, bool))

    def segment(study: Study, model: Any, lesions: Any) -> SimpleNamespace:
        asked["flair"].append(study.flair)
        probability = np.choose(cores, [0, 0.99, 0.31]).astype(np.float32)
        probability[20, 2:18, 2] = 0.5
        labels = np.where(cores == 1, 1, 0)
        return SimpleNamespace(labels=labels, whole=cores == 1, grid=GRID, core_probability=probability)

    point = {"threshold": 0.3, "min_volume_mm3": 10, "min_confidence": 0.5}
    model = replace(load_model(), details={"operating_points": {"precise": point}})
    monkeypatch.setattr(synthetic_studies, "load_model", lambda folder: model)
    monkeypatch.setattr(synthetic_studies, "generate_study", generate)
    monkeypatch.setattr(synthetic_studies, "segment_study", segment)
    return asked


def run(monkeypatch: pytest.MonkeyPatch, output: Path, *options: str) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", ["synthetic_studies.py", "--output", str(output), "--count", "2", *options])
    synthetic_studies.main()
    found: dict[str, Any] = json.loads((output / "synthetic_studies.json").read_text())
    return found


def test_lesions_are_counted_by_diameter_and_by_contrast(asked, monkeypatch, tmp_path):
    lesions = run(monkeypatch, tmp_path)["core"]["lesions"]
    assert lesions["by_diameter"]["5-10 mm"]["reference"] == 4 and lesions["by_diameter"]["5-10 mm"]["found"] == 2
    assert lesions["by_contrast"]["5-10 mm"]["above 4"] == {"reference": 4, "found": 2}
    assert asked["seeds"] == [900_000_000, 900_000_001]
    assert asked["maps"] == [None, None] and asked["oedema_free"] == [0.0, 0.0] and None not in asked["flair"]


def test_by_the_sphere_of_its_volume_the_smaller_lesion_stands_in_a_lower_class(asked, monkeypatch, tmp_path):
    counts = run(monkeypatch, tmp_path)["core"]["lesions"]["by_volume"]
    assert {size: count for size, count in counts.items() if count["reference"]} == {
        "3-5 mm": {"reference": 2, "found": 0}, "5-10 mm": {"reference": 2, "found": 2},
    }  # fmt: skip


def test_all_bodies_are_counted_by_confidence_whether_they_are_lesions_or_not(asked, monkeypatch, tmp_path):
    bands = run(monkeypatch, tmp_path)["core"]["lesions"]["by_confidence"]
    assert {name: counts for name, counts in bands.items() if counts[1]} == {
        "0.2-0.4": [2, 2], "0.4-0.6": [0, 2], "0.9-1": [2, 2],
    }  # fmt: skip


def test_maps_kept_out_of_training_are_the_rule_and_those_trained_on_the_exception(asked, monkeypatch, tmp_path):
    maps = tmp_path / "maps"
    maps.mkdir()
    for number in range(1, 11):
        (maps / f"map_{number:02d}.nii.gz").touch()
    run(monkeypatch, tmp_path, "--anatomy", str(maps))
    run(monkeypatch, tmp_path, "--anatomy", str(maps), "--training-maps", "--first-seed", "7")
    held_out, _, trained, _ = ([path.name[4:6] for path in chosen] for chosen in asked["maps"])
    assert held_out == ["05", "10"]
    assert trained == ["01", "02", "03", "04", "06", "07", "08", "09"]
    assert asked["seeds"][2:] == [7, 8]


def test_studies_without_flair_and_without_oedema(asked, monkeypatch, tmp_path):
    run(monkeypatch, tmp_path, "--without-flair", "--oedema-free-share", "1")
    assert asked["flair"] == [None, None]
    assert asked["oedema_free"] == [1.0, 1.0]


def test_outlines_are_judged_as_drawn_and_as_the_threshold_alone_would_draw_them(asked, monkeypatch, tmp_path):
    def found_tightly(study: Study, model: Any, lesions: Any) -> SimpleNamespace:
        """A lesion of 6 x 6 x 6, of which 6 x 6 x 4 is drawn and 6 x 6 x 9 reaches the threshold."""
        probability, labels = np.zeros(GRID.shape, np.float32), np.zeros(GRID.shape, np.uint16)
        probability[2:8, 2:8, 2:11], probability[2:8, 2:8, 2:6], labels[2:8, 2:8, 2:6] = 0.4, 0.9, 1
        return SimpleNamespace(labels=labels, whole=labels > 0, grid=GRID, core_probability=probability)

    monkeypatch.setattr(synthetic_studies, "segment_study", found_tightly)
    outlines = run(monkeypatch, tmp_path)["core"]["lesions"]["outlines"]
    assert outlines == {
        "as drawn": {"0.1-0.5 ml": {"found": 2, "median_volume_ratio": 0.667, "mean_dice": 0.8}},
        "at the threshold": {"0.1-0.5 ml": {"found": 2, "median_volume_ratio": 1.5, "mean_dice": 0.8}},
    }
