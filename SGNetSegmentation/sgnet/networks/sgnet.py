"""SG-Net: a small 3D U-Net with hard spatial gates on its skip connections.

Prerona, "Hard Spatial Gating for Precision-Driven Brain Metastasis Segmentation", arXiv 2511.22606.
The backbone is the one of the paper's released notebook: one 3x3x3 convolution with batch
normalisation a level, channels 16, 32, 64 and 128, max-pooling, transposed convolutions;
668,673 parameters with one output channel.

With ``stem_stride=2`` the first convolution halves the size and the logits are interpolated back to it: about a sixth
of the time, so that a patch or window of nearly the same cost shows eight times the volume (docs/adr/0011).
"""

from __future__ import annotations

from itertools import pairwise

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
        stem = settings.stem_stride
        self.encoders = nn.ModuleList([ConvBlock(in_channels, levels[0], stride=stem)])
        self.encoders.extend(ConvBlock(before, after) for before, after in pairwise(levels))
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
        self.stride = (stem * 2 ** len(levels),) * 3
        self.supervised = bool(self.gates)

    def forward(self, x: Tensor) -> NetworkOutput:
        """(B, inputs, X, Y, Z) in [0, 1] to logits and gates; sizes are multiples of :attr:`stride`."""
        *skips, x = self.encode(x)
        if self.settings.gate == "hard" and not self.training:
            return self._decode_open(x, skips)
        return self._decode(x, skips)

    def encode(self, x: Tensor) -> list[Tensor]:
        """The features of every level, finest first, the bottom last."""
        features = []
        for encoder in self.encoders:
            x = encoder(x)
            features.append(x)
            x = functional.max_pool3d(x, 2)
        return [*features, self.bottom(x)]

    def _decode(self, x: Tensor, skips: list[Tensor]) -> NetworkOutput:
        """Up to full size, from as many levels as there are ``skips``."""
        gates: list[Tensor] = []
        for level in reversed(range(len(skips))):
            x, gate = self._climb(level, x, skips[level])
            gates = [*gate, *gates]
        logits = self.head(x)
        if self.settings.stem_stride > 1:
            logits = functional.interpolate(logits, scale_factor=float(self.settings.stem_stride), mode="trilinear")
        return NetworkOutput(logits, tuple(gates))

    def _climb(self, level: int, x: Tensor, skip: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One level up: decoder features, and the gate's logits if there is a gate."""
        x = self.ups[level](x)
        gates = []
        if self.gates:
            skip, gate = self.gates[level](skip, x)
            gates = [gate]
        return self.decoders[level](torch.cat([x, skip], dim=1)), gates

    def _decode_open(self, x: Tensor, skips: list[Tensor]) -> NetworkOutput:
        """As :meth:`_decode`, but finer levels are computed only around where the coarsest gate is open.

        Elsewhere the output is background by definition, so most of a volume without lesions costs
        the encoder only. Where it is open the logits are those of the whole computation.
        """
        x, (coarsest,) = self._climb(len(skips) - 1, x, skips[-1])
        finer = skips[:-1]
        opened = (torch.sigmoid(coarsest) > self.settings.gate_threshold).any(dim=1)
        batch, size = x.shape[0], [n * self.settings.stem_stride for n in skips[0].shape[2:]]
        logits = x.new_full((batch, self.head.out_channels, *size), CLOSED_LOGIT)
        gates = [x.new_full((batch, self.settings.groups, *skip.shape[2:]), CLOSED_LOGIT) for skip in finer]
        for n in range(batch):
            box = _box(opened[n])
            if box is None:
                continue
            boxes = [_enlarged(box, 2 ** (len(finer) - level)) for level in range(len(finer))]
            parts = [skip[_at(n, part)] for skip, part in zip(finer, boxes, strict=True)]
            near = self._decode(x[_at(n, box)], parts)
            for gate, found, part in zip(gates, near.gates, boxes, strict=True):
                gate[_at(n, part)] = found
            factor = self.settings.stem_stride * 2 ** len(finer)
            here = functional.interpolate(opened[:, None].float()[_at(n, box)], scale_factor=factor) > 0.5
            logits[_at(n, _enlarged(box, factor))] = torch.where(here, near.logits, CLOSED_LOGIT).to(logits.dtype)
        return NetworkOutput(logits, (*gates, coarsest))


# What an output voxel looks at beyond its own coarse cell: two convolutions of 3 at each finer level, 1 + 1/2 + 1/4 ...
_HALO = 2


def _box(opened: Tensor) -> tuple[slice, ...] | None:
    """The box around the open cells of (X, Y, Z) with the halo the finer levels need; None if all are closed."""
    cells = opened.nonzero()
    if len(cells) == 0:
        return None
    low, high = cells.amin(dim=0).tolist(), cells.amax(dim=0).tolist()
    return tuple(
        slice(max(0, a - _HALO), min(n, b + 1 + _HALO)) for a, b, n in zip(low, high, opened.shape, strict=True)
    )


def _enlarged(box: tuple[slice, ...], factor: int) -> tuple[slice, ...]:
    """``box`` on a grid ``factor`` times as fine."""
    return tuple(slice(part.start * factor, part.stop * factor) for part in box)


def _at(sample: int, box: tuple[slice, ...]) -> tuple[slice, ...]:
    """The index of one sample's ``box`` in (B, C, X, Y, Z)."""
    return (slice(sample, sample + 1), slice(None), *box)
