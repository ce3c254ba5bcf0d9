"""One study segmented and saved: what ``sgnet segment`` and ``sgnet demo`` have in common."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgnet.atomic import atomic_path
from sgnet.cli.progress import CommandProgress
from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.study import Study
from sgnet.export.files import write_results
from sgnet.inference.model import Model, load_model
from sgnet.inference.segment import segment_study
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.report.overview import draw_overview

OVERVIEW = "overview.png"
PROBABILITY_MAP = "probability_map.npz"


def segment_and_save(
    study: Study,
    output: Path,
    progress: CommandProgress,
    *,
    model: Path | Model | None = None,
    inference: InferenceSettings | None = None,
    lesions: LesionSettings | None = None,
    save_probabilities: bool = False,
    save_map: bool = False,
    truth: NDArray[np.bool_] | None = None,
) -> tuple[Segmentation, list[Path]]:
    """Segment ``study`` and write every result into the folder ``output``; returns the files too.

    Parameters
    ----------
    study : Study
    output : Path
        Made if missing; untouched when the run is cancelled or fails.
    progress : CommandProgress
    model : Path or Model, optional
        A model folder, or a loaded model, in place of the shipped one.
    inference, lesions : settings, optional
    save_probabilities : bool
        Also write the probability maps.
    save_map : bool
        Also write them in the compact form that the Slicer module keeps with a result.
    truth : ndarray of bool, shape (I, J, K) of the T1ce grid, optional
        The true cores, drawn into the overview.
    """
    if isinstance(model, Model):
        loaded = model
    else:
        progress.phase("loading model")
        loaded = load_model(model)
    segmentation = segment_study(study, loaded, inference or InferenceSettings(), lesions or LesionSettings(), progress)
    progress.phase("writing results")
    with tempfile.TemporaryDirectory(prefix="sgnet-") as scratch:
        # Drawn before anything is written, so that what can fail has not yet touched the output.
        picture = Path(scratch) / OVERVIEW
        draw_overview(segmentation, picture, truth)
        progress.check()
        files = write_results(segmentation, output, save_probabilities)
        with atomic_path(output / OVERVIEW) as temporary:
            shutil.copyfile(picture, temporary)
    files.append(output / OVERVIEW)
    # One of an earlier run would not belong to the lesions beside it.
    (output / PROBABILITY_MAP).unlink(missing_ok=True)
    if save_map:
        maps = segmentation.core_probability, segmentation.whole_probability
        fitted = segmentation.confidence, segmentation.tightening
        kept = ProbabilityMap.of(*maps, segmentation.grid, segmentation.position, *fitted)
        kept.save(output / PROBABILITY_MAP)
        files.append(output / PROBABILITY_MAP)
    return segmentation, files
