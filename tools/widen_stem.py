"""Give a model of stem stride 1 a stem of stride 2: what sgnet-0.3 was turned into before its training went on.

    python tools/widen_stem.py MODEL OUTPUT

The new network answers on an image as the old one does on the image at half the resolution, interpolated: exactly so
where the eight voxels of each cell are equal. Training goes on from there.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from sgnet.config import NetworkSettings, PreprocessSettings
from sgnet.inference.model import save_model
from sgnet.networks.registry import build_network

STEM = "encoders.0.convolutions.0.weight"


def widen(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of the network with stem stride 2, from those of the same network without."""
    kernel = weights[STEM]
    for axis in (2, 3, 4):
        # Of four voxels the outer two lie in the neighbouring cells, the middle two are the cell itself.
        before, here, after = kernel.unbind(axis)
        kernel = torch.stack([before, here / 2, here / 2, after], axis)
    return {**weights, STEM: kernel}


def main() -> None:
    """Read, widen, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    config = json.loads((arguments.model / "config.json").read_text())
    settings = replace(NetworkSettings.from_dict(config["network"]), stem_stride=2)
    network = build_network(settings)
    network.load_state_dict(widen(load_file(arguments.model / "weights.safetensors")))
    # Older models looked at several scales; the new one need not.
    scaling = {name: value for name, value in config["preprocess"].items() if name != "scales"}
    details = {"widened_from": config["sha256"]}
    save_model(network, arguments.output, settings, PreprocessSettings.from_dict(scaling), details)


if __name__ == "__main__":
    main()
