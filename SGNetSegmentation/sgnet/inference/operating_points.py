"""Operating points of a model: what counts as a lesion, chosen on development data, with what to expect of each.

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

CHOSEN = ("threshold", "min_volume_mm3", "min_confidence")
"""The settings that an operating point fixes."""


@dataclass(frozen=True)
class OperatingPoint:
    """A named choice of what counts as a lesion.

    Attributes
    ----------
    name : str
        ``precise``, the default: few false lesions; ``sensitive``: few missed ones.
    threshold, min_volume_mm3, min_confidence : float
        As in :class:`sgnet.config.LesionSettings`.
    expected : dict
        What was measured with it, such as false lesions a study, by data set.
    """

    name: str
    threshold: float
    min_volume_mm3: float
    min_confidence: float
    expected: Mapping[str, Any]

    def settings(self, others: LesionSettings) -> LesionSettings:
        """This choice, and everything else from ``others``."""
        return replace(others, **{name: getattr(self, name) for name in CHOSEN})

    def fits(self, settings: LesionSettings) -> bool:
        """Whether ``settings`` are at this point, whatever else they hold."""
        return all(getattr(self, name) == getattr(settings, name) for name in CHOSEN)

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
        OperatingPoint(
            name,
            float(one["threshold"]),
            float(one["min_volume_mm3"]),
            # Up to sgnet-0.10 the confidence was the peak probability; up to sgnet-0.8 none was asked for.
            float(one.get("min_confidence", one.get("min_peak_probability", 0.0))),
            one.get("expected", {}),
        )
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
    return next((point for point in operating_points(config) if point.fits(settings)), None)
