"""The 2.5D U-Net for anisotropic images and its 2D, 3D and attentive relatives.

Wang et al., "Automatic Segmentation of Vestibular Schwannoma from T2-Weighted MRI by Deep Spatial Attention with
Hardness-Weighted Loss", MICCAI 2019, arXiv 1906.03906. The first two levels convolve and pool within the slice
only, so that the field of view below is about as wide in mm in every direction. Two variants:

``paper``
    Five levels; two convolutions with batch normalisation and PReLU a level, max-pooling; attention on the
    decoder's levels.
``vs_seg``
    As in the later code (github.com/KCL-BMEIS/VS_Seg): six levels, residual units with dropout 0.1, strided and
    transposed convolutions instead of pooling; attention before the bottom too.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from monai.networks.blocks import Convolution, ResidualUnit
from torch import Tensor, nn

from sgnet.config import NetworkSettings
from sgnet.networks.attention import AdditiveAttention, Size, SpatialAttention
from sgnet.networks.network import Network, NetworkOutput


class UNet2d5(Network):
    """A U-Net whose first levels are flat.

    Parameters
    ----------
    settings : NetworkSettings
        Of these the channels and the variant.
    in_channels, out_channels : int
    flat_levels : int, optional
        How many levels convolve within the slice only; None: all of them (a 2D U-Net), 0: none (3D).
    attention : {"none", "additive", "spatial"}
    supervised : bool
        Whether the lesion mask teaches the attention.
    """

    def __init__(
        self,
        settings: NetworkSettings,
        in_channels: int = 2,
        out_channels: int = 2,
        *,
        flat_levels: int | None = 2,
        attention: str = "none",
        supervised: bool = False,
    ) -> None:
        super().__init__()
        self.settings = settings
        channels = settings.channels
        build: type[_PaperLayers] = _PaperLayers if settings.variant == "paper" else _VsSegLayers
        flat = len(channels) if flat_levels is None else flat_levels
        kernels: list[Size] = [(3, 3, 1) if level < flat else (3, 3, 3) for level in range(len(channels))]
        strides: list[Size] = [(2, 2, 1) if level < flat else (2, 2, 2) for level in range(len(channels) - 1)]
        fine, coarse = channels[:-1], channels[1:]
        self.supervised = supervised
        self.stride = _product(strides)
        self.encoders = nn.ModuleList(
            build.block(before, c, k) for before, c, k in zip([in_channels, *fine], fine, kernels, strict=False)
        )
        self.downs = nn.ModuleList(build.down(c, k, s) for c, k, s in zip(fine, kernels, strides, strict=False))
        self.bottom = build.block(channels[-2], channels[-1], kernels[-1])
        self.ups = nn.ModuleList(
            build.up(below, c, k, s) for below, c, k, s in zip(coarse, fine, kernels, strides, strict=False)
        )
        self.decoders = nn.ModuleList(build.block(2 * c, c, k) for c, k in zip(fine[1:], kernels[1:], strict=False))
        self.decoders.insert(0, build.top(fine[0], out_channels, kernels[0]))
        self.gates = nn.ModuleList()
        self.attentions = nn.ModuleList()
        self.bottom_attention: nn.Module | None = None
        if attention == "additive":
            self.gates.extend(AdditiveAttention(c) for c in fine)
        elif attention == "spatial":
            self.attentions.extend(SpatialAttention(2 * c, k) for c, k in zip(fine, kernels, strict=False))
            if settings.variant == "vs_seg":
                self.bottom_attention = SpatialAttention(fine[-1], kernels[-1])

    def forward(self, x: Tensor) -> NetworkOutput:
        """(B, inputs, X, Y, Z) to logits and attention maps; sizes are multiples of :attr:`stride`."""
        skips = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            x = encoder(x)
            skips.append(x)
            x = down(x)
        maps: list[Tensor] = []
        if self.bottom_attention is not None:
            x, logits = self.bottom_attention(x)
            maps.append(logits)
        x = self.bottom(x)
        for level in reversed(range(len(skips))):
            x = self.ups[level](x)
            skip = skips[level]
            if self.gates:
                skip, logits = self.gates[level](skip, x)
                maps.insert(0, logits)
            x = torch.cat([skip, x], dim=1)
            if self.attentions:
                x, logits = self.attentions[level](x)
                maps.insert(0, logits)
            x = self.decoders[level](x)
        return NetworkOutput(x, tuple(maps))


class _PaperLayers:
    """The layers as the paper describes them."""

    @staticmethod
    def block(before: int, after: int, kernel: Size) -> nn.Module:
        return nn.Sequential(*_convolution(before, after, kernel), *_convolution(after, after, kernel))

    @staticmethod
    def down(channels: int, kernel: Size, stride: Size) -> nn.Module:
        return nn.MaxPool3d(stride)

    @staticmethod
    def up(before: int, after: int, kernel: Size, stride: Size) -> nn.Module:
        return nn.ConvTranspose3d(before, after, stride, stride)

    @classmethod
    def top(cls, channels: int, outputs: int, kernel: Size) -> nn.Module:
        return nn.Sequential(cls.block(2 * channels, channels, kernel), nn.Conv3d(channels, outputs, 1))


class _VsSegLayers(_PaperLayers):
    """The layers of the later code."""

    @staticmethod
    def block(before: int, after: int, kernel: Size) -> nn.Module:
        return ResidualUnit(3, before, after, kernel_size=kernel, subunits=2, norm="batch", dropout=0.1)

    @staticmethod
    def down(channels: int, kernel: Size, stride: Size) -> nn.Module:
        return Convolution(3, channels, channels, stride, kernel, norm="batch", dropout=0.1)

    @staticmethod
    def up(before: int, after: int, kernel: Size, stride: Size) -> nn.Module:
        return Convolution(3, before, after, stride, kernel, norm="batch", dropout=0.1, is_transposed=True)

    @classmethod
    def top(cls, channels: int, outputs: int, kernel: Size) -> nn.Module:
        return ResidualUnit(
            3, 2 * channels, outputs, kernel_size=kernel, subunits=2, norm="batch", dropout=0.1, last_conv_only=True
        )


def _convolution(before: int, after: int, kernel: Size) -> Iterator[nn.Module]:
    yield nn.Conv3d(before, after, kernel, padding="same")
    yield nn.BatchNorm3d(after)
    yield nn.PReLU()


def _product(strides: list[Size]) -> Size:
    x = y = z = 1
    for a, b, c in strides:
        x, y, z = x * a, y * b, z * c
    return x, y, z
