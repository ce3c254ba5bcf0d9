"""Whether a probability of 0.7 is right seven times in ten, and what to do where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

EQUAL_WIDTH, EQUAL_MASS = "equal_width", "equal_mass"
FLOOR = 0.01
"""Voxels below this probability are left out of a scan's calibration: nearly all of a head, and at 0 in any bin."""
_FINE_BINS = 1000


@dataclass(frozen=True, eq=False)
class Reliability:
    """A reliability curve: in each bin of predicted probability, what was predicted and what was observed.

    Attributes
    ----------
    edges : ndarray of float, shape (bins + 1,)
    counts : ndarray of int64, shape (bins,)
    predicted : ndarray of float, shape (bins,)
        Mean probability; NaN in an empty bin.
    observed : ndarray of float, shape (bins,)
        Share of true outcomes; NaN in an empty bin.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]

    @property
    def expected_calibration_error(self) -> float:
        """ECE: the mean of abs(observed - predicted) over bins, weighted by their counts; 0 without any count."""
        filled = self.counts > 0
        if not filled.any():
            return 0.0
        gaps = np.abs(self.observed[filled] - self.predicted[filled])
        return float(np.average(gaps, weights=self.counts[filled]))


def reliability(probability: ArrayLike, outcome: ArrayLike, bins: int = 10, binning: str = EQUAL_WIDTH) -> Reliability:
    """The reliability curve of probabilities (A. Niculescu-Mizil, R. Caruana, ICML 2005).

    Parameters
    ----------
    probability : array_like of float in [0, 1]
    outcome : array_like of bool, same shape
    bins : int
    binning : {"equal_width", "equal_mass"}
        Bins of one width, or of as many values each; of the latter there are fewer where many
        values are the same.

    Examples
    --------
    >>> curve = reliability([0.1, 0.1, 0.8, 0.8], [False, False, True, False], bins=2)
    >>> curve.observed.tolist(), round(curve.expected_calibration_error, 3)
    ([0.0, 0.5], 0.2)
    """
    values, truth = _pair(probability, outcome)
    if binning == EQUAL_WIDTH:
        edges = np.linspace(0.0, 1.0, bins + 1)
    elif binning == EQUAL_MASS:
        edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, bins + 1))) if values.size else np.array([0.0, 1.0])
    else:
        raise ValueError(f"binning must be {EQUAL_WIDTH!r} or {EQUAL_MASS!r}, got {binning!r}")
    # A bin holds its lower edge, the last one both; all values being one leaves a bin of no width.
    edges = edges if len(edges) > 1 else np.repeat(edges, 2)
    index = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    counts, sums, hits = (_sums(index, weights, len(edges) - 1) for weights in (None, values, truth))
    return _curve(edges, counts, sums, hits)


def brier_score(probability: ArrayLike, outcome: ArrayLike) -> float:
    """Mean of ``(probability - outcome)^2`` (G. W. Brier, 1950); 0 is perfect, and given for no value at all.

    Examples
    --------
    >>> brier_score([0.5, 1.0], [True, True])
    0.125
    """
    values, truth = _pair(probability, outcome)
    return float(np.mean((values - truth) ** 2)) if values.size else 0.0


@dataclass(frozen=True, eq=False)
class CalibrationCounts:
    """What calibration needs to know of one scan; counts of several scans add up.

    Attributes
    ----------
    counts, sums, hits : ndarray of float64, shape (1000,)
        Of the voxels in each bin of probability, 0.001 wide: how many, the sum of their
        probabilities, how many belong to the reference.
    squared_error : float
        Sum of ``(probability - outcome)^2``.
    left_out, left_out_hits : int
        Voxels below :data:`FLOOR`, and how many of them belong to the reference.
    """

    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    hits: NDArray[np.float64]
    squared_error: float
    left_out: int
    left_out_hits: int

    @classmethod
    def of(cls, probability: NDArray[np.floating], reference: NDArray[np.bool_]) -> CalibrationCounts:
        """Count the voxels of a probability map in [0, 1] and a mask of the same shape."""
        kept = probability >= FLOOR
        values, truth = _pair(probability[kept], reference[kept])
        index = np.minimum((values * _FINE_BINS).astype(np.int64), _FINE_BINS - 1)
        counts, sums, hits = (_sums(index, weights, _FINE_BINS) for weights in (None, values, truth))
        return cls(
            counts,
            sums,
            hits,
            squared_error=float(np.sum((values - truth) ** 2)),
            left_out=int(np.count_nonzero(~kept)),
            left_out_hits=int(np.count_nonzero(reference[~kept])),
        )

    def __add__(self, other: CalibrationCounts) -> CalibrationCounts:
        return CalibrationCounts(
            self.counts + other.counts,
            self.sums + other.sums,
            self.hits + other.hits,
            self.squared_error + other.squared_error,
            self.left_out + other.left_out,
            self.left_out_hits + other.left_out_hits,
        )

    def reliability(self, bins: int = 10) -> Reliability:
        """The curve in bins of one width; ``bins`` must divide 1000."""
        if _FINE_BINS % bins:
            raise ValueError(f"bins must divide {_FINE_BINS}, got {bins}")
        merged = (one.reshape(bins, -1).sum(axis=1) for one in (self.counts, self.sums, self.hits))
        return _curve(np.linspace(0.0, 1.0, bins + 1), *merged)

    @property
    def brier_score(self) -> float:
        """Over the counted voxels; 0 where there are none."""
        total = self.counts.sum()
        return float(self.squared_error / total) if total else 0.0

    def to_dict(self, bins: int = 10) -> dict[str, Any]:
        """Curve and scores as plain values for JSON; what an empty bin does not have is None."""
        curve = self.reliability(bins)
        columns = (curve.edges[:-1], curve.edges[1:], curve.counts, curve.predicted, curve.observed)
        names = ("low", "high", "count", "predicted", "observed")
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return {
            "floor": FLOOR,
            "voxels": int(curve.counts.sum()),
            "left_out": self.left_out,
            "left_out_in_reference": self.left_out_hits,
            "expected_calibration_error": curve.expected_calibration_error,
            "brier_score": self.brier_score,
            "bins": [{key: None if one != one else one for key, one in zip(names, row, strict=True)} for row in rows],
        }


def fit_temperature(logits: ArrayLike, outcome: ArrayLike) -> float:
    """The temperature T for which ``sigmoid(logit / T)`` has the least cross-entropy (C. Guo et al., ICML 2017).

    Above 1 the probabilities were too sure. Ranks, and with them what lies above a threshold of
    0.5, stay as they are. Sought between 0.01 and 100.

    Parameters
    ----------
    logits : array_like of float
    outcome : array_like of bool, same shape
        With both outcomes among them.

    Raises
    ------
    ValueError
        If there is only one outcome: then no temperature is best.
    """
    values, truth = _pair(logits, outcome)
    if truth.size == 0 or truth.min() == truth.max():
        raise ValueError("Fitting a temperature takes voxels of both outcomes.")

    def cross_entropy(log_temperature: float) -> float:
        scaled = values / np.exp(log_temperature)
        return float(np.mean(np.logaddexp(0.0, scaled) - truth * scaled))

    # Convex in 1 / T, so with a single minimum in log T too.
    best = optimize.minimize_scalar(cross_entropy, bounds=(np.log(0.01), np.log(100.0)), method="bounded")
    return float(np.exp(best.x))


def scale_temperature(probability: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Probabilities with their logits divided by ``temperature``; 0 and 1 stay.

    Examples
    --------
    >>> scale_temperature(np.array([0.0, 0.5, 0.9, 1.0]), 2.0).tolist()
    [0.0, 0.5, 0.75, 1.0]
    """
    return np.asarray(special.expit(special.logit(np.asarray(probability, dtype=np.float64)) / temperature))


@dataclass(frozen=True, eq=False)
class IsotonicMap:
    """A monotone map from scores to probabilities: constant beyond its ends, linear in between.

    Attributes
    ----------
    scores, probabilities : ndarray of float, shape (n,)
        Both ascending.
    """

    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __call__(self, scores: ArrayLike) -> NDArray[np.float64]:
        """The probabilities of ``scores``, any shape."""
        return np.interp(np.asarray(scores, dtype=np.float64), self.scores, self.probabilities)


def fit_isotonic(scores: ArrayLike, outcome: ArrayLike) -> IsotonicMap:
    """The monotone map with the least squared error (B. Zadrozny, C. Elkan, KDD 2002).

    Pool adjacent violators, equal scores taken together; logits or probabilities may be the scores.

    Parameters
    ----------
    scores : array_like of float
    outcome : array_like of bool, same shape; at least one value

    Examples
    --------
    >>> fit_isotonic([1, 2, 3, 4], [False, True, False, True]).probabilities.tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    values, truth = _pair(scores, outcome)
    if values.size == 0:
        raise ValueError("Fitting takes at least one value.")
    levels, index = np.unique(values, return_inverse=True)
    weights = np.bincount(index.ravel()).astype(np.float64)
    means = np.bincount(index.ravel(), truth) / weights
    fitted = optimize.isotonic_regression(means, weights=weights).x
    return IsotonicMap(levels, np.asarray(fitted, dtype=np.float64))


def _curve(
    edges: NDArray[np.float64], counts: NDArray[np.floating], sums: NDArray[np.floating], hits: NDArray[np.floating]
) -> Reliability:
    filled = counts > 0
    below = np.where(filled, counts, 1)
    predicted, observed = (np.where(filled, above / below, np.nan) for above in (sums, hits))
    return Reliability(edges, counts.astype(np.int64), predicted, observed)


def _sums(index: NDArray[np.int64], weights: NDArray[np.float64] | None, bins: int) -> NDArray[np.float64]:
    """Of each bin the sum of the weights, or the count."""
    return np.bincount(index, weights, bins).astype(np.float64)


def _pair(values: ArrayLike, outcome: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both flat, as float64; outcomes are 0 or 1."""
    array, truth = np.asarray(values, dtype=np.float64), np.asarray(outcome)
    if array.shape != truth.shape:
        raise ValueError(f"values {array.shape} and outcomes {truth.shape} differ in shape")
    return array.ravel(), (truth.ravel() != 0).astype(np.float64)
