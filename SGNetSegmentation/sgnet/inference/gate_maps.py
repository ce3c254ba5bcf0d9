"""Where the gates of a network let its skip connections through: "why did it look there"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sgnet.config import InferenceSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.inference.model import Model
from sgnet.inference.windows import fitting_window, slide


@dataclass(frozen=True, eq=False)
class GateMap:
    """How far open the gates of one level are.

    Attributes
    ----------
    voxel_mm : float
        Size of the voxels that a gate of this level decides on.
    openness : ndarray of float32 in [0, 1], shape (X, Y, Z) of the model grid
        Share of the level's channel groups that are open (hard gate), or their mean attention (soft gate or
        attention module); repeated up to full size.
    """

    voxel_mm: float
    openness: NDArray[np.float32]


def gate_maps(
    image: NDArray[np.float32], model: Model, settings: InferenceSettings, progress: Progress
) -> list[GateMap]:
    """How far open the gates of each level are, the finest level first.

    Parameters
    ----------
    image : ndarray of float32, shape (C, X, Y, Z)
        As for :func:`sgnet.inference.predict.predict`.
    model : Model
        Where its network's coarsest gate is closed, the finer levels are not computed and closed.
    settings : InferenceSettings
    progress : Progress

    Raises
    ------
    InputError
        If the network has no gates.
    """
    hard = model.settings.gate == "hard"
    threshold = model.settings.gate_threshold if hard else 0.0
    finest_mm = model.preprocess.spacing_mm * model.settings.stem_stride
    compute = Compute.choose(settings.device, settings.precision)
    network = compute.prepare(model.network)

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

    window = fitting_window(settings.window, image.shape[1:], network.stride)
    stitched = slide(
        torch.from_numpy(image)[None],
        openness,
        window,
        settings.overlap,
        device=compute.device,
        stitch=torch.device("cpu"),
    )
    maps = stitched[0].clamp(0, 1).numpy()
    return [GateMap(finest_mm * 2**level, openness) for level, openness in enumerate(maps)]
