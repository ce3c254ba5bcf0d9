"""The whole way from a study to its lesions: preprocess, predict, restore, find."""

from __future__ import annotations

import platform
from datetime import datetime, timezone
from typing import Any

import monai
import numpy as np
import SimpleITK as sitk
import torch

from sgnet import RESEARCH_USE_ONLY, __version__
from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.geometry import Volume
from sgnet.inference.device import Compute
from sgnet.inference.model import Model
from sgnet.inference.operating_points import matching_point
from sgnet.inference.probabilities import calibrated_probabilities
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.atlas_pose import find_atlas_pose
from sgnet.lesions.find import find_lesions
from sgnet.lesions.position import HeadPosition
from sgnet.lesions.side import find_midplane
from sgnet.preprocessing.pipeline import preprocess, restore


def segment_study(
    study: Study,
    model: Model,
    inference: InferenceSettings | None = None,
    lesions: LesionSettings | None = None,
    progress: Progress | None = None,
) -> Segmentation:
    """Segment every metastasis of ``study``; all results lie on its native T1ce grid.

    Raises
    ------
    InputError, OutOfMemoryError, Cancelled
    """
    inference = inference or InferenceSettings()
    lesions = lesions or LesionSettings()
    progress = progress or Progress()
    if model.settings.task != "metastases":
        raise InputError(
            f"{model.name} is a model of the task {model.settings.task}; give one of metastases "
            "(sgnet evaluate runs the others)."
        )
    progress.phase("preprocessing")
    prepared = preprocess(study, model.preprocess)
    progress.check()
    progress.phase("segmenting")
    probabilities = calibrated_probabilities(prepared.image, model, inference, progress)
    core, whole = (restore(p, prepared) for p in prepared.in_head(probabilities))
    progress.phase("measuring lesions")
    head = np.where(prepared.head, prepared.image[0], 0)
    position = HeadPosition(find_midplane(head, prepared.grid), find_atlas_pose(head, prepared.grid))
    fitted = model.confidence, model.tightening
    labels, whole_mask, found = find_lesions(core, whole, study.t1ce.grid, lesions, position, *fitted)
    progress.check()
    return Segmentation(
        study=study,
        core_probability=core,
        whole_probability=whole,
        labels=labels,
        whole=whole_mask,
        lesions=found,
        provenance=_provenance(study, model, inference, lesions),
        position=position,
        confidence=model.confidence,
        tightening=model.tightening,
    )


def _provenance(study: Study, model: Model, inference: InferenceSettings, lesions: LesionSettings) -> dict[str, Any]:
    point = matching_point(model.details, lesions)
    return {
        "research_use_only": RESEARCH_USE_ONLY,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": {
            "sgnet": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "monai": monai.__version__,
            "numpy": np.__version__,
            "SimpleITK": sitk.Version_VersionString(),
        },
        "model": {
            "name": model.name,
            "sha256": model.sha256,
            "guided_filter": model.guided_filter.to_dict(),
            "confidence": model.confidence.to_dict(),
            "tightening": model.tightening.to_dict(),
        },
        "operating_point": point.to_dict() if point else None,
        "computed_on": Compute.choose(inference.device, inference.precision).describe(),
        "settings": {
            "preprocess": model.preprocess.to_dict(),
            "inference": inference.to_dict(),
            "lesions": lesions.to_dict(),
        },
        "input": {"t1ce": _describe(study.t1ce), "flair": None if study.flair is None else _describe(study.flair)},
        "notes": list(study.notes),
    }


def _describe(volume: Volume) -> dict[str, Any]:
    return {
        "name": volume.name,
        "shape_ijk": list(volume.grid.shape),
        "spacing_mm": list(volume.grid.spacing_mm),
        "affine_ijk_to_ras": volume.grid.affine_ijk_to_ras.tolist(),
    }
