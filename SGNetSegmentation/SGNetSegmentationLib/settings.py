"""The parameter node as settings of a run."""

from typing import Any

from sgnet.config import InferenceSettings, LesionSettings
from sgnet.mrml.child_job import RunSettings


def run_settings(chosen: Any) -> RunSettings:
    """The settings that ``chosen``, the parameter node, holds."""
    return RunSettings(
        LesionSettings(threshold=chosen.threshold, min_volume_mm3=chosen.minVolumeMm3),
        InferenceSettings(device=chosen.device),
        oedema=chosen.showOedema,
    )
