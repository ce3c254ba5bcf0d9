"""The "ResU-Net" that the SG-Net paper compares with: MONAI's U-Net of residual units, 4.81 million parameters."""

from __future__ import annotations

from sgnet.config import NetworkSettings
from sgnet.networks.unet import UNet


class ResUNet(UNet):
    """:class:`UNet` with two convolutions and a shortcut in every unit."""

    def __init__(self, settings: NetworkSettings, in_channels: int = 2, out_channels: int = 2) -> None:
        super().__init__(settings, in_channels, out_channels, residual_units=2)
