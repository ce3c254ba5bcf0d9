"""Operating points of a model: thresholds chosen on development data, with what to expect of each.

They stand in the model's ``config.json`` because they belong to its weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sgnet.config import LesionSettings
from sgnet.errors import InputError, ModelError


@dataclass(frozen=True)
class OperatingPoint:
    """A named pair of settings.

    Attributes
    ----------
    name : str
        ``precise``, the default: few false lesions; ``sensitive``: few missed ones.
    threshold, min_volume_mm3 : float
        As in :class:`sgnet.config.LesionSettings`.
    expected : dict
        What was measured with it, such as false lesions a study, by data set.
    """

    name: str
    threshold: float
    min_volume_mm3: float
    expected: Mapping[str, Any]

    def settings(self, others: LesionSettings) -> LesionSettings:
        """These thresholds, and everything else from ``others``."""
        return replace(others, threshold=self.threshold, min_volume_mm3=self.min_volume_mm3)

    def to_dict(self) -> dict[str, Any]:
        """Name and expectation, for the provenance of a result."""
        return {"name": self.name, "expected": dict(self.expected)}


def read_config(folder: Path) -> dict[str, Any]:
    """The ``config.json`` of a model folder; raises ModelError where there is none."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is no model folder: it needs a readable config.json ({error}).") from error
    if not isinstance(config, dict):
        raise ModelError(f"{folder / 'config.json'} does not describe a model.")
    return config


def operating_points(config: Mapping[str, Any]) -> tuple[OperatingPoint, ...]:
    """Those of a model's ``config.json``, in its order; none where it names none."""
    return tuple(
        OperatingPoint(name, float(one["threshold"]), float(one["min_volume_mm3"]), one.get("expected", {}))
        for name, one in config.get("operating_points", {}).items()
    )


def named_point(config: Mapping[str, Any], name: str) -> OperatingPoint:
    """The operating point ``name``; raises InputError if the model has none of that name."""
    points = {point.name: point for point in operating_points(config)}
    if name not in points:
        known = ", ".join(points) or "none"
        raise InputError(f"The model has no operating point {name!r} (it has: {known}); give --threshold instead.")
    return points[name]


def matching_point(config: Mapping[str, Any], settings: LesionSettings) -> OperatingPoint | None:
    """The operating point that ``settings`` are at, if any."""
    chosen = (settings.threshold, settings.min_volume_mm3)
    for point in operating_points(config):
        if (point.threshold, point.min_volume_mm3) == chosen:
            return point
    return None
