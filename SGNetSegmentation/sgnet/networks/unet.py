"""The plain 3D U-Net that the SG-Net paper compares with: MONAI's, 1.98 million parameters."""

from __future__ import annotations

from monai.networks.nets import UNet as MonaiUNet
from torch import Tensor

from sgnet.config import NetworkSettings
from sgnet.networks.network import Network, NetworkOutput


class UNet(Network):
    """MONAI's ``UNet``: strided convolutions, instance normalisation, PReLU; no gates.

    Parameters
    ----------
    settings : NetworkSettings
        Of these the channels: (16, 32, 64, 128, 256) in the paper.
    in_channels, out_channels : int
    residual_units : int
        Convolutions a residual unit; 0 has none.
    """

    def __init__(
        self, settings: NetworkSettings, in_channels: int = 2, out_channels: int = 2, residual_units: int = 0
    ) -> None:
        super().__init__()
        self.settings = settings
        steps = len(settings.channels) - 1
        self.net = MonaiUNet(
            3, in_channels, out_channels, settings.channels, (2,) * steps, num_res_units=residual_units
        )
        self.stride = (2**steps,) * 3

    def forward(self, x: Tensor) -> NetworkOutput:
        """(B, inputs, X, Y, Z) to logits."""
        return NetworkOutput(self.net(x), ())
