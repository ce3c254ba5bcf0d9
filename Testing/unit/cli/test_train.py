"""``sgnet train`` through the command line, on studies that cost nothing to make."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

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
