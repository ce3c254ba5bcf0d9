"""A model that looks twice: at its voxel size, and at a multiple of it for what needs a wider view."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.predict import predict
from sgnet.preprocessing.shrink import shrink


def predict_at_scales(
    image: NDArray[np.float32], model: Model, settings: InferenceSettings, progress: Progress
) -> NDArray[np.float32]:
    """Mean of the model's probabilities at each of its scales, brought back onto the model grid.

    The same weights see the image and the image shrunk (``PreprocessSettings.scales``): a window of the latter
    shows a part of the head that is eight times as large, and there are an eighth of the windows.

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
    answers = []
    # The widest view first: it takes the shortest time.
    for scale in sorted(model.preprocess.scales, reverse=True):
        progress.phase("segmenting" if scale == 1 else "looking over the head")
        answer = predict(shrink(image, scale), model.network, settings, progress, model.temperatures)
        answers.append(answer if scale == 1 else _enlarge(answer, scale, image.shape[1:]))
    mean: NDArray[np.float32] = np.mean(answers, axis=0, dtype=np.float32)
    return mean


def _enlarge(array: NDArray[np.float32], scale: int, size: tuple[int, ...]) -> NDArray[np.float32]:
    """Linear interpolation between the blocks' centres, cut to ``size``."""
    large = functional.interpolate(
        torch.from_numpy(array)[None], scale_factor=scale, mode="trilinear", align_corners=False
    )
    cut: NDArray[np.float32] = large[0, :, : size[0], : size[1], : size[2]].numpy()
    return np.ascontiguousarray(cut)
