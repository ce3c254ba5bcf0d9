"""Two or more models on the same cases, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from sgnet.errors import InputError
from sgnet.evaluation.paired import bootstrap_mean_interval, holm, rank_biserial, signs, wilcoxon

Scores = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Of each case, of each target, each score: ``cases`` of the ``scores.json`` that ``sgnet evaluate`` writes."""

LARGER_IS_BETTER = {
    "dice": True, "precision": True, "recall": True, "hd95_mm": False, "assd_mm": False, "nsd_1mm": True,
    "relative_volume_error_percent": False, "brats_dice": True, "brats_hd95_mm": False,
    "sensitivity": True, "lesion_precision": True, "f1": True, "false_positives": False,
}  # fmt: skip
"""Every metric that can be compared. Those of a case without lesions may be undefined (None)."""
MAIN_METRICS = ("dice", "hd95_mm", "nsd_1mm", "brats_dice", "sensitivity", "false_positives")
TARGETS = ("core", "whole")
_OF_THE_REFERENCE = ("reference_volume_ml", "reference_lesions")


@dataclass(frozen=True)
class Comparison:
    """One metric of two models.

    Attributes
    ----------
    target, metric : str
    first, second : str
        The models.
    n : int
        Cases in which both have the metric.
    undefined : int
        Cases left out of this comparison because one of them has it not.
    mean_first, mean_second : float or None
        Over the ``n`` cases, as all that follows; None where ``n`` is 0.
    mean_difference : float or None
        First minus second, in the metric's unit.
    ci95 : tuple of two float, or None
        Bootstrap interval of ``mean_difference`` (:func:`~sgnet.evaluation.paired.bootstrap_mean_interval`).
    first_better, second_better, ties : int
        Cases.
    effect : float or None
        Matched-pairs rank-biserial correlation: 1 where the first is better in every case that
        differs, -1 where the second is.
    p_value, p_holm : float or None
        Wilcoxon's signed-rank test, alone and corrected for all comparisons made together.
    test : str
        ``"exact"``, ``"normal"`` (approximation) or ``"none"`` (nothing differs).
    """

    target: str
    metric: str
    first: str
    second: str
    n: int
    undefined: int
    mean_first: float | None = None
    mean_second: float | None = None
    mean_difference: float | None = None
    ci95: tuple[float, float] | None = None
    first_better: int = 0
    second_better: int = 0
    ties: int = 0
    effect: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    test: str = "none"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def compare_models(
    models: Mapping[str, Scores], metrics: Sequence[str] = MAIN_METRICS, seed: int = 0, against: str | None = None
) -> list[Comparison]:
    """Pairs of models on every metric and target, with one Holm correction over all of them.

    Parameters
    ----------
    models : mapping
        Two or more, each with its scores of the same cases.
    metrics : sequence of str
        Of :data:`LARGER_IS_BETTER`. The fewer, the less the correction costs: choose before looking.
    seed : int
        Of the bootstrap.
    against : str, optional
        The model that each other one is compared with, as the second of its pair; every pair
        without it.

    Returns
    -------
    list of Comparison
        By target, metric, pair. A target that some case has and another has not counts as undefined
        there.

    Raises
    ------
    InputError
        If there are fewer than two models, an unknown metric or model, no case, cases that only some models
        have (:func:`shared_cases` finds the others), or a case whose reference differs between models.
    """
    if len(models) < 2:
        raise InputError(f"Comparing takes two or more models, got {len(models)}.")
    unknown = [name for name in metrics if name not in LARGER_IS_BETTER]
    if unknown:
        raise InputError(f"There is no metric {unknown[0]!r} to compare; there are {', '.join(LARGER_IS_BETTER)}.")
    if against is not None and against not in models:
        raise InputError(f"There is no model {against!r} to compare with; there are {', '.join(models)}.")
    _, left_out = shared_cases(models)
    if any(left_out.values()):
        name, cases = next((name, cases) for name, cases in left_out.items() if cases)
        raise InputError(
            f"{name} has {_listed(cases)}, which not every model has; evaluate all models on the same cases, "
            "or compare the shared ones only (--shared)."
        )
    if not next(iter(models.values())):
        raise InputError("The models have no case in common; evaluate them on the same cases.")
    _check_references(models)
    targets = [
        target for target in TARGETS if any(target in case for scores in models.values() for case in scores.values())
    ]
    pairs = list(combinations(models, 2)) if against is None else [(one, against) for one in models if one != against]
    compared = [
        _compare(models, pair, target, metric, seed) for target in targets for metric in metrics for pair in pairs
    ]
    tested = [one.p_value for one in compared if one.p_value is not None]
    corrected = iter(holm(tested))
    return [one if one.p_value is None else replace(one, p_holm=next(corrected)) for one in compared]


def shared_cases(models: Mapping[str, Scores]) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """The models with the cases that all of them have, and of each model the names of its others, sorted."""
    shared = set.intersection(*(set(scores) for scores in models.values()))
    kept = {name: {case: scores[case] for case in sorted(scores) if case in shared} for name, scores in models.items()}
    return kept, {name: sorted(set(scores) - shared) for name, scores in models.items()}


def average_runs(runs: Sequence[Scores]) -> dict[str, dict[str, dict[str, Any]]]:
    """Scores of one model trained several times: of each case the mean over the runs.

    Comparing such means asks whether the method is better on these cases; the spread over the
    runs must be told beside it. A metric is None where it is None in any run. What belongs to the
    reference (volume, number of lesions) is kept.

    Raises
    ------
    InputError
        If the runs differ in their cases or references.
    """
    named = {f"run {number}": run for number, run in enumerate(runs, start=1)}
    _, left_out = shared_cases(named)
    for name, cases in left_out.items():
        if cases:
            raise InputError(f"{name} has {_listed(cases)}, which not every run has; evaluate all on the same cases.")
    _check_references(named)
    return {
        case: {
            target: {
                **{name: values[name] for name in _OF_THE_REFERENCE},
                **{name: _mean([run[case].get(target, {}).get(name) for run in runs]) for name in LARGER_IS_BETTER},
            }
            for target, values in targets.items()
        }
        for case, targets in runs[0].items()
    }


def _mean(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if len(defined) == len(values) else None


def _compare(models: Mapping[str, Scores], pair: tuple[str, str], target: str, metric: str, seed: int) -> Comparison:
    first, second = pair
    # By name, so that the bootstrap's draws do not depend on the order of the files.
    cases = sorted(case for case in models[first] if any(target in scores[case] for scores in models.values()))
    values = [[models[name][case].get(target, {}).get(metric) for name in pair] for case in cases]
    both = np.array([one for one in values if None not in one], dtype=np.float64).reshape(-1, 2)
    n = len(both)
    if n == 0:
        return Comparison(target, metric, first, second, n=0, undefined=len(values))
    differences = both[:, 0] - both[:, 1]
    positive, negative, ties = signs(differences)
    larger = LARGER_IS_BETTER[metric]
    test = wilcoxon(differences)
    return Comparison(
        target=target,
        metric=metric,
        first=first,
        second=second,
        n=n,
        undefined=len(values) - n,
        mean_first=float(both[:, 0].mean()),
        mean_second=float(both[:, 1].mean()),
        mean_difference=float(differences.mean()),
        ci95=bootstrap_mean_interval(differences, seed),
        first_better=positive if larger else negative,
        second_better=negative if larger else positive,
        ties=ties,
        effect=rank_biserial(differences if larger else -differences),
        p_value=test.p_value,
        test=test.method,
    )


def _check_references(models: Mapping[str, Scores]) -> None:
    """The same name must stand for the same reference."""
    (first, scores), *others = models.items()
    for name, other in others:
        for case, targets in scores.items():
            for target in set(targets) & set(other[case]):
                one, two = (_reference(each[case][target]) for each in (scores, other))
                if not np.allclose(one, two, rtol=1e-4, atol=1e-6):
                    raise InputError(
                        f"Case {case!r} has another reference ({target}) in {first} than in {name}: {one[0]:.4f} ml "
                        f"and {one[1]:.0f} lesions, {two[0]:.4f} ml and {two[1]:.0f}; evaluate both against the same."
                    )


def _reference(values: Mapping[str, Any]) -> tuple[float, float]:
    volume_ml, lesions = (float(values[name]) for name in _OF_THE_REFERENCE)
    return volume_ml, lesions


def _listed(cases: Sequence[str]) -> str:
    """``the case 'a'`` or ``the cases 'a', 'b', 'c' and 4 more``."""
    shown = ", ".join(repr(case) for case in cases[:3])
    more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
    return f"the case{'s' if len(cases) > 1 else ''} {shown}{more}"
