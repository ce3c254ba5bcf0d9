"""The learning rate by step, and what happens when validation stops improving."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sgnet.config import TrainSettings


def learning_rate(step: int, settings: TrainSettings) -> float:
    """Linear warm-up, constant, linear decay to zero over the last ``decay_steps``.

    The constant part makes a run extendable: its checkpoint continues with a larger ``steps``.
    """
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    left = (settings.steps - step) / max(1, settings.decay_steps)
    return settings.learning_rate * min(warm, left, 1.0)


@dataclass
class Plateau:
    """Counts validations without improvement; lowers the learning rate and ends the run by the settings' patience.

    Attributes
    ----------
    best : float
        The lowest loss so far.
    best_step : int
    since_best, since_drop : int
        Validations since the best, and since the best or the last drop of the learning rate.
    factor : float
        What the scheduled learning rate is multiplied by.

    Examples
    --------
    >>> settings = TrainSettings(patience=2, plateau_patience=1)
    >>> plateau = Plateau()
    >>> [plateau.observe(loss, step, settings) for step, loss in enumerate((0.5, 0.4, 0.6, 0.6))]
    [True, True, False, False]
    >>> plateau.best_step, plateau.factor, plateau.exhausted(settings)
    (1, 0.25, True)
    """

    best: float = float("inf")
    best_step: int = 0
    since_best: int = 0
    since_drop: int = 0
    factor: float = 1.0

    def observe(self, loss: float, step: int, settings: TrainSettings) -> bool:
        """Take note of a validation; whether it is the best so far."""
        if loss < self.best:
            self.best, self.best_step, self.since_best, self.since_drop = loss, step, 0, 0
            return True
        self.since_best += 1
        self.since_drop += 1
        if settings.plateau_patience and self.since_drop >= settings.plateau_patience:
            self.factor *= settings.plateau_factor
            self.since_drop = 0
        return False

    def exhausted(self, settings: TrainSettings) -> bool:
        """Whether the run's patience is at its end."""
        return settings.patience > 0 and self.since_best >= settings.patience

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the checkpoint."""
        return asdict(self)
