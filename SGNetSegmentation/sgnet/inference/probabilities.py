"""What a model says of the voxels of its grid: the network's log odds, guided by the images, then calibrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.predict import predict

_MOST = 16.0
"""Log odds are cut there: more cannot be told from certainty in single precision."""


def calibrated_probabilities(
    image: NDArray[np.float32], model: Model, inference: InferenceSettings, progress: Progress
) -> NDArray[np.float32]:
    """Probabilities of the task's outputs (``core`` and ``whole``; ``core`` alone) on the model grid.

    Parameters
    ----------
    image : ndarray of float32 in [0, 1], shape (C, X, Y, Z)
        The task's inputs.
    model : Model
        Its log odds are divided by its temperatures, if it has any (Guo et al., "On calibration of modern neural
        networks", ICML 2017).
    inference : InferenceSettings
    progress : Progress

    Returns
    -------
    ndarray of float32 in [0, 1], shape (C, X, Y, Z)
        ``whole`` is nowhere below ``core``.

    Raises
    ------
    InputError, OutOfMemoryError, Cancelled
    """
    log_odds = guided_log_odds(image, model, inference, progress)
    if model.temperatures is not None:
        log_odds /= np.array(model.temperatures, dtype=np.float32)[:, None, None, None]
    return np.maximum.accumulate(expit(log_odds), axis=0)


def guided_log_odds(
    image: NDArray[np.float32], model: Model, inference: InferenceSettings, progress: Progress
) -> NDArray[np.float32]:
    """The same before it is calibrated, as log odds from -16 to 16: what temperatures are fitted on."""
    log_odds = np.clip(logit(predict(image, model.network, inference, progress)), -_MOST, _MOST)
    progress.check()
    return np.clip(model.guided_filter.apply(log_odds, image), -_MOST, _MOST)
