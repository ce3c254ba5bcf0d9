"""One place that turns settings into a network."""

from __future__ import annotations

from sgnet.config import NetworkSettings
from sgnet.networks.sgnet import SGNet


def build_network(settings: NetworkSettings) -> SGNet:
    """The untrained network of ``settings``."""
    return SGNet(settings)
