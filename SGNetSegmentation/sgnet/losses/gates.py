"""Supervision of the gates by the lesion mask: the union of SG-Net with supervised attention.

Wang et al. (MICCAI 2019, arXiv 1906.03906) supervise each level's attention with the mask pooled to
that level; here the same is done to the gates, with a margin so that a lesion's border stays open.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def gate_loss(gates: Sequence[Tensor], whole: Tensor, positive_weight: float = 3.0) -> Tensor:
    """Mean over levels of the cross-entropy between each gate map and the pooled, dilated lesion mask.

    Parameters
    ----------
    gates : sequence of Tensor, shape (B, groups, X / 2^n, ...), finest first
        Gate logits.
    whole : Tensor, shape (B, 1, X, Y, Z)
        Mask of the whole lesion.
    positive_weight : float
        How much more a closed gate on a lesion costs than an open one beside it.
    """
    masks = [whole.float()]
    for _ in gates[1:]:
        masks.append(functional.max_pool3d(masks[-1], 2))
    margins = [functional.max_pool3d(mask, 3, stride=1, padding=1) for mask in masks[1:]]
    # The finest level takes its margin from the next one: a dilation there costs more than all else here.
    targets = [functional.interpolate(margins[0], scale_factor=2), *margins]
    weight = torch.tensor(positive_weight, device=whole.device)
    losses = [
        functional.binary_cross_entropy_with_logits(logits.float(), target.expand_as(logits), pos_weight=weight)
        for logits, target in zip(gates, targets, strict=True)
    ]
    return torch.stack(losses).mean()
