"""The loss on patches of studies that are never trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from sgnet.config import TrainSettings
from sgnet.inference.device import Compute
from sgnet.networks.registry import build_network
from sgnet.training.objective import move_batch, segmentation_losses
from sgnet.training.patches import draw_batch
from sgnet.training.pool import TrainingStudy
from sgnet.training.run import TrainingRun

FIRST_NUMBER = 9_000_000
"""Synthetic studies from this number on are for validation: no run trains on that many."""


def held_out_studies(make: Callable[[int], TrainingStudy], settings: TrainSettings) -> list[TrainingStudy]:
    """Synthetic studies that no step of the run draws from; with label maps, other heads made of the same ones."""
    first = settings.seed * 10_000_000 + FIRST_NUMBER
    return [make(first + number) for number in range(settings.validation_studies)]


def validation_loss(
    state: dict[str, Tensor],
    run: TrainingRun,
    studies: Sequence[TrainingStudy],
    compute: Compute,
) -> float:
    """Mean loss of the weights ``state`` over the run's validation batches, gates left aside."""
    judged = build_network(run.network)
    judged.load_state_dict(state)
    judged = compute.prepare(judged).eval()
    # Another seed than training's, so that no batch of it is repeated here.
    settings = replace(run.train, seed=run.train.seed + FIRST_NUMBER)
    losses = []
    with torch.inference_mode():
        for number in range(settings.validation_batches):
            batch = draw_batch(studies, settings, number)
            image, truth = move_batch(batch, compute)
            with compute.autocast():
                logits = judged(image).logits
            losses.append(sum(segmentation_losses(logits, truth, settings).values()))
    return float(torch.stack([torch.as_tensor(loss) for loss in losses]).mean())
