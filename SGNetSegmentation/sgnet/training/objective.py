"""What a step minimises, by the run's settings."""

from __future__ import annotations

from torch import Tensor

from sgnet.config import TrainSettings
from sgnet.losses.attention import attention_loss
from sgnet.losses.gates import gate_loss
from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy


def segmentation_losses(
    logits: Tensor, target: Tensor, weight: Tensor, available: Tensor, settings: TrainSettings
) -> dict[str, Tensor]:
    """The terms of the loss of the output by name; their sum is the loss. Shapes as in a Batch."""
    if settings.loss == "hdl":
        return {"hdl": hardness_weighted_dice_loss(logits, target, settings.hardness, available)}
    return {
        "dice": soft_dice_loss(logits, target, available),
        "cross_entropy": weighted_cross_entropy(logits, target, weight, available),
    }


def supervision_loss(gates: tuple[Tensor, ...], target: Tensor, available: Tensor, settings: TrainSettings) -> Tensor:
    """The loss of the gates or attention maps, taught by the widest output there is: the last channel."""
    mask, known = target[:, -1:], available[:, -1]
    if settings.gate_loss == "margin":
        return gate_loss(gates, mask, available=known)
    return attention_loss(gates, mask, settings.gate_loss, known)
