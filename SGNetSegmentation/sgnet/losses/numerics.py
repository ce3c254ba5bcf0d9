"""How every loss takes its numbers and its mean."""

from __future__ import annotations

import torch
from torch import Tensor, distributed


def at_least_float32(x: Tensor) -> Tensor:
    """``x``, widened from the half formats of mixed precision: sums over a patch overflow in them."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def batch_mean(values: Tensor) -> Tensor:
    """Mean over the batch's ``values``, any shape; 0, with a gradient of 0, where there are none.

    Where the batch is spread over processes, the sum is divided by this process's share of the count of all,
    so that the average over processes (which DistributedDataParallel takes) is the mean over the whole batch.
    """
    count = torch.tensor(float(values.numel()), device=values.device)
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(count)
        count /= distributed.get_world_size()
    return values.sum() / torch.where(count > 0, count, 1.0).to(values.dtype)
