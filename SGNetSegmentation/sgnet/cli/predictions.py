"""What is scored: masks and probability maps of one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sgnet.data.labels import read_mask
from sgnet.data.layouts.case import Case
from sgnet.data.layouts.own import CORE
from sgnet.data.read import read_image
from sgnet.errors import InputError
from sgnet.export.files import PROBABILITY_FILES
from sgnet.geometry import Volume


@dataclass(frozen=True, eq=False)
class Prediction:
    """Masks (bool) and probabilities (in [0, 1]) by target, ``core`` or ``whole``, all on one grid."""

    masks: Mapping[str, Volume]
    probabilities: Mapping[str, Volume] = field(default_factory=dict)


def read_prediction(case: Case) -> Prediction:
    """The label maps of ``case``, and the probability maps that ``sgnet segment`` wrote beside them.

    Raises
    ------
    InputError
        If a file cannot be read, or a map holds something else than probabilities.
    """
    core = case.labels.get("core")
    folder = core.path.parent if core is not None and core.path.name == CORE else None
    probabilities = {}
    for target, name in zip(("core", "whole"), PROBABILITY_FILES, strict=True):
        if folder is not None and (folder / name).is_file():
            volume = read_image(folder / name)
            # Written so that NaN fails too.
            if not (volume.array.min() >= 0 and volume.array.max() <= 1):
                raise InputError(f"{folder / name} holds values outside [0, 1]; write it with --save-probabilities.")
            probabilities[target] = volume
    return Prediction({target: read_mask(label) for target, label in case.labels.items()}, probabilities)
