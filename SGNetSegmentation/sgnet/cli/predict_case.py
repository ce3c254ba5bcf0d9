"""What is scored, computed by a model instead of read from files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sgnet.cli.predictions import Prediction
from sgnet.config import TASKS, InferenceSettings, LesionSettings
from sgnet.data.layouts.case import Case
from sgnet.data.load import load_study
from sgnet.data.read import read_volume
from sgnet.events import Progress
from sgnet.geometry import Grid, Volume
from sgnet.inference.image import predict_image
from sgnet.inference.model import Model
from sgnet.inference.segment import segment_study


def predict_case(
    case: Case, model: Model, inference: InferenceSettings, lesions: LesionSettings, progress: Progress
) -> Prediction:
    """The answer of ``model`` to the images of ``case``.

    Raises
    ------
    InputError, OutOfMemoryError, Cancelled
    """
    if TASKS[model.settings.task].inputs == ("t2",):
        volume = read_volume(case.images["t2"])
        core = predict_image(volume, model, inference, progress)
        return _prediction({"core": core >= lesions.threshold}, {"core": core}, volume.grid)
    study = load_study(case.images["t1ce"], case.images.get("flair"), progress)
    result = segment_study(study, model, inference, lesions, progress)
    return _prediction(
        {"core": result.core, "whole": result.whole},
        {"core": result.core_probability, "whole": result.whole_probability},
        result.grid,
    )


def _prediction(
    masks: Mapping[str, NDArray[np.bool_]], probabilities: Mapping[str, NDArray[np.float32]], grid: Grid
) -> Prediction:
    return Prediction(
        {target: Volume(array, grid, "the prediction") for target, array in masks.items()},
        {target: Volume(array, grid, "the prediction") for target, array in probabilities.items()},
    )
