"""A network over a whole volume, with as much memory as there is."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sgnet.config import InferenceSettings
from sgnet.errors import OutOfMemoryError
from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.inference.memory import Rung, is_out_of_memory, ladder
from sgnet.inference.windows import count_windows, fitting_window, slide
from sgnet.networks.network import Network, check_size

LEFT_RIGHT = (2,)
"""Axes of (B, C, X, Y, Z) that :attr:`InferenceSettings.flips` mirrors: X runs from left to right."""


def predict(
    image: NDArray[np.float32],
    network: Network,
    settings: InferenceSettings,
    progress: Progress,
) -> NDArray[np.float32]:
    """The network's own probabilities of the task's outputs (``core`` and ``whole``; ``core`` alone).

    Parameters
    ----------
    image : ndarray of float32, shape (C, X, Y, Z)
        The task's inputs; windows that hold nothing but zeros are background without a look.
    network : Network
        In evaluation mode.
    settings : InferenceSettings
    progress : Progress
        Hears of every window and is asked between network calls whether to stop.

    Returns
    -------
    ndarray of float32 in [0, 1], shape (C, X, Y, Z)
        ``whole`` is nowhere below ``core``.

    Raises
    ------
    InputError
        If the window is no multiple of the network's stride.
    OutOfMemoryError
        If not even one window fits into the CPU's memory.
    """
    check_size("window", settings.window, network.stride)
    compute = Compute.choose(settings.device, settings.precision)
    window = fitting_window(settings.window, image.shape[1:], network.stride)
    for rung in ladder(compute, settings.batch_size, window, network.stride):
        try:
            return _predict(torch.from_numpy(image)[None], network, settings, rung, progress)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        progress.warn(f"Memory ran out with {rung.describe()}; trying with less.")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    raise OutOfMemoryError(
        "Memory ran out even with a single window on the CPU; close other programs or choose a smaller --window."
    )


def _predict(
    image: Tensor,
    network: Network,
    settings: InferenceSettings,
    rung: Rung,
    progress: Progress,
) -> NDArray[np.float32]:
    views = [(), LEFT_RIGHT] if settings.flips else [()]
    total = count_windows(image.shape[2:], rung.window, settings.overlap) * len(views)
    network = rung.compute.prepare(network)
    done = 0

    def probabilities(windows: Tensor) -> Tensor:
        nonlocal done
        progress.check()
        result = torch.zeros(windows.shape, dtype=torch.float32, device=windows.device)
        occupied = (windows != 0).flatten(1).any(dim=1)
        if occupied.any():
            with rung.compute.autocast():
                logits = network(rung.compute.move(windows[occupied])).logits.float()
            result[occupied] = torch.sigmoid(logits)
        done += len(windows)
        progress.step(min(done, total), total)
        return result

    passes = [
        slide(
            image.flip(view),
            probabilities,
            rung.window,
            settings.overlap,
            batch_size=rung.batch_size,
            device=rung.compute.device,
            stitch=rung.stitch,
        ).flip(view)
        for view in views
    ]
    mean = torch.stack(passes).mean(dim=0)[0].float().clamp(0, 1)
    return np.maximum.accumulate(mean.cpu().numpy(), axis=0)
