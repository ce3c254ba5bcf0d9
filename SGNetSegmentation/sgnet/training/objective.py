"""What a step minimises, by the run's settings."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sgnet.config import TrainSettings
from sgnet.inference.device import Compute
from sgnet.losses.attention import attention_loss
from sgnet.losses.gates import gate_loss
from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.losses.lesions import lesion_loss
from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy
from sgnet.training.patches import Batch


class Truth(NamedTuple):
    """What the output should have been; see :class:`~sgnet.training.patches.Batch`."""

    target: Tensor
    weight: Tensor
    lesions: Tensor
    available: Tensor


def move_batch(batch: Batch, compute: Compute) -> tuple[Tensor, Truth]:
    """The image, and what is to be learned from it, on the device."""
    image, target, weight, lesions = (
        compute.move(torch.from_numpy(array)) for array in (batch.image, batch.target, batch.weight, batch.lesions)
    )
    return image, Truth(target, weight, lesions, torch.from_numpy(batch.available).to(image.device))


def segmentation_losses(logits: Tensor, truth: Truth, settings: TrainSettings) -> dict[str, Tensor]:
    """The terms of the loss of the output by name; their sum is the loss."""
    target, weight, lesions, available = truth
    if settings.loss == "hdl":
        losses = {"hdl": hardness_weighted_dice_loss(logits, target, settings.hardness, available)}
    else:
        losses = {
            "dice": soft_dice_loss(logits, target, available),
            "cross_entropy": weighted_cross_entropy(logits, target, weight, available),
        }
    if settings.lesion_loss:
        losses["lesions"] = settings.lesion_loss * lesion_loss(logits[:, :1], lesions, available[:, 0])
    return losses


def supervision_loss(gates: tuple[Tensor, ...], truth: Truth, settings: TrainSettings) -> Tensor:
    """The loss of the gates or attention maps, taught by the widest output there is: the last channel."""
    mask, known = truth.target[:, -1:], truth.available[:, -1]
    if settings.gate_loss == "margin":
        return gate_loss(gates, mask, available=known)
    return attention_loss(gates, mask, settings.gate_loss, known)
