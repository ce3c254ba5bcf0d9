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
from sgnet.training import loop
from sgnet.training.loop import train
from sgnet.training.run import TrainingRun
from sgnet.training.schedule import learning_rate

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


def test_learning_rate_warms_up_stays_and_falls_to_zero():
    settings = TrainSettings(steps=100, warmup_steps=10, decay_steps=20, learning_rate=1.0)
    rates = [learning_rate(step, settings) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:80] == [1.0] * 71
    assert rates[90] == pytest.approx(0.5) and rates[99] == pytest.approx(0.05)


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


def test_run_begun_from_a_model_is_not_continued_without_it(tmp_path):
    first = load_model(train(tiny_run(steps=1), tmp_path / "first", compute=CPU, workers=0))
    train(dataclasses.replace(tiny_run(steps=1), initial=first), tmp_path / "second", compute=CPU, workers=0)
    with pytest.raises(InputError, match="began from model, not from random weights"):
        train(tiny_run(steps=2), tmp_path / "second", compute=CPU, workers=0)
