"""Models of tasks with a single image: from the volume to the mask of the tumour on its grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.geometry import Volume
from sgnet.inference.model import Model
from sgnet.inference.probabilities import calibrated_probabilities
from sgnet.preprocessing.single import preprocess_image


def predict_image(
    volume: Volume, model: Model, inference: InferenceSettings | None = None, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Probability of tumour on the native grid of ``volume``, in [0, 1].

    Parameters
    ----------
    volume : Volume
        The T2 of a model whose task is schwannoma.

    Raises
    ------
    InputError, OutOfMemoryError, Cancelled
    """
    progress = progress or Progress()
    progress.phase("preprocessing")
    prepared = preprocess_image(volume)
    progress.phase("segmenting")
    inference = inference or InferenceSettings()
    core = calibrated_probabilities(prepared.image, model, inference, progress)[0]
    return prepared.exact.invert(core)
