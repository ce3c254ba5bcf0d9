"""Hardness-weighted Dice: a voxel counts by how wrong it is.

Wang et al. (MICCAI 2019, arXiv 1906.03906) found weights of 0.4 to 0.6 best; the later code takes 0.6.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sgnet.losses.numerics import at_least_float32, batch_mean
from sgnet.losses.segmentation import EPSILON


def hardness_weighted_dice_loss(
    logits: Tensor, target: Tensor, hardness: float, available: Tensor | None = None
) -> Tensor:
    """Mean over (sample, channel) pairs of 1 - (2 sum(w p g) + e) / (sum(w (p + g)) + e), w = h abs(p - g) + 1 - h.

    Every pair counts, as in the source, those without foreground too: they are what teaches to leave the
    background alone, for no cross-entropy stands beside it. The source's classes are a softmax's, background
    among them; here they are the sigmoid channels. The gradient runs through w as well, as in the source's code.

    Parameters
    ----------
    logits : Tensor, shape (B, C, X, Y, Z)
    target : Tensor, same shape, in {0, 1}
    hardness : float in [0, 1]
        The source's lambda; 0 is the plain Dice loss.
    available : Tensor of bool, shape (B, C), optional
        Channels that carry a label; the others add nothing.
    """
    probability, target = torch.sigmoid(at_least_float32(logits)), at_least_float32(target)
    weight = hardness * (probability - target).abs() + (1 - hardness)
    overlap = (weight * probability * target).sum(dim=(2, 3, 4))
    total = (weight * (probability + target)).sum(dim=(2, 3, 4))
    loss = 1 - (2 * overlap + EPSILON) / (total + EPSILON)
    return batch_mean(loss if available is None else loss[available])
