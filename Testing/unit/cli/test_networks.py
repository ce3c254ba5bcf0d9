"""Every network by its name: two steps on a procedural head, then a segmentation with what came out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sgnet.config import PUBLISHED_CHANNELS, PreprocessSettings, SynthesisSettings
from sgnet.inference.model import load_model
from sgnet.training import loop
from sgnet.training.pool import TrainingStudy, make_training_study

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def procedural_head() -> TrainingStudy:
    """Made once: it costs seconds, and the networks can share it."""
    return make_training_study(1, SynthesisSettings(), PreprocessSettings(), None)


@pytest.fixture
def train(
    monkeypatch: pytest.MonkeyPatch, procedural_head: TrainingStudy, sgnet: Command, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setattr(loop, "study_maker", lambda *_: lambda number: procedural_head)
    options = ("--steps", "2", "--pool-size", "1", "--studies-per-step", "0", "--workers", "0", "--device", "cpu")

    def call(*arguments: str) -> tuple[int, str, str]:
        return sgnet("train", "--output", str(tmp_path / "run"), *options, *arguments)

    return call


@pytest.mark.parametrize("name", PUBLISHED_CHANNELS)
def test_network_trains_and_segments_by_its_name(
    name: str, train: Command, sgnet: Command, volumes: dict[str, Path], tmp_path: Path
) -> None:
    # Narrower than published, to be quick; the widths are tested with the networks.
    channels = ",".join(["4", "4", "8", "8", "8"][: len(PUBLISHED_CHANNELS[name])])
    code, _, error = train("--network", name, "--channels", channels, "--patch", "32,32,32", "--batch-size", "1")
    assert code == 0, error
    model = tmp_path / "run" / "model"
    assert load_model(model).settings.name == name
    files = ("--t1ce", str(volumes["t1ce"]), "--flair", str(volumes["flair"]), "--output", str(tmp_path / "out"))
    code, _, error = sgnet("segment", *files, "--model", str(model), "--window", "48,48,48", "--device", "cpu")
    assert code == 0, error
    assert json.loads((tmp_path / "out" / "lesions.json").read_text())["provenance"]["model"]["name"] == "model"


def test_variant_of_the_later_code_and_supervised_attention_by_settings(train: Command, tmp_path: Path) -> None:
    code, _, error = train(
        *("--network", "unet2d5_spvpa", "--variant", "vs_seg", "--channels", "4,8,8,8,8,8", "--patch", "64,64,16"),
        *("--loss", "hdl", "--hardness", "0.4", "--gate-loss", "average", "--gate-supervision", "1"),
    )
    assert code == 0, error
    header = (tmp_path / "run" / "log.csv").read_text().splitlines()[0]
    assert header == "step,hdl,gate,rate,seconds"


def test_patch_that_does_not_fit_the_network_is_one_sentence(train: Command) -> None:
    code, _, error = train("--network", "unet2d5", "--variant", "vs_seg", "--patch", "96,96,20")
    assert code == 2
    assert "patch must be multiples of 32, 32, 8, got 96, 96, 20" in error and "Traceback" not in error
