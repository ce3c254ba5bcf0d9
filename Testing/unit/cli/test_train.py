"""``sgnet train`` through the command line, on studies that cost nothing to make."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sgnet.data.layouts.registry import read_cases
from sgnet.inference.model import load_model
from sgnet.training import loop
from sgnet.training.pool import TrainingStudy

TINY = (
    *("--steps", "2", "--patch", "16,16,8", "--pool-size", "1", "--studies-per-step", "0"),
    *("--workers", "0", "--device", "cpu"),
)


@pytest.fixture(autouse=True)
def noise_instead_of_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    def study(number: int) -> TrainingStudy:
        rng = np.random.default_rng(number)
        image: NDArray[np.float16] = rng.uniform(0.2, 0.4, (2, 24, 24, 24)).astype(np.float16)
        instances = np.zeros((24, 24, 24), np.uint8)
        instances[8:12, 8:12, 8:12] = 1
        return TrainingStudy(image, instances, instances > 0)

    monkeypatch.setattr(loop, "study_maker", lambda *_: study)


def test_initial_model_gives_the_architecture_and_is_recorded(
    sgnet: Callable[..., tuple[int, str, str]], model_folder: Path, tmp_path: Path
) -> None:
    code, _, error = sgnet("train", "--output", str(tmp_path / "run"), "--initial", str(model_folder), *TINY)
    assert code == 0, error
    trained, initial = load_model(tmp_path / "run" / "model"), load_model(model_folder)
    assert trained.settings == initial.settings
    assert json.loads((tmp_path / "run" / "run.json").read_text())["initial"]["sha256"] == initial.sha256


def test_network_option_that_contradicts_the_initial_model_is_one_sentence(
    sgnet: Callable[..., tuple[int, str, str]], model_folder: Path, tmp_path: Path
) -> None:
    code, _, error = sgnet(
        "train", "--output", str(tmp_path / "run"), "--initial", str(model_folder), "--gate", "soft", *TINY
    )
    assert code == 2
    assert "has gate = hard, not soft" in error and "Traceback" not in error


def test_validation_of_a_data_set_takes_the_split_s_own_cases(
    sgnet: Callable[..., tuple[int, str, str]], data_set: Callable[[str], Path], tmp_path: Path
) -> None:
    names = [case.name for case in read_cases(data_set("brats-mets"))]
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"training": names[:2], "validation": names[2:]}))
    options = ("--output", str(tmp_path / "run"), "--data", str(data_set("brats-mets")), "--validate-every", "1", *TINY)
    code, _, error = sgnet("train", *options, "--channels", "4,4,8,8", "--validation-batches", "1")
    assert code == 2 and "The split has no cases for validation" in error
    code, _, error = sgnet("train", *options, "--channels", "4,4,8,8", "--split", str(split))
    assert code == 0, error
    rows = (tmp_path / "run" / "validation.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "1", "2"]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["data"]["cases"] == 2
    assert len(list((tmp_path / "run" / "cache").glob("*.npz"))) == len(names)


def test_voxel_size_is_that_of_the_cached_studies_and_of_the_model(
    sgnet: Callable[..., tuple[int, str, str]], data_set: Callable[[str], Path], tmp_path: Path
) -> None:
    run, options = tmp_path / "run", ("--output", str(tmp_path / "run"), "--spacing-mm", "2", *TINY)
    code, _, error = sgnet("train", *options)
    assert code == 2 and "synthetic studies are made at 1 mm" in error and not run.exists()
    code, _, error = sgnet("train", *options, "--data", str(data_set("sgnet")), "--channels", "4,4")
    assert code == 0, error
    assert load_model(run / "model").preprocess.spacing_mm == 2
    studies = [np.load(path) for path in (run / "cache").glob("*.npz")]
    assert [float(study["voxel_mm3"]) for study in studies] == [pytest.approx(8)] * len(studies) and studies


def test_scaling_is_the_models_own_and_goes_on_with_it(
    sgnet: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, _, error = sgnet("train", "--output", str(tmp_path / "a"), "--median-level", "0.4", *TINY)
    assert code == 0, error
    begin = str(tmp_path / "a" / "model")
    for name, options, level in (("kept", [], 0.4), ("other", ["--median-level", "0.3"], 0.3)):
        code, _, error = sgnet("train", "--output", str(tmp_path / name), "--initial", begin, *options, *TINY)
        assert code == 0, error
        assert load_model(tmp_path / name / "model").preprocess.median_level == level
