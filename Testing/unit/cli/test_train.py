"""``sgnet train`` through the command line, on studies that cost nothing to make."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sgnet.config import NetworkSettings, PreprocessSettings
from sgnet.data.layouts.registry import read_cases
from sgnet.inference.model import load_model, save_model
from sgnet.networks.registry import build_network
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


REFINE = (*TINY[:2], "--patch", "16,16,16", *TINY[4:])


def test_refined_model_is_the_model_with_a_refiner_and_nothing_that_was_fitted_without_it(
    sgnet: Callable[..., tuple[int, str, str]], model_folder: Path, tmp_path: Path
) -> None:
    config = json.loads((model_folder / "config.json").read_text())
    fitted = {"temperatures": {"core": 2.0, "whole": 3.0}, "operating_points": {}, "steps": 5}
    (model_folder / "config.json").write_text(json.dumps({**config, **fitted}))
    options = ("--refine", str(model_folder), "--refiner-channels", "4,8", "--false-weight", "8", *REFINE)
    code, _, error = sgnet("train", "--output", str(tmp_path / "run"), *options)
    assert code == 0, error
    refined, plain = load_model(tmp_path / "run" / "model"), load_model(model_folder)
    for name, value in plain.network.state_dict().items():
        assert torch.equal(refined.network.state_dict()[name], value)
    assert refined.refiner is not None and refined.refiner_settings.refiner_channels == (4, 8)
    assert refined.temperatures is None and refined.details["steps"] == 5
    assert refined.details["refiner"]["training"]["refines"]["sha256"] == plain.sha256
    assert refined.details["refiner"]["training"]["train"]["false_weight"] == 8


def test_a_refiner_goes_on_from_what_it_was(
    sgnet: Callable[..., tuple[int, str, str]], model_folder: Path, tmp_path: Path
) -> None:
    options = ("--refine", str(model_folder), "--refiner-channels", "4,8", *REFINE)
    far = ("--learning-rate", "0.05", "--warmup-steps", "0", "--decay-steps", "0", "--average-decay", "0")
    assert sgnet("train", "--output", str(tmp_path / "a"), *options, *far)[0] == 0
    refined = tmp_path / "a" / "model"
    # At no learning rate to speak of the weights stay, and its channels need not be said again.
    still = ("--refine", str(refined), *REFINE, "--learning-rate", "1e-7", "--weight-decay", "0")
    code, _, error = sgnet("train", "--output", str(tmp_path / "b"), *still)
    assert code == 0, error
    before, after = load_model(refined).refiner, load_model(tmp_path / "b" / "model").refiner
    for (name, value), other in zip(before.named_parameters(), after.parameters(), strict=True):
        torch.testing.assert_close(other, value, atol=1e-5, rtol=0, msg=name)
    code, _, error = sgnet("train", "--output", str(tmp_path / "c"), *still, "--refiner-channels", "4,16")
    assert code == 2 and "has a refiner with channels (4, 8), not (4, 16)" in error


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--initial", "MODEL"), "leave out the initial model"),
        (("--gate", "soft"), "has gate = hard, not soft"),
        (("--median-level", "0.3"), "has median_level = 0.0, not 0.3"),
        (("--patch", "20,20,20"), "patch must be multiples of 8"),
    ],
)
def test_what_contradicts_the_model_that_is_refined_is_one_sentence(
    sgnet: Callable[..., tuple[int, str, str]], model_folder: Path, tmp_path: Path, options, sentence
) -> None:
    given = [str(model_folder) if one == "MODEL" else one for one in options]
    code, _, error = sgnet("train", "--output", str(tmp_path / "run"), "--refine", str(model_folder), *REFINE, *given)
    assert code == 2
    assert sentence in error and "Traceback" not in error


def test_a_model_of_another_task_is_not_refined(sgnet: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    settings = NetworkSettings(task="schwannoma", name="unet2d5")
    save_model(build_network(settings), tmp_path / "tumour", settings, PreprocessSettings(), {})
    code, _, error = sgnet("train", "--output", str(tmp_path / "run"), "--refine", str(tmp_path / "tumour"), *REFINE)
    assert code == 2
    assert "tumour is a model of the task schwannoma; give one of metastases" in error


def test_a_run_that_refines_one_model_is_not_continued_as_another(
    sgnet: Callable[..., tuple[int, str, str]], model_folder: Path, tmp_path: Path
) -> None:
    options = ("--output", str(tmp_path / "run"), "--refiner-channels", "4,8", *REFINE)
    assert sgnet("train", *options, "--refine", str(model_folder))[0] == 0
    settings = load_model(model_folder).settings
    code, _, error = sgnet("train", *options, "--channels", ",".join(map(str, settings.channels)))
    assert code == 2 and "holds a run that refines" in error and ", not no model" in error
    code, _, error = sgnet("train", *options, "--refine", str(model_folder), "--refiner-channels", "4,16")
    assert code == 2 and "holds a run with refiner_channels" in error


def test_a_refiner_can_be_trained_on_a_data_set(
    sgnet: Callable[..., tuple[int, str, str]], data_set: Callable[[str], Path], model_folder: Path, tmp_path: Path
) -> None:
    options = ("--output", str(tmp_path / "run"), "--data", str(data_set("brats-mets")), "--refiner-channels", "4,8")
    split = tmp_path / "split.json"
    names = [case.name for case in read_cases(data_set("brats-mets"))]
    split.write_text(json.dumps({"training": names[:2], "validation": names[2:]}))
    more = ("--split", str(split), "--validate-every", "1", "--validation-batches", "1")
    code, _, error = sgnet("train", *options, *more, "--refine", str(model_folder), *REFINE)
    assert code == 0, error
    assert load_model(tmp_path / "run" / "model").refiner is not None
