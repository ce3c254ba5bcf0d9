"""One place that turns settings into a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sgnet.config import TASKS, NetworkSettings
from sgnet.networks.attention_unet import AttentionUNet
from sgnet.networks.network import Network
from sgnet.networks.resunet import ResUNet
from sgnet.networks.sgnet import SGNet
from sgnet.networks.unet import UNet
from sgnet.networks.unet2d5 import UNet2d5

NETWORKS: dict[str, Callable[[NetworkSettings, int, int], Network]] = {
    "sgnet": SGNet,
    "sgnet_ungated": SGNet,
    "unet": UNet,
    "attention_unet": AttentionUNet,
    "resunet": ResUNet,
    "unet2d": partial(UNet2d5, flat_levels=None),
    "unet3d": partial(UNet2d5, flat_levels=0),
    "unet2d5": UNet2d5,
    "unet2d5_ag": partial(UNet2d5, attention="additive"),
    "unet2d5_pa": partial(UNet2d5, attention="spatial"),
    "unet2d5_spvpa": partial(UNet2d5, attention="spatial", supervised=True),
}
"""Every name that :class:`~sgnet.config.NetworkSettings` knows."""


def build_network(settings: NetworkSettings) -> Network:
    """The untrained network of ``settings``, with the channels of its task."""
    task = TASKS[settings.task]
    return NETWORKS[settings.name](settings, len(task.inputs), len(task.outputs))
