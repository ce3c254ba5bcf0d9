import csv
import dataclasses
import json

import numpy as np
import pytest
import torch

from sgnet.config import NetworkSettings, PreprocessSettings, SynthesisSettings, TrainSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.inference.model import load_model
from sgnet.networks.registry import build_network
from sgnet.training import loop
from sgnet.training.loop import train
from sgnet.training.processes import Processes
from sgnet.training.run import TrainingRun
from sgnet.training.state import Training
from sgnet.training.validation import held_out_studies, validation_loss

CPU = Compute(torch.device("cpu"), torch.float32)


def tiny_run(**changes):
    settings = {
        "steps": 6, "decay_steps": 2, "warmup_steps": 2, "batch_size": 2, "patch": (16, 16, 8),
        "pool_size": 2, "studies_per_step": 0.5, "learning_rate": 0.01,
    }  # fmt: skip
    return TrainingRun(
        NetworkSettings(channels=(4, 4, 8, 8), groups=2),
        TrainSettings(**{**settings, **changes}),
        SynthesisSettings(),
        PreprocessSettings(),
    )


@pytest.fixture(autouse=True)
def tiny_studies(monkeypatch, make_tiny_study):
    monkeypatch.setattr(loop, "study_maker", lambda *_: make_tiny_study)


class StopAfter(Progress):
    def __init__(self, steps):
        self.left = steps

    def step(self, done, total):
        self.left -= 1

    def cancelled(self):
        return self.left <= 0


def test_training_writes_a_model_that_loads_and_a_log(tmp_path):
    model = load_model(train(tiny_run(), tmp_path / "run", compute=CPU, workers=0))
    assert model.details["steps"] == 6
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    assert rows[-1]["step"] == "6" and float(rows[-1]["gate"]) > 0
    assert json.loads((tmp_path / "run" / "run.json").read_text())["train"]["steps"] == 6


def test_interrupted_and_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path):
    straight = load_model(train(tiny_run(), tmp_path / "straight", compute=CPU, workers=0))
    train(tiny_run(), tmp_path / "resumed", compute=CPU, workers=0, progress=StopAfter(3))
    resumed = load_model(train(tiny_run(), tmp_path / "resumed", compute=CPU, workers=0))
    for name, value in straight.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], value, msg=name)


def test_network_learns_to_find_the_cube(tmp_path, make_tiny_study):
    run = tiny_run(steps=60, decay_steps=20, average_decay=0.8)
    model = load_model(train(run, tmp_path / "run", compute=CPU, workers=0))
    study = make_tiny_study(5)
    with torch.inference_mode():
        core = model.network(torch.from_numpy(study.image.astype(np.float32))[None]).logits[0, 0] > 0
    overlap = 2 * (core.numpy() & study.whole).sum() / (core.sum() + study.whole.sum())
    assert overlap > 0.8


def test_folder_of_another_run_is_refused(tmp_path):
    train(tiny_run(steps=1), tmp_path, compute=CPU, workers=0)
    with pytest.raises(InputError, match=r"holds a run with learning_rate = 0\.01, not 0\.02"):
        train(tiny_run(learning_rate=0.02), tmp_path, compute=CPU, workers=0)


def test_finished_run_can_be_made_longer(tmp_path):
    train(tiny_run(steps=2), tmp_path, compute=CPU, workers=0)
    assert load_model(train(tiny_run(steps=4), tmp_path, compute=CPU, workers=0)).details["steps"] == 4


def test_damaged_checkpoint_is_named_with_the_remedy(tmp_path):
    train(tiny_run(steps=1), tmp_path, compute=CPU, workers=0)
    (tmp_path / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(InputError, match=r"is damaged.*delete it"):
        train(tiny_run(steps=2), tmp_path, compute=CPU, workers=0)


def test_run_begins_from_the_weights_and_buffers_of_the_initial_model(tmp_path):
    first = load_model(train(tiny_run(), tmp_path / "first", compute=CPU, workers=0))
    run = dataclasses.replace(tiny_run(steps=1, learning_rate=1e-7, weight_decay=0.0, average_decay=0.0), initial=first)
    second = load_model(train(run, tmp_path / "second", compute=CPU, workers=0))
    before, after = first.network.state_dict(), second.network.state_dict()
    for name, _ in second.network.named_parameters():
        torch.testing.assert_close(after[name], before[name], rtol=0, atol=1e-6, msg=name)
    assert int(after["bottom.norm.num_batches_tracked"]) == int(before["bottom.norm.num_batches_tracked"]) + 1
    assert json.loads((tmp_path / "second" / "run.json").read_text())["initial"] == {
        "name": "model", "sha256": first.sha256,
    }  # fmt: skip


def test_initial_model_of_another_architecture_is_refused(tmp_path):
    first = load_model(train(tiny_run(steps=1), tmp_path, compute=CPU, workers=0))
    with pytest.raises(InputError, match=r"initial model model has groups = 2, not 4"):
        dataclasses.replace(tiny_run(), initial=first, network=NetworkSettings(channels=(4, 4, 8, 8), groups=4))


def test_initial_model_may_be_taught_another_scaling_but_no_other_percentile(tmp_path):
    first = load_model(train(tiny_run(steps=1), tmp_path / "first", compute=CPU, workers=0))
    anchored = dataclasses.replace(tiny_run(steps=1), initial=first, preprocess=PreprocessSettings(median_level=0.4))
    second = load_model(train(anchored, tmp_path / "second", compute=CPU, workers=0))
    assert (first.preprocess.median_level, second.preprocess.median_level) == (0.0, 0.4)
    with pytest.raises(InputError, match=r"initial model model has lower_percentile = 0.5, not 2"):
        dataclasses.replace(tiny_run(), initial=first, preprocess=PreprocessSettings(lower_percentile=2))


def test_run_begun_from_a_model_is_not_continued_without_it(tmp_path):
    first = load_model(train(tiny_run(steps=1), tmp_path / "first", compute=CPU, workers=0))
    train(dataclasses.replace(tiny_run(steps=1), initial=first), tmp_path / "second", compute=CPU, workers=0)
    with pytest.raises(InputError, match="began from model, not from random weights"):
        train(tiny_run(steps=2), tmp_path / "second", compute=CPU, workers=0)


def validated_run(**changes):
    settings = {"steps": 40, "validate_every": 2, "validation_batches": 2, "validation_studies": 1}
    return tiny_run(**{**settings, **changes})


def validations(folder):
    with (folder / "validation.csv").open() as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


@pytest.fixture
def judged(monkeypatch):
    """Validation losses as if measured, from a list (afterwards rising); what was judged is kept."""
    states, losses = [], [3.0, 2.0, 1.0]

    def judge(state, *_):
        states.append({name: value.clone() for name, value in state.items()})
        return losses[len(states) - 1] if len(states) <= len(losses) else float(len(states))

    monkeypatch.setattr("sgnet.training.state.validation_loss", judge)
    return states


def test_run_without_patience_left_stops_and_keeps_the_weights_of_its_best_validation(tmp_path, judged):
    run = validated_run(patience=3, plateau_patience=1)
    model = load_model(train(run, tmp_path, compute=CPU, workers=0))
    rows = validations(tmp_path)
    assert [row["step"] for row in rows] == [2, 4, 6, 8, 10, 12]
    assert model.details["validation"] == {"step": 6, "loss": 1.0}
    assert model.details["steps"] == 12
    kept = model.network.state_dict()
    for name, value in judged[2].items():
        torch.testing.assert_close(kept[name], value, rtol=0, atol=0, msg=name)
    assert not all(torch.equal(judged[2][name], judged[5][name]) for name in kept)
    assert rows[-1]["rate"] < rows[-2]["rate"]


def test_validation_losses_are_those_of_the_averaged_weights(tmp_path):
    run = validated_run(steps=4)
    model = load_model(train(run, tmp_path, compute=CPU, workers=0))
    best = min(validations(tmp_path), key=lambda row: row["loss"])
    again = validation_loss(model.network.state_dict(), run, held_out_studies(loop.study_maker(), run.train), CPU)
    assert again == pytest.approx(best["loss"], abs=1e-6)


def test_stopped_run_stays_stopped_and_goes_on_with_more_patience(tmp_path, judged):
    run = validated_run(patience=2)
    first = load_model(train(run, tmp_path, compute=CPU, workers=0)).details["steps"]
    assert load_model(train(run, tmp_path, compute=CPU, workers=0)).details["steps"] == first
    longer = validated_run(patience=3)
    assert load_model(train(longer, tmp_path, compute=CPU, workers=0)).details["steps"] > first == 10


def test_validation_studies_are_none_that_training_draws_from(monkeypatch, tmp_path, make_tiny_study):
    made = []

    def make(number):
        made.append(number)
        return make_tiny_study(number)

    monkeypatch.setattr(loop, "study_maker", lambda *_: make)
    train(validated_run(steps=2, validation_studies=3), tmp_path, compute=CPU, workers=0)
    held_out, trained_on = made[:3], made[3:]
    assert held_out == [429_000_000, 429_000_001, 429_000_002]
    assert not set(held_out) & set(trained_on)


def test_validation_leaves_the_training_as_it_would_be_without(tmp_path):
    plain = load_model(train(tiny_run(), tmp_path / "plain", compute=CPU, workers=0)).network.state_dict()
    run = tiny_run(validate_every=6, validation_batches=1)
    judged = load_model(train(run, tmp_path / "judged", compute=CPU, workers=0)).network.state_dict()
    assert all(torch.equal(judged[name], value) for name, value in plain.items())


@pytest.mark.parametrize("changes", [{"loss": "hdl"}, {"gate_loss": "average"}, {"gate_loss": "max"}])
def test_each_loss_of_the_settings_trains(tmp_path, changes):
    train(tiny_run(steps=2, **changes), tmp_path, compute=CPU, workers=0)
    (row,) = csv.DictReader((tmp_path / "log.csv").open())
    assert ("hdl" in row) == (changes.get("loss") == "hdl")
    assert float(row["gate"]) > 0


def test_gates_without_supervision_are_left_alone(tmp_path):
    train(tiny_run(steps=1, gate_supervision=0), tmp_path, compute=CPU, workers=0)
    assert "gate" not in next(csv.DictReader((tmp_path / "log.csv").open()))


def test_study_without_any_known_lesion_label_teaches_nothing(monkeypatch, tmp_path, make_tiny_study):
    def unlabelled(number):
        return dataclasses.replace(make_tiny_study(number), available=(False, False))

    monkeypatch.setattr(loop, "study_maker", lambda *_: unlabelled)
    torch.manual_seed(tiny_run().train.seed)
    untrained = build_network(tiny_run().network)
    run = tiny_run(steps=2, weight_decay=0.0, average_decay=0.0)
    model = load_model(train(run, tmp_path, compute=CPU, workers=0))
    for name, value in untrained.named_parameters():
        torch.testing.assert_close(dict(model.network.named_parameters())[name], value, msg=name, check_device=False)


def test_patch_that_does_not_fit_the_network_is_refused(tmp_path):
    with pytest.raises(InputError, match="patch must be multiples of 8, got 16, 16, 12"):
        train(tiny_run(patch=(16, 16, 12)), tmp_path, compute=CPU, workers=0)


def test_half_precision_scales_the_loss_so_that_small_gradients_survive(tmp_path):
    run = tiny_run(steps=3)
    training = Training(run, Compute(torch.device("cpu"), torch.float16), Processes())
    training.advance([loop.study_maker()(1)])
    training.save(tmp_path)
    scale = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["scaler"]["scale"]
    assert scale >= 1
    again = Training(run, Compute(torch.device("cpu"), torch.float16), Processes())
    again.restore(tmp_path)
    assert again.step == 1
