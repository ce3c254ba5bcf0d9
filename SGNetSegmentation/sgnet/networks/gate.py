"""The spatial gating module of SG-Net: which positions of a skip connection are let through."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SpatialGate(nn.Module):
    """Gates a skip connection per position and channel group.

    The skip's channels are partitioned into ``groups``. A group's mean and maximum over its
    channels, with a projection of the decoder's upsampled coarser features, give one attention map a
    group (3x3x3 convolution, sigmoid). ``hard``: the gate is 1 where attention exceeds the threshold
    and 0 elsewhere; its gradient is the sigmoid's (straight-through estimator, Bengio et al. 2013).
    ``soft``: the attention itself multiplies.

    The SG-Net paper (arXiv 2511.22606) describes such threshold-based gates on grouped features; its
    released notebook has none, so this definition is the project's own.
    """

    def __init__(self, channels: int, groups: int, *, hard: bool, threshold: float) -> None:
        super().__init__()
        if channels % groups:
            raise ValueError(f"{channels} channels cannot be partitioned into {groups} groups.")
        self.groups = groups
        self.hard = hard
        self.threshold = threshold
        self.coarse = nn.Conv3d(channels, groups, 1)
        self.attend = nn.Conv3d(3 * groups, groups, 3, padding=1)
        # Open at the start: a closed gate would pass no gradient to the encoder.
        nn.init.constant_(self.attend.bias, 1.0)  # type: ignore[arg-type]

    def forward(self, skip: Tensor, coarser: Tensor) -> tuple[Tensor, Tensor]:
        """Gate ``skip``.

        Parameters
        ----------
        skip, coarser : Tensor, shape (B, C, X, Y, Z)
            Encoder features, and decoder features upsampled to the same size.

        Returns
        -------
        gated : Tensor, shape (B, C, X, Y, Z)
        logits : Tensor, shape (B, groups, X, Y, Z)
            Attention before the sigmoid; open where ``sigmoid(logits) > threshold``.
        """
        b, c, *size = skip.shape
        grouped = skip.view(b, self.groups, c // self.groups, *size)
        summary = torch.cat([grouped.mean(2), grouped.amax(2), self.coarse(coarser)], dim=1)
        logits = self.attend(summary)
        attention = torch.sigmoid(logits)
        gate = attention
        if self.hard:
            opened = (attention > self.threshold).to(attention.dtype)
            gate = opened + attention - attention.detach() if self.training else opened
        gated = (grouped * gate.unsqueeze(2)).view(b, c, *size)
        return gated, logits
