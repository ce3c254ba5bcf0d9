"""The state of a run, and how one step changes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sgnet.inference.device import Compute
from sgnet.inference.model import save_model
from sgnet.networks.network import Network, check_size
from sgnet.networks.registry import build_network
from sgnet.training.average import RunningAverage
from sgnet.training.checkpoint import load_checkpoint, save_checkpoint
from sgnet.training.log import Row
from sgnet.training.objective import move_batch, segmentation_losses, supervision_loss
from sgnet.training.patches import draw_batch
from sgnet.training.pool import TrainingStudy
from sgnet.training.processes import Processes
from sgnet.training.run import TrainingRun
from sgnet.training.schedule import Plateau, learning_rate
from sgnet.training.validation import validation_loss

LARGEST_GRADIENT = 5.0


class Training:
    """The state of a run: weights, optimiser, averages, how far it is. One step at a time.

    Parameters
    ----------
    run : TrainingRun
    compute : Compute
    processes : Processes
    """

    def __init__(self, run: TrainingRun, compute: Compute, processes: Processes) -> None:
        self.run = run
        self.compute = compute
        self.processes = processes
        settings = run.train
        self._part = processes.part(settings.batch_size)
        torch.manual_seed(settings.seed)
        network = build_network(run.network)
        check_size("patch", settings.patch, network.stride)
        if run.initial is not None:
            network.load_state_dict(run.initial.network.state_dict())
        processes.synchronise_norms(network, compute.device)
        self.network: Network = compute.prepare(network)
        self._spread: nn.Module = processes.spread(self.network)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        # float16 alone underflows; bfloat16 has the range of float32.
        self._scaler = torch.amp.GradScaler(compute.device.type) if compute.dtype == torch.float16 else None
        self.average = RunningAverage(self.network, settings.average_decay)
        self.best: dict[str, Tensor] | None = None
        self.plateau = Plateau()
        self.step = 0
        self.seconds = 0.0
        self.recent: list[Row] = []

    @property
    def rate(self) -> float:
        """Learning rate of the last step taken, or of the first."""
        return learning_rate(max(0, self.step - 1), self.run.train) * self.plateau.factor

    def advance(self, studies: list[TrainingStudy]) -> None:
        """One step on this process's part of a batch from ``studies``."""
        settings = self.run.train
        batch = draw_batch(studies, settings, self.step, self._part)
        image, truth = move_batch(batch, self.compute)
        # Dropout depends on the step alone, so that a resumed run draws what an uninterrupted one would have.
        torch.manual_seed((settings.seed * 10_000_000 + self.step) * self.processes.count + self.processes.rank)
        self._spread.train()
        with self.compute.autocast():
            output = self._spread(image)
        losses = segmentation_losses(output.logits, truth, settings)
        total = torch.stack(list(losses.values())).sum()
        if output.gates and self.network.supervised and settings.gate_supervision:
            losses["gate"] = supervision_loss(output.gates, truth, settings)
            total = total + settings.gate_supervision * losses["gate"]
        self._descend(total, learning_rate(self.step, settings) * self.plateau.factor)
        self.average.update(self.network, self.step)
        self.recent.append({name: float(value.detach()) for name, value in losses.items()})
        self.step += 1

    def _descend(self, loss: Tensor, rate: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad(set_to_none=True)
        if self._scaler is None:
            loss.backward()
        else:
            self._scaler.scale(loss).backward()
            self._scaler.unscale_(self._optimiser)
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        if self._scaler is None:
            self._optimiser.step()
        else:
            self._scaler.step(self._optimiser)
            self._scaler.update()

    def validate(self, studies: list[TrainingStudy]) -> float:
        """Loss of the averaged weights on ``studies``; the best weights are kept."""
        loss = validation_loss(self.average.state, self.run, studies, self.compute)
        # All processes must draw the same conclusions, to the last digit.
        loss = self.processes.mean({"loss": loss})["loss"]
        if self.plateau.observe(loss, self.step, self.run.train):
            self.best = {name: value.clone() for name, value in self.average.state.items()}
        return loss

    def save(self, folder: Path) -> None:
        """Write everything a continued run needs."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "average": self.average.state,
            "best": self.best,
            "plateau": self.plateau.to_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "recent": self.recent,
        }
        if self._scaler is not None:
            state["scaler"] = self._scaler.state_dict()
        save_checkpoint(folder, state)

    def restore(self, folder: Path) -> None:
        """Take up the state saved in ``folder``, if there is one.

        Raises
        ------
        InputError
            If it is damaged.
        """
        state = load_checkpoint(folder)
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        for name, value in state["average"].items():
            self.average.state[name].copy_(value)
        self.step = int(state["step"])
        # Runs of older versions have saved no more than this.
        self.best = state.get("best")
        self.plateau = Plateau(**state.get("plateau", {}))
        self.seconds = state.get("seconds", 0.0)
        self.recent = state.get("recent", [])
        if self._scaler is not None and "scaler" in state:
            self._scaler.load_state_dict(state["scaler"])

    def export(self, folder: Path) -> None:
        """Write the model folder."""
        final = build_network(self.run.network)
        final.load_state_dict(self.best or self.average.state)
        details: dict[str, Any] = {"training": self.run.to_dict(), "steps": self.step}
        if self.best is not None:
            details["validation"] = {"step": self.plateau.best_step, "loss": self.plateau.best}
        save_model(final, folder, self.run.network, self.run.preprocess, details)
