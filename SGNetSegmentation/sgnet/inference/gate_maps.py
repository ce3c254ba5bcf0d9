"""Where the gates of a network let its skip connections through: "why did it look there"."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

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
from sgnet.inference.model import Model
from sgnet.networks.network import Network
from sgnet.preprocessing.shrink import repeat, shrink


@dataclass(frozen=True, eq=False)
class GateMap:
    """How far open the gates of one level are.

    Attributes
    ----------
    scale : int
        Of the look, as in :attr:`sgnet.config.PreprocessSettings.scales`; 1 is the close one.
    voxel_mm : float
        Size of the voxels that a gate of this level decides on.
    openness : ndarray of float32 in [0, 1], shape (X, Y, Z) of the model grid
        As :func:`gate_maps` returns it.
    """

    scale: int
    voxel_mm: float
    openness: NDArray[np.float32]


def gate_maps_at_scales(
    image: NDArray[np.float32], model: Model, settings: InferenceSettings, progress: Progress
) -> list[GateMap]:
    """The gates of each look over the whole head, the closest look and the finest level first.

    :func:`sgnet.inference.scales.predict_at_scales` takes the close look only where the wide one found something;
    here its gates are shown everywhere. Parameters and errors are those of :func:`gate_maps`.
    """
    maps = []
    for scale in sorted(model.preprocess.scales):
        for level, small in enumerate(gate_maps(shrink(image, scale), model.network, settings, progress)):
            voxel_mm = model.preprocess.spacing_mm * scale * model.settings.stem_stride * 2**level
            maps.append(GateMap(scale, voxel_mm, repeat(small, scale, image.shape[1:])))
    return maps


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
