"""The training loop: draw, step, average, log, save; resumes where it was stopped."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sgnet.atomic import atomic_path
from sgnet.config import NetworkSettings, PreprocessSettings, SynthesisSettings, TrainSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.inference.model import Model, save_model
from sgnet.losses.gates import gate_loss
from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy
from sgnet.networks.registry import build_network
from sgnet.training.average import RunningAverage
from sgnet.training.checkpoint import load_checkpoint, save_checkpoint
from sgnet.training.patches import draw_batch
from sgnet.training.pool import StudyPool, study_maker

SAVE_EVERY = 250
LOG_EVERY = 25


@dataclass(frozen=True)
class TrainingRun:
    """Everything that defines a run; written to ``run.json`` in its folder.

    ``initial`` is a model whose weights the run starts from (fine-tuning) instead of random ones.
    ``data`` names the studies of a run that is given its own pool; None means synthetic ones.

    Raises
    ------
    InputError
        If ``initial`` has another architecture or scales its input otherwise.
    """

    network: NetworkSettings
    train: TrainSettings
    synthesis: SynthesisSettings
    preprocess: PreprocessSettings
    anatomy: tuple[Path, ...] | None = None
    initial: Model | None = None
    data: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.initial is None:
            return
        theirs = {**self.initial.settings.to_dict(), **self.initial.preprocess.to_dict()}
        for name, value in {**self.network.to_dict(), **self.preprocess.to_dict()}.items():
            if theirs[name] != value:
                raise InputError(
                    f"The initial model {self.initial.name} has {name} = {theirs[name]}, not {value}; "
                    "give the same setting or start without it."
                )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; of the label maps only the names, of the initial model name and checksum."""
        return {
            "network": self.network.to_dict(),
            "train": self.train.to_dict(),
            "synthesis": self.synthesis.to_dict(),
            "preprocess": self.preprocess.to_dict(),
            "anatomy": [path.name for path in self.anatomy] if self.anatomy else None,
            "initial": {"name": self.initial.name, "sha256": self.initial.sha256} if self.initial else None,
            "data": self.data,
        }


def learning_rate(step: int, settings: TrainSettings) -> float:
    """Linear warm-up, constant, linear decay to zero over the last ``decay_steps``.

    The constant part makes a run extendable: its checkpoint continues with a larger ``steps``.
    """
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    left = (settings.steps - step) / max(1, settings.decay_steps)
    return settings.learning_rate * min(warm, left, 1.0)


def train(
    run: TrainingRun,
    folder: Path,
    *,
    pool: StudyPool | None = None,
    compute: Compute | None = None,
    workers: int = 1,
    max_minutes: float | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train or continue ``run`` in ``folder``; returns the model folder ``folder/model``.

    ``pool`` holds the studies, and is closed at the end; without one they are synthetic, made by ``workers`` processes.

    Writes ``run.json``, ``log.csv`` (step, losses, learning rate, seconds), ``checkpoint.pt`` and the
    averaged weights. Stopping by ``max_minutes``, cancellation or a kill loses at most the steps
    since the last checkpoint.

    Raises
    ------
    InputError
        If ``folder`` holds a run with other settings (``steps`` and ``decay_steps`` may differ).
    """
    progress = progress or Progress()
    compute = compute or Compute.choose("auto", "auto")
    settings = run.train
    folder.mkdir(parents=True, exist_ok=True)
    _claim(run, folder)
    torch.manual_seed(settings.seed)
    network = build_network(run.network)
    if run.initial is not None:
        network.load_state_dict(run.initial.network.state_dict())
    network = compute.prepare(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    average = RunningAverage(network, settings.average_decay)
    step = _restore(folder, network, optimiser, average)
    pool = pool or StudyPool(study_maker(run.synthesis, run.preprocess, run.anatomy), settings, workers)
    progress.phase("training")
    began = time.monotonic()
    recent: list[dict[str, float]] = []
    try:
        while step < settings.steps:
            if progress.cancelled() or (max_minutes and time.monotonic() - began > 60 * max_minutes):
                break
            recent.append(_step(network, optimiser, average, pool, run, compute, step))
            step += 1
            progress.step(step, settings.steps)
            if step % LOG_EVERY == 0 or step == settings.steps:
                _log(folder / "log.csv", step, recent, learning_rate(step - 1, settings), time.monotonic() - began)
                recent = []
            if step % SAVE_EVERY == 0:
                _save(folder, network, optimiser, average, step)
    finally:
        pool.close()
    _save(folder, network, optimiser, average, step)
    final = build_network(run.network)
    final.load_state_dict(average.state)
    save_model(final, folder / "model", run.network, run.preprocess, {"training": run.to_dict(), "steps": step})
    return folder / "model"


def _step(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: RunningAverage,
    pool: StudyPool,
    run: TrainingRun,
    compute: Compute,
    step: int,
) -> dict[str, float]:
    batch = draw_batch(pool.at(step), run.train, step)
    image, target, weight = (compute.move(torch.from_numpy(a)) for a in (batch.image, batch.target, batch.weight))
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(step, run.train)
    network.train()
    with compute.autocast():
        output = network(image)
    losses: dict[str, Tensor] = {
        "dice": soft_dice_loss(output.logits, target),
        "cross_entropy": weighted_cross_entropy(output.logits, target, weight),
    }
    total = losses["dice"] + losses["cross_entropy"]
    if output.gates:
        losses["gate"] = gate_loss(output.gates, target[:, 1:])
        total = total + run.train.gate_supervision * losses["gate"]
    optimiser.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    average.update(network, step)
    return {name: float(value.detach()) for name, value in losses.items()}


def _claim(run: TrainingRun, folder: Path) -> None:
    """Write ``run.json``, or check that the one there is of the same run."""
    path = folder / "run.json"
    wanted = run.to_dict()
    if path.is_file():
        found = json.loads(path.read_text())
        extendable = {"steps", "decay_steps"}
        parts = {"network": run.network, "train": run.train, "synthesis": run.synthesis, "preprocess": run.preprocess}
        for part, settings in parts.items():
            # What an older version did not know had the value that is the default now.
            held = {**type(settings)().to_dict(), **found[part]}
            for name, value in wanted[part].items():
                if name not in extendable and held[name] != value:
                    raise InputError(
                        f"{folder} holds a run with {name} = {held[name]}, not {value}; give another folder."
                    )
        if found.get("data") != wanted["data"]:
            raise InputError(f"{folder} holds a run on other studies; give another folder, or the same data and split.")
        begun, asked = ((run_of.get("initial") or {}).get("sha256") for run_of in (found, wanted))
        if begun != asked:
            raise InputError(
                f"{folder} holds a run that began from {_initial_name(found)}, not from {_initial_name(wanted)}; "
                "give another folder."
            )
    with atomic_path(path) as beside:
        beside.write_text(json.dumps(wanted, indent=1))


def _initial_name(run: dict[str, Any]) -> str:
    return str(run["initial"]["name"]) if run.get("initial") else "random weights"


def _restore(folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer, average: RunningAverage) -> int:
    state = load_checkpoint(folder)
    if state is None:
        return 0
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    average.state = state["average"]
    return int(state["step"])


def _save(
    folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer, average: RunningAverage, step: int
) -> None:
    save_checkpoint(
        folder,
        {
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "average": average.state,
            "step": step,
        },
    )


def _log(path: Path, step: int, recent: list[dict[str, float]], rate: float, seconds: float) -> None:
    means = {name: sum(r[name] for r in recent) / len(recent) for name in recent[0]}
    row = {"step": step, **{k: round(v, 5) for k, v in means.items()}, "rate": rate, "seconds": round(seconds, 1)}
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
