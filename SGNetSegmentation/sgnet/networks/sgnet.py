"""SG-Net: a small 3D U-Net with hard spatial gates on its skip connections.

Prerona, "Hard Spatial Gating for Precision-Driven Brain Metastasis Segmentation", arXiv 2511.22606.
The backbone is the one of the paper's released notebook: one 3x3x3 convolution with batch
normalisation a level, channels 16, 32, 64 and 128, max-pooling, transposed convolutions;
668,673 parameters with one output channel.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sgnet.config import NetworkSettings
from sgnet.networks.blocks import ConvBlock
from sgnet.networks.gate import SpatialGate
from sgnet.networks.network import Network, NetworkOutput

CLOSED_LOGIT = -20.0
"""Output where the coarsest gate is closed: background by definition (probability 2e-9)."""


class SGNet(Network):
    """The gated U-Net; ``gate="none"`` is the notebook's ungated backbone, the fair control.

    Parameters
    ----------
    settings : NetworkSettings
    in_channels, out_channels : int
        2 and 2 for metastases: T1ce, FLAIR; core, whole.
    """

    def __init__(self, settings: NetworkSettings | None = None, in_channels: int = 2, out_channels: int = 2) -> None:
        super().__init__()
        settings = settings or NetworkSettings()
        self.settings = settings
        *levels, bottom = settings.channels
        self.encoders = nn.ModuleList(
            ConvBlock(before, after) for before, after in zip([in_channels, *levels], levels, strict=False)
        )
        self.bottom = ConvBlock(levels[-1], bottom, settings.bottom_dilations)
        self.ups = nn.ModuleList(
            nn.ConvTranspose3d(coarse, fine, kernel_size=2, stride=2)
            for fine, coarse in zip(levels, [*levels[1:], bottom], strict=True)
        )
        self.decoders = nn.ModuleList(ConvBlock(2 * fine, fine) for fine in levels)
        self.gates = nn.ModuleList()
        if settings.gate != "none":
            self.gates.extend(
                SpatialGate(c, settings.groups, hard=settings.gate == "hard", threshold=settings.gate_threshold)
                for c in levels
            )
        self.head = nn.Conv3d(levels[0], out_channels, 1)
        self.stride = (2 ** len(levels),) * 3
        self.supervised = bool(self.gates)

    def forward(self, x: Tensor) -> NetworkOutput:
        """(B, inputs, X, Y, Z) in [0, 1] to logits and gates; sizes are multiples of :attr:`stride`."""
        skips = []
        for encoder in self.encoders:
            x = encoder(x)
            skips.append(x)
            x = functional.max_pool3d(x, 2)
        x = self.bottom(x)
        gates: list[Tensor] = []
        for level in reversed(range(len(skips))):
            x = self.ups[level](x)
            skip = skips[level]
            if self.gates:
                skip, gate = self.gates[level](skip, x)
                gates.insert(0, gate)
            x = self.decoders[level](torch.cat([x, skip], dim=1))
        logits = self.head(x)
        if self.settings.gate == "hard" and not self.training:
            logits = torch.where(self._open(gates[-1], logits.shape[2:]), logits, CLOSED_LOGIT)
        return NetworkOutput(logits, tuple(gates))

    def _open(self, coarsest: Tensor, size: torch.Size) -> Tensor:
        """Where any group of the coarsest gate is open, at full size: (B, 1, X, Y, Z) bool."""
        opened = (torch.sigmoid(coarsest) > self.settings.gate_threshold).any(dim=1, keepdim=True)
        return functional.interpolate(opened.float(), size=size, mode="nearest") > 0.5
