"""The Attention U-Net that the SG-Net paper compares with: MONAI's, 5.91 million parameters.

Oktay et al., "Attention U-Net: Learning Where to Look for the Pancreas", arXiv 1804.03999.
"""

from __future__ import annotations

from monai.networks.nets import AttentionUnet as MonaiAttentionUnet
from torch import Tensor

from sgnet.config import NetworkSettings
from sgnet.networks.network import Network, NetworkOutput


class AttentionUNet(Network):
    """MONAI's ``AttentionUnet``: soft additive attention on every skip connection, learnt without supervision.

    Its attention stays inside, so :attr:`NetworkOutput.gates` is empty.
    """

    def __init__(self, settings: NetworkSettings, in_channels: int = 2, out_channels: int = 2) -> None:
        super().__init__()
        self.settings = settings
        steps = len(settings.channels) - 1
        self.net = MonaiAttentionUnet(3, in_channels, out_channels, settings.channels, (2,) * steps)
        self.stride = (2**steps,) * 3

    def forward(self, x: Tensor) -> NetworkOutput:
        """(B, inputs, X, Y, Z) to logits."""
        return NetworkOutput(self.net(x), ())
