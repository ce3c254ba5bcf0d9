"""The lesion mask at the size of each attention map."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def pool_mask(mask: Tensor, like: Tensor, how: str) -> Tensor:
    """``mask`` (B, 1, X, Y, Z) at the spatial size of ``like``, whose axes divide its own.

    ``how`` is ``"max"`` (1 where the cell holds any lesion) or ``"average"`` (the share of it that is lesion).

    Examples
    --------
    >>> import torch
    >>> mask = torch.tensor([1.0, 0, 0, 0]).view(1, 1, 4, 1, 1)
    >>> [pool_mask(mask, mask[:, :, :2], how).flatten().tolist() for how in ("max", "average")]
    [[1.0, 0.0], [0.5, 0.0]]
    """
    ratio = [whole // part for whole, part in zip(mask.shape[2:], like.shape[2:], strict=True)]
    if all(r == 1 for r in ratio):
        return mask
    return functional.max_pool3d(mask, ratio) if how == "max" else functional.avg_pool3d(mask, ratio)
