"""A model that looks twice: over the head with a wide view, then closely where that found something."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.nn import functional

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.predict import predict
from sgnet.preprocessing.shrink import blocks, shrink

OPEN = 0.15
"""A closer look is taken where the wider one gives the core at least this probability, or a voxel beside it."""


def predict_at_scales(
    image: NDArray[np.float32], model: Model, settings: InferenceSettings, progress: Progress
) -> NDArray[np.float32]:
    """The model's probabilities on the model grid, from each of its scales (``PreprocessSettings.scales``).

    The same weights see the image shrunk, a window of which shows a part of the head eight times as large, and then
    the image itself: only where the wider look found something, and there the mean of both looks is taken. A vessel
    or a sinus looks like a lesion through a narrow window more often than through a wide one, so this costs less
    time and gives fewer false lesions than the mean everywhere (measured: docs/adr/0010).

    Parameters
    ----------
    image : ndarray of float32, shape (C, X, Y, Z)
    model : Model
    settings : InferenceSettings
    progress : Progress
        Hears of a phase a scale.

    Returns
    -------
    ndarray of float32 in [0, 1], shape (outputs of the task, X, Y, Z)

    Raises
    ------
    InputError, OutOfMemoryError, Cancelled
    """
    size = image.shape[1:]
    looks: list[NDArray[np.float32]] = []
    answer = np.zeros(1, np.float32)
    where = np.ones(size, bool)
    widest_first = sorted(model.preprocess.scales, reverse=True)
    for scale in widest_first:
        progress.phase("segmenting" if scale == 1 else "looking over the head")
        asked = np.asarray(blocks(where, scale).any(axis=(-5, -3, -1)), bool)
        seen = predict(shrink(image, scale), model.network, settings, progress, model.temperatures, asked)
        looks.append(seen if scale == 1 else _enlarge(seen, scale, size))
        answer = np.where(where, np.mean(looks, axis=0, dtype=np.float32), answer)
        if scale > widest_first[-1]:
            where &= ndimage.maximum_filter(answer[0], 2 * scale + 1) >= OPEN
    return answer


def _enlarge(array: NDArray[np.float32], scale: int, size: tuple[int, ...]) -> NDArray[np.float32]:
    """Linear interpolation between the blocks' centres, cut to ``size``."""
    large = functional.interpolate(
        torch.from_numpy(array)[None], scale_factor=scale, mode="trilinear", align_corners=False
    )
    cut: NDArray[np.float32] = large[0, :, : size[0], : size[1], : size[2]].numpy()
    return np.ascontiguousarray(cut)
