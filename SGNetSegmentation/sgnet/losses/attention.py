"""Supervised attention: each level's map is held against the lesion mask (SpvPA).

Wang et al., MICCAI 2019, arXiv 1906.03906; the paper pools the mask by average, its later code by maximum.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sgnet.losses.numerics import at_least_float32, batch_mean
from sgnet.losses.pooling import pool_mask
from sgnet.losses.segmentation import soft_dice


def attention_loss(
    maps: Sequence[Tensor], mask: Tensor, pooling: str = "average", available: Tensor | None = None
) -> Tensor:
    """Mean over levels of 1 - Dice between each attention map and the mask pooled to its size.

    Parameters
    ----------
    maps : sequence of Tensor, shape (B, groups, X / sx, Y / sy, Z / sz)
        Logits of the attention; every group's map is held against the same mask.
    mask : Tensor, shape (B, 1, X, Y, Z)
        Of the foreground.
    pooling : {"average", "max"}
    available : Tensor of bool, shape (B,), optional
        Samples whose mask is known; the others add nothing.
    """
    mask = at_least_float32(mask)
    losses = []
    for logits in maps:
        attention = torch.sigmoid(at_least_float32(logits))
        loss = 1 - soft_dice(attention, pool_mask(mask, logits, pooling).expand_as(attention))
        losses.append(batch_mean(loss if available is None else loss[available]))
    return torch.stack(losses).mean()
