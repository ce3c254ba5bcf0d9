"""Dice and cross-entropy for the two sigmoid outputs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

EPSILON = 1e-5


def soft_dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Mean of 1 - Dice over the (sample, channel) pairs that have foreground; 0 where none has.

    A patch without foreground is left to the cross-entropy: Dice on it pushes every probability
    down, whatever the image shows.

    Parameters
    ----------
    logits : Tensor, shape (B, C, X, Y, Z)
    target : Tensor, same shape, in {0, 1}
    """
    probability = torch.sigmoid(logits.float())
    target = target.float()
    overlap = (probability * target).sum(dim=(2, 3, 4))
    total = (probability + target).sum(dim=(2, 3, 4))
    dice = (2 * overlap + EPSILON) / (total + EPSILON)
    present = target.amax(dim=(2, 3, 4)) > 0
    if not present.any():
        return logits.sum() * 0.0
    return (1 - dice)[present].mean()


def weighted_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Binary cross-entropy, each voxel counted ``weight`` times; all of shape (B, C, X, Y, Z) or broadcastable."""
    loss = functional.binary_cross_entropy_with_logits(logits.float(), target.float(), reduction="none")
    return (loss * weight).mean()
