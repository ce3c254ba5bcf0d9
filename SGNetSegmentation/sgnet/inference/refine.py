"""What the first network says, and what the refiner makes of it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.predict import predict
from sgnet.networks.refiner import MOST_LOG_ODDS, encode_log_odds

Array = NDArray[np.float32]


def first_log_odds(image: Array, model: Model, inference: InferenceSettings, progress: Progress) -> Array:
    """Log odds of the task's outputs by the model's first network, from -16 to 16.

    Parameters
    ----------
    image : ndarray of float32 in [0, 1], shape (C, X, Y, Z)
        The task's inputs.
    model : Model
    inference : InferenceSettings
    progress : Progress

    Returns
    -------
    ndarray of float32, shape (outputs, X, Y, Z)

    Raises
    ------
    InputError, OutOfMemoryError, Cancelled
    """
    return _log_odds(predict(image, model.network, inference, progress))


def refined_log_odds(
    image: Array, first: Array, model: Model, inference: InferenceSettings, progress: Progress
) -> Array:
    """The same by the model's refiner, given those of the first network; those themselves for a model without one."""
    if model.refiner is None:
        return first
    progress.phase("refining")
    seen = np.concatenate([image, encode_log_odds(torch.from_numpy(first)).numpy()])
    return _log_odds(predict(seen, model.refiner, inference, progress, len(first)))


def _log_odds(probabilities: Array) -> Array:
    return np.clip(logit(probabilities), -MOST_LOG_ODDS, MOST_LOG_ODDS)
