"""Supervision of the gates by the lesion mask: the union of SG-Net with supervised attention.

Wang et al. (MICCAI 2019, arXiv 1906.03906) supervise each level's attention with the mask pooled to
that level; here the same is done to the gates, with a margin so that a lesion's border stays open.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from sgnet.losses.numerics import at_least_float32, batch_mean
from sgnet.losses.pooling import pool_mask


def gate_loss(
    gates: Sequence[Tensor], whole: Tensor, positive_weight: float = 3.0, available: Tensor | None = None
) -> Tensor:
    """Mean over levels of the cross-entropy between each gate map and the pooled, dilated lesion mask.

    Parameters
    ----------
    gates : sequence of Tensor, shape (B, groups, X / sx, Y / sy, Z / sz), finest first
        Gate logits.
    whole : Tensor, shape (B, 1, X, Y, Z)
        Mask of the whole lesion.
    positive_weight : float
        How much more a closed gate on a lesion costs than an open one beside it.
    available : Tensor of bool, shape (B,), optional
        Samples whose mask is known; the others add nothing.
    """
    masks = [at_least_float32(whole)]
    for gate in gates:
        masks.append(pool_mask(masks[-1], gate, "max"))
    del masks[0]
    margins = [functional.max_pool3d(mask, 3, stride=1, padding=1) for mask in masks[1:] or masks]
    if len(gates) > 1:
        # The finest level takes its margin from the next one: a dilation there costs more than all else here.
        margins.insert(0, functional.interpolate(margins[0], size=gates[0].shape[2:]))
    weight = torch.tensor(positive_weight, device=whole.device)
    losses = []
    for logits, target in zip(gates, margins, strict=True):
        loss = functional.binary_cross_entropy_with_logits(
            at_least_float32(logits), target.expand_as(logits), pos_weight=weight, reduction="none"
        ).mean(dim=(1, 2, 3, 4))
        losses.append(batch_mean(loss if available is None else loss[available]))
    return torch.stack(losses).mean()
