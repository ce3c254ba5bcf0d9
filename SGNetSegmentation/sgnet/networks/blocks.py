"""Building bricks shared by the U-Nets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    """3x3x3 convolution, batch normalisation, ReLU; the channels may be shared out among several dilations.

    With ``dilations=(1, 1, 2, 4)`` a quarter of the output channels each is computed with dilation
    1, 1, 2 and 4: a wider view for exactly the same number of parameters. With ``stride=2`` the convolution
    is 4x4x4 and the features are half the size.
    """

    def __init__(self, in_channels: int, out_channels: int, dilations: Sequence[int] = (1,), stride: int = 1) -> None:
        super().__init__()
        if out_channels % len(dilations):
            raise ValueError(f"{out_channels} channels cannot be shared out among {len(dilations)} dilations.")
        share = out_channels // len(dilations)
        merged = {d: share * list(dilations).count(d) for d in dict.fromkeys(dilations)}
        kernel = 3 if stride == 1 else 2 * stride
        self.convolutions = nn.ModuleList(
            nn.Conv3d(in_channels, channels, kernel, stride, padding=d * (kernel - stride) // 2, dilation=d)
            for d, channels in merged.items()
        )
        self.norm = nn.BatchNorm3d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, X, Y, Z) to (B, C_out, X / stride, Y / stride, Z / stride)."""
        parts = [convolution(x) for convolution in self.convolutions]
        features = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        return torch.relu(self.norm(features))
