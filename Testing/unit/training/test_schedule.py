import pytest

from sgnet.config import TrainSettings
from sgnet.training.schedule import Plateau, learning_rate


def test_learning_rate_warms_up_stays_and_falls_to_zero():
    settings = TrainSettings(steps=100, warmup_steps=10, decay_steps=20, learning_rate=1.0)
    rates = [learning_rate(step, settings) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:80] == [1.0] * 71
    assert rates[90] == pytest.approx(0.5) and rates[99] == pytest.approx(0.05)


def observe(losses, settings):
    plateau = Plateau()
    factors, ends = [], []
    for step, loss in enumerate(losses):
        plateau.observe(loss, step, settings)
        factors.append(plateau.factor)
        ends.append(plateau.exhausted(settings))
    return plateau, factors, ends


def test_learning_rate_falls_after_each_stretch_without_improvement():
    settings = TrainSettings(plateau_patience=2, plateau_factor=0.1)
    _, factors, _ = observe([1.0, 0.9, 0.95, 0.92, 0.91, 0.8, 0.9], settings)
    assert factors == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.1])
    _, factors, _ = observe([1.0] * 6, settings)
    assert factors == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_run_ends_when_the_patience_is_used_up_counted_from_the_best():
    settings = TrainSettings(patience=3, plateau_patience=1)
    plateau, _, ends = observe([1.0, 0.5, 0.6, 0.6, 0.6], settings)
    assert ends == [False, False, False, False, True]
    assert (plateau.best, plateau.best_step) == (0.5, 1)


def test_without_patience_nothing_ends_and_nothing_falls():
    plateau, _, ends = observe([1.0] * 50, TrainSettings())
    assert not any(ends) and plateau.factor == 1


def test_plateau_survives_the_checkpoint():
    plateau, _, _ = observe([1.0, 2.0, 2.0], TrainSettings(plateau_patience=2))
    assert Plateau(**plateau.to_dict()) == plateau
