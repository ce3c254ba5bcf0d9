"""What is fitted to the bodies of the development studies: tighter outlines first, then the confidence of those."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.bodies import Body, bodies_of, by_confidence
from harness.development import Case
from sgnet.config import LesionSettings
from sgnet.evaluation.calibration import brier_score
from sgnet.evaluation.fit_confidence import fit_confidence
from sgnet.evaluation.fit_tightening import DrawnBody, fit_tightening
from sgnet.lesions.components import label_components
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.find import is_large_enough, outlined
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening

FITTED_AT = LesionSettings(threshold=0.3, min_volume_mm3=20.0)
"""The outlines that both are fitted on, near what the operating points use."""
FOLDS = 10
T = TypeVar("T")


def write_tightening(seen: Sequence[Case], temperature: float, path: Path) -> Tightening:
    """Fitted on the true bodies of all studies, judged on each tenth of the studies by the weights of the others."""
    bodies = [list(drawn_bodies(case, temperature)) for case in seen]
    threshold = FITTED_AT.threshold
    fitted = fit_tightening(flat(bodies), threshold)
    before, after = [], []
    for kept_out, others in folds(bodies):
        one = fit_tightening(others, threshold)
        before += [body.dice(threshold) for body in kept_out]
        after += [body.tightened_dice(one, threshold) for body in kept_out]
    means = {"dice_at_the_threshold": float(np.mean(before)), "dice": float(np.mean(after))}
    add_result(path, "tightening", {**fitted.to_dict(), "bodies": len(before), **means})
    return fitted


def drawn_bodies(case: Case, temperature: float) -> Iterator[DrawnBody]:
    """The bodies of a study that touch a true core, large enough, however unsure."""
    core = case.calibrated("core", temperature)
    lesions, count = label_components(case.truth["core"])
    voxels = np.bincount(lesions.ravel(), minlength=count + 1)
    for box, mask in outlined(core, case.grid, FITTED_AT, AT_THRESHOLD):
        touched = np.setdiff1d(lesions[box][mask], [0])
        if len(touched) and is_large_enough(int(np.count_nonzero(mask)), case.grid, FITTED_AT):
            crop = case.grid.with_shape(mask.shape, [part.start for part in box])
            true = np.isin(lesions[box], touched)
            yield DrawnBody.of(mask, core[box], true, int(voxels[touched].sum()), crop)


def write_confidence(seen: Sequence[Case], temperature: float, tightening: Tightening, path: Path) -> Confidence:
    """Fitted on the bodies of all studies, judged on each tenth of the studies by the weights of the others."""
    bodies = [
        list(
            bodies_of(
                case.calibrated("core", temperature), case.truth["core"], case.grid, FITTED_AT, AS_PEAK, tightening
            )
        )
        for case in seen
    ]
    fitted = fit(flat(bodies))
    judged = []
    for kept_out, others in folds(bodies):
        one = fit(others)
        judged += [replace(body, confidence=one.of_features(body.features)) for body in kept_out]
    result = {
        **fitted.to_dict(),
        "brier_score": brier_of(judged),
        "brier_score_of_the_peak": brier_of(flat(bodies)),
        "true bodies": by_confidence(judged),
    }
    add_result(path, "lesion confidence", result)
    return fitted


def fit(bodies: Sequence[Body]) -> Confidence:
    """On the bodies of some studies."""
    return fit_confidence([body.features for body in bodies], [body.true for body in bodies])


def brier_of(bodies: Sequence[Body]) -> float:
    """Of their confidences."""
    return brier_score([body.confidence for body in bodies], [body.true for body in bodies])


def folds(studies: Sequence[Sequence[T]]) -> Iterator[tuple[list[T], list[T]]]:
    """The bodies of each tenth of the studies, with those of all others."""
    for fold in range(min(FOLDS, len(studies))):
        yield flat(studies[fold::FOLDS]), flat([one for n, one in enumerate(studies) if n % FOLDS != fold])


def flat(studies: Sequence[Sequence[T]]) -> list[T]:
    """All bodies of some studies."""
    return [body for one in studies for body in one]


def add_result(path: Path, name: str, values: dict[str, Any]) -> None:
    """Write one more fit into calibration.json."""
    result = json.loads(path.read_text())
    result[name] = values
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(name, values, flush=True)
