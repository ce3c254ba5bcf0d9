"""Where the gates of a network let its skip connections through: "why did it look there"."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from monai.inferers import sliding_window_inference
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sgnet.config import InferenceSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.networks.network import Network


def gate_maps(
    image: NDArray[np.float32], network: Network, settings: InferenceSettings, progress: Progress
) -> NDArray[np.float32]:
    """How far open each level's gates are, on the model grid.

    Parameters
    ----------
    image : ndarray of float32, shape (C, X, Y, Z)
        As for :func:`sgnet.inference.predict.predict`.
    network : Network
        In evaluation mode. Where its coarsest gate is closed, the finer levels are not computed and closed.
    settings : InferenceSettings
    progress : Progress

    Returns
    -------
    ndarray of float32 in [0, 1], shape (levels, X, Y, Z)
        Share of the level's channel groups that are open (hard gate), or their mean attention (soft gate
        or attention module); the finest level first. Each level's map is repeated up to full size.

    Raises
    ------
    InputError
        If the network has no gates.
    """
    hard = getattr(network, "settings", None) is not None and network.settings.gate == "hard"
    threshold = network.settings.gate_threshold if hard else 0.0
    compute = Compute.choose(settings.device, settings.precision)
    network = compute.prepare(network)

    def openness(windows: Tensor) -> Tensor:
        progress.check()
        with compute.autocast():
            gates = network(compute.move(windows)).gates
        if not gates:
            raise InputError("This model has no gates to show; choose a model with gate = soft or hard.")
        maps = []
        for logits in gates:
            attention = torch.sigmoid(logits.float())
            level = ((attention > threshold).float() if hard else attention).mean(dim=1, keepdim=True)
            maps.append(functional.interpolate(level, size=windows.shape[2:], mode="nearest"))
        return torch.cat(maps, dim=1)

    with torch.inference_mode(), warnings.catch_warnings():
        # MONAI indexes tensors with lists of slices, which newer torch versions announce to change.
        warnings.filterwarnings("ignore", message="Using a non-tuple sequence")
        stitched = sliding_window_inference(
            torch.from_numpy(image)[None],
            roi_size=settings.window,
            sw_batch_size=1,
            predictor=openness,
            overlap=settings.overlap,
            mode="gaussian",
            sw_device=compute.device,
            device="cpu",
        )
    return stitched[0].clamp(0, 1).numpy()
