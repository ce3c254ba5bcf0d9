"""Scores of many scans in a few numbers, with their uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.evaluation.detection import DIAMETER_BINS_MM
from sgnet.evaluation.intervals import wilson_interval
from sgnet.evaluation.voxel import WORST_DISTANCE_MM

MEANS = (
    "dice", "precision", "recall", "hd95_mm", "assd_mm", "nsd_1mm", "relative_volume_error_percent",
    "brats_dice", "brats_hd95_mm",
)  # fmt: skip
EMPTY_CASES_GIVEN = {
    "both": "Dice, precision, recall and NSD 1; HD95 and ASSD 0 mm; volume error 0 %",
    "predicted": f"Dice, precision, recall and NSD 0; HD95 and ASSD {WORST_DISTANCE_MM:g} mm; volume error 100 %",
    "reference": f"Dice, precision, recall and NSD 0; HD95 and ASSD {WORST_DISTANCE_MM:g} mm; no volume error",
}
_RESAMPLES = 2000


def summarise(cases: Sequence[Mapping[str, Mapping[str, Any]]], seed: int = 0) -> dict[str, dict[str, Any]]:
    """Mean, spread and bootstrap confidence interval over scans, for each target.

    Parameters
    ----------
    cases : sequence of dict
        What :func:`~sgnet.evaluation.case.evaluate_case` returned for each scan.
    seed : int
        Of the bootstrap, which redraws whole scans: lesions of one scan are not independent.

    Returns
    -------
    dict
        For each target (``"core"``, ``"whole"``):

        - ``cases``: number of scans that have this target;
        - ``scores``: for each voxel-wise and BraTS score ``mean``, ``sd`` (of the sample; None for
          one scan), ``ci95`` (percentile bootstrap over scans, 2,000 resamples) and ``n``, the
          scans in which it is defined;
        - ``lesions``: counts pooled over all scans with ``sensitivity``, ``precision``, ``f1`` and
          ``false_positives_per_scan``, each ``{"value", "ci95"}`` and None where undefined, and
          ``by_diameter`` with ``reference``, ``found``, ``sensitivity`` and ``ci95`` (Wilson, as if
          the lesions of one scan were independent);
        - ``empty``: for ``"both"``, ``"predicted"``, ``"reference"`` the number of scans whose
          masks are empty and what they were given.

    Examples
    --------
    >>> from sgnet.evaluation.case import evaluate_case
    >>> from sgnet.geometry import Grid
    >>> mask = np.ones((3, 3, 3), dtype=bool)
    >>> nothing = np.zeros((3, 3, 3), dtype=bool)
    >>> grid = Grid((3, 3, 3), np.eye(4))
    >>> summary = summarise([evaluate_case(mask, mask, grid), evaluate_case(nothing, mask, grid)])
    >>> summary["core"]["scores"]["dice"]["mean"], summary["core"]["lesions"]["sensitivity"]["value"]
    (0.5, 0.5)
    """
    targets = [target for target in ("core", "whole") if any(target in case for case in cases)]
    return {target: _summary([case[target] for case in cases if target in case], seed) for target in targets}


def _summary(cases: list[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    draws = np.random.default_rng(seed).integers(len(cases), size=(_RESAMPLES, len(cases)))
    return {
        "cases": len(cases),
        "scores": {name: _score([case[name] for case in cases], draws) for name in MEANS},
        "lesions": _lesions(cases, draws),
        "empty": {
            which: {"cases": sum(case["empty"] == which for case in cases), "given": given}
            for which, given in EMPTY_CASES_GIVEN.items()
        },
    }


def _score(values: list[float | None], draws: NDArray[np.int64]) -> dict[str, Any]:
    array = np.array([np.nan if value is None else value for value in values])
    defined = ~np.isnan(array)
    n = int(defined.sum())
    if n == 0:
        return {"mean": None, "sd": None, "ci95": None, "n": 0}
    # A resample's mean is over the scans in it that have the score.
    sums, counts = np.where(defined, array, 0.0)[draws].sum(axis=1), defined[draws].sum(axis=1)
    return {
        "mean": float(array[defined].mean()),
        "sd": float(array[defined].std(ddof=1)) if n > 1 else None,
        "ci95": _interval(sums, counts),
        "n": n,
    }


def _lesions(cases: list[Mapping[str, Any]], draws: NDArray[np.int64]) -> dict[str, Any]:
    reference = np.array([case["reference_lesions"] for case in cases])
    found = np.array([case["found_lesions"] for case in cases])
    wrong = np.array([case["false_positives"] for case in cases])
    right = np.array([case["true_positives"] for case in cases])
    return {
        "reference": int(reference.sum()),
        "found": int(found.sum()),
        "false_positives": int(wrong.sum()),
        "sensitivity": _ratio(found, reference, draws),
        "precision": _ratio(right, right + wrong, draws),
        "f1": _ratio(2 * found, found + reference + wrong, draws),
        "false_positives_per_scan": _ratio(wrong, np.ones_like(wrong), draws),
        "by_diameter": {name: _bin([case["by_diameter"][name] for case in cases]) for name in DIAMETER_BINS_MM},
    }


def _bin(counts: list[Mapping[str, int]]) -> dict[str, Any]:
    reference, found = sum(count["reference"] for count in counts), sum(count["found"] for count in counts)
    return {
        "reference": reference,
        "found": found,
        "sensitivity": found / reference if reference else None,
        "ci95": list(wilson_interval(found, reference)) if reference else None,
    }


def _ratio(above: NDArray[np.int64], below: NDArray[np.int64], draws: NDArray[np.int64]) -> dict[str, Any]:
    if below.sum() == 0:
        return {"value": None, "ci95": None}
    interval = _interval(above[draws].sum(axis=1), below[draws].sum(axis=1))
    return {"value": float(above.sum() / below.sum()), "ci95": interval}


def _interval(above: NDArray[Any], below: NDArray[Any]) -> list[float]:
    """Percentile interval of the ratio over resamples, those without a denominator left out."""
    ratios = above[below > 0] / below[below > 0]
    low, high = np.percentile(ratios, [2.5, 97.5])
    return [float(low), float(high)]
