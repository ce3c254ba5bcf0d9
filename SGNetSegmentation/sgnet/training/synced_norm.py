"""Batch normalisation over the batches of all processes together."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn import functional as collective


class SyncedBatchNorm3d(nn.BatchNorm3d):
    """``torch.nn.SyncBatchNorm`` for the CPU: torch's own runs on accelerators only."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, X, Y, Z), normalised by the mean and variance over all processes' batches."""
        if not self.training:
            return super().forward(x)
        axes = (0, 2, 3, 4)
        count = torch.tensor(float(x.numel() // x.shape[1]))
        distributed.all_reduce(count)
        shape = (1, -1, 1, 1, 1)
        mean = collective.all_reduce(x.sum(axes)) / count
        centred = x - mean.view(shape)
        variance = collective.all_reduce((centred**2).sum(axes)) / count
        with torch.no_grad():
            assert self.running_mean is not None and self.running_var is not None
            assert self.num_batches_tracked is not None and self.momentum is not None
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            self.num_batches_tracked += 1
        normed = centred * torch.rsqrt(variance + self.eps).view(shape)
        return normed * self.weight.view(shape) + self.bias.view(shape)


def synchronise_norms(network: nn.Module, device: torch.device) -> None:
    """Replace every batch normalisation of ``network`` by a synchronised one with the same weights and statistics."""
    for name, child in network.named_children():
        if not isinstance(child, nn.BatchNorm3d):
            synchronise_norms(child, device)
            continue
        kind = SyncedBatchNorm3d if device.type == "cpu" else nn.SyncBatchNorm
        synced = kind(child.num_features, child.eps, child.momentum)
        synced.load_state_dict(child.state_dict())
        setattr(network, name, synced)
