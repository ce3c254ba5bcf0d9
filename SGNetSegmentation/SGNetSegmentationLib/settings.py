"""The parameter node as settings of a run."""

from pathlib import Path
from typing import Any

from sgnet.config import InferenceSettings, LesionSettings
from sgnet.mrml.child_job import RunSettings


def lesion_settings(chosen: Any) -> LesionSettings:
    """What counts as a lesion by ``chosen``, the parameter node; sliders are exact to a few digits only."""
    values = (round(value, 4) for value in (chosen.threshold, chosen.minVolumeMm3, chosen.minConfidence))
    return LesionSettings(*values, split_touching=chosen.splitTouching)


def run_settings(chosen: Any) -> RunSettings:
    """The settings that ``chosen``, the parameter node, holds."""
    return RunSettings(
        lesion_settings(chosen),
        InferenceSettings(device=chosen.device, precision=chosen.precision, flips=chosen.flips),
        oedema=chosen.showOedema,
        model=Path(chosen.model) if chosen.model else None,
    )
