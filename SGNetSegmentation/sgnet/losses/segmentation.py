"""Dice and cross-entropy for the sigmoid outputs.

``available``, of shape (B, C) and type bool, says which channels of which sample carry a label at all: a study may
lack the core or the whole lesion. A channel that is not available adds nothing, neither loss nor gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from sgnet.losses.numerics import at_least_float32, batch_mean

EPSILON = 1e-5


def soft_dice_loss(logits: Tensor, target: Tensor, available: Tensor | None = None) -> Tensor:
    """Mean of 1 - Dice over the (sample, channel) pairs that have foreground; 0 where none has.

    A patch without foreground is left to the cross-entropy: Dice on it pushes every probability
    down, whatever the image shows.

    Parameters
    ----------
    logits : Tensor, shape (B, C, X, Y, Z)
    target : Tensor, same shape, in {0, 1}
    available : Tensor of bool, shape (B, C), optional
    """
    probability, target = torch.sigmoid(at_least_float32(logits)), at_least_float32(target)
    counted = target.amax(dim=(2, 3, 4)) > 0
    if available is not None:
        counted = counted & available
    return batch_mean(1 - soft_dice(probability, target)[counted])


def soft_dice(probability: Tensor, target: Tensor) -> Tensor:
    """(2 sum(p g) + epsilon) / (sum(p + g) + epsilon) of each (sample, channel) pair, shape (B, C)."""
    overlap = (probability * target).sum(dim=(2, 3, 4))
    total = (probability + target).sum(dim=(2, 3, 4))
    return (2 * overlap + EPSILON) / (total + EPSILON)


def weighted_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor, available: Tensor | None = None) -> Tensor:
    """Binary cross-entropy, each voxel counted ``weight`` times; all of shape (B, C, X, Y, Z) or broadcastable."""
    logits, target = at_least_float32(logits), at_least_float32(target)
    loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    pairs = (loss * weight).mean(dim=(2, 3, 4))
    return batch_mean(pairs if available is None else pairs[available])
