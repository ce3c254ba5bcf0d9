"""A running average of the weights: what is shipped and judged."""

from __future__ import annotations

import torch
from torch import nn


class RunningAverage:
    """Exponential average of a network's parameters and buffers, warmed up over the first steps."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network's present state."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            mine = self.state[name]
            if mine.dtype.is_floating_point:
                mine.lerp_(value, 1 - decay)
            else:
                mine.copy_(value)
