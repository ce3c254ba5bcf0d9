"""The refiner: a second, smaller U-Net that sees the images at full resolution and what the first network says.

SG-Net decides on cells of 2 mm and learns from whole patches, of which nearly every voxel is easy. The refiner has no
stride, is taught where the first network finds or suspects something (:mod:`sgnet.training.first_look`), and adds to
what that says: a cascade, as of nnU-Net (Isensee et al., Nature Methods 18:203, 2021), docs/adr/0020.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sgnet.config import REFINER_DILATIONS, NetworkSettings, RefinerSettings
from sgnet.networks.network import Network, NetworkOutput
from sgnet.networks.sgnet import SGNet

MOST_LOG_ODDS = 16.0
"""Log odds are cut there: more cannot be told from certainty in single precision."""
FIRST_SHARE = 0.4
"""What the log odds of the first network count before anything is learned: about one over its temperature."""


class Refiner(Network):
    """An ungated SG-Net on the images and the log odds of the first network; its logits are added to the latter.

    Parameters
    ----------
    settings : RefinerSettings
    images, outputs : int
        2 and 2 for metastases: T1ce, FLAIR; core, whole.
    """

    def __init__(self, settings: RefinerSettings, images: int = 2, outputs: int = 2) -> None:
        super().__init__()
        self.settings = NetworkSettings(
            gate="none", channels=settings.refiner_channels, bottom_dilations=REFINER_DILATIONS
        )
        self.net = SGNet(self.settings, images + outputs, outputs)
        # It begins with what the first network says.
        nn.init.zeros_(self.net.head.weight)
        nn.init.zeros_(self.net.head.bias)  # type: ignore[arg-type]
        self.share = nn.Parameter(torch.full((1, outputs, 1, 1, 1), FIRST_SHARE))
        self.stride = self.net.stride
        self._images = images

    def forward(self, x: Tensor) -> NetworkOutput:
        """(B, images + outputs, X, Y, Z): images in [0, 1] and :func:`encode_log_odds` of the first network."""
        first = (2 * x[:, self._images :] - 1) * MOST_LOG_ODDS
        return NetworkOutput(self.share * first + self.net(x).logits, ())


def encode_log_odds(log_odds: Tensor) -> Tensor:
    """Log odds of any shape, cut at 16 either way, as an input in [0, 1]: 0 is surely background, as in the images."""
    return log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS) / (2 * MOST_LOG_ODDS) + 0.5
