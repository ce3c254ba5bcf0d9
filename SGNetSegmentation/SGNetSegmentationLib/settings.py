"""The parameter node as settings of a run."""

from pathlib import Path
from typing import Any

from sgnet.config import InferenceSettings, LesionSettings
from sgnet.mrml.child_job import RunSettings


def run_settings(chosen: Any) -> RunSettings:
    """The settings that ``chosen``, the parameter node, holds."""
    return RunSettings(
        LesionSettings(chosen.threshold, chosen.minVolumeMm3, chosen.minPeakProbability, chosen.splitTouching),
        InferenceSettings(device=chosen.device, precision=chosen.precision, flips=chosen.flips),
        oedema=chosen.showOedema,
        model=Path(chosen.model) if chosen.model else None,
    )
