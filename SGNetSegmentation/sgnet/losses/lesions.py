"""Each lesion counts the same, however small: the Dice loss lesion by lesion.

In the Dice of a whole patch a lesion counts by its volume, and a small one beside a large one hardly at all. Kofler et
al. ("blob loss", IPMI 2023, arXiv 2205.08209) take the mean over the lesions, each judged with the others left out;
here each is judged in its own surroundings, so that a false lesion elsewhere is not charged to it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from sgnet.losses.numerics import at_least_float32, batch_mean
from sgnet.losses.segmentation import EPSILON

MARGIN = 4
"""How far a lesion's surroundings reach beyond it, in voxels along each axis."""


def lesion_dice_loss(logits: Tensor, lesions: Tensor, available: Tensor | None = None) -> Tensor:
    """Mean over all lesions of the batch of 1 - Dice within the lesion's surroundings; 0 where there is none.

    Parameters
    ----------
    logits : Tensor, shape (B, 1, X, Y, Z)
        Of the core.
    lesions : Tensor of uint8, same shape
        0, or the number of the lesion whose core the voxel belongs to.
    available : Tensor of bool, shape (B,), optional
        Samples whose lesions are known; the others add nothing.
    """
    probability = torch.sigmoid(at_least_float32(logits))
    losses = []
    for n in range(len(logits)):
        if available is not None and not available[n]:
            continue
        owner = surroundings(lesions[n]).flatten()
        inside = owner.nonzero()[:, 0]
        owner, p, g = (
            owner[inside],
            probability[n].flatten()[inside],
            (lesions[n] > 0).flatten()[inside].to(probability),
        )
        sums = [p.new_zeros(256).index_add(0, owner, values) for values in (p * g, p, g)]
        overlap, predicted, true = (one[sums[2] > 0] for one in sums)
        losses.append(1 - (2 * overlap + EPSILON) / (predicted + true + EPSILON))
    return batch_mean(torch.cat(losses) if losses else probability.flatten()[:0])


def surroundings(lesions: Tensor) -> Tensor:
    """The lesion in whose surroundings each voxel lies, int64, 0 if in none's; of several the largest number.

    A voxel of a lesion is its own. ``lesions`` is of shape (..., X, Y, Z).

    Examples
    --------
    >>> lesions = torch.zeros(1, 1, 14, dtype=torch.uint8)
    >>> lesions[..., 1], lesions[..., 8] = 1, 2
    >>> surroundings(lesions)[0, 0].tolist()
    [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0]
    """
    wide = lesions[None].float()
    for axis in range(3):
        # One axis after the other: a tenth of the work of the cube at once.
        kernel = [1, 1, 1]
        kernel[axis] = 2 * MARGIN + 1
        wide = functional.max_pool3d(wide, kernel, stride=1, padding=[n // 2 for n in kernel])
    return torch.where(lesions > 0, lesions, wide[0]).long()
