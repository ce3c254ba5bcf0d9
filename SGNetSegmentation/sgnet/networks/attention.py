"""The two attention modules that Wang et al. compare on a decoder level (MICCAI 2019, arXiv 1906.03906).

Both return their map before the sigmoid, like a gate's, so that it can be supervised stably.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor, nn

Size: TypeAlias = tuple[int, int, int]


class SpatialAttention(nn.Module):
    """The paper's own module (PA): convolution C to C / 2, ReLU, convolution to 1, sigmoid gives A; x + A x.

    Parameters
    ----------
    channels : int
        Of the features it weighs: encoder and decoder features side by side.
    kernel : tuple of int
        The level's kernel: flat where the level is 2D.
    """

    def __init__(self, channels: int, kernel: Size) -> None:
        super().__init__()
        self.reduce = nn.Conv3d(channels, channels // 2, kernel, padding="same")
        self.attend = nn.Conv3d(channels // 2, 1, kernel, padding="same")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, X, Y, Z) to the weighted features and the logits of A, (B, 1, X, Y, Z)."""
        logits = self.attend(torch.relu(self.reduce(x)))
        return x + torch.sigmoid(logits) * x, logits


class AdditiveAttention(nn.Module):
    """The attention gate (AG) of Attention U-Net (Oktay et al., arXiv 1804.03999): only the encoder features pass it.

    A = sigmoid(psi(ReLU(W_x skip + W_g coarser))), all 1x1x1 convolutions; out comes A times the skip.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.of_skip = nn.Conv3d(channels, channels // 2, 1, bias=False)
        self.of_coarser = nn.Conv3d(channels, channels // 2, 1)
        self.attend = nn.Conv3d(channels // 2, 1, 1)

    def forward(self, skip: Tensor, coarser: Tensor) -> tuple[Tensor, Tensor]:
        """Both (B, C, X, Y, Z), to the weighted skip and the logits of A, (B, 1, X, Y, Z)."""
        logits = self.attend(torch.relu(self.of_skip(skip) + self.of_coarser(coarser)))
        return torch.sigmoid(logits) * skip, logits
