"""Statistics of paired values: the same cases measured twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

RESAMPLES = 10_000
# Differences are compared as numbers of this many decimals: 1 - 2/3 and 2/3 - 1/3 are tied.
_DECIMALS = 12
# Up to here SciPy's exact distribution is used; it is defined without ties only.
_EXACT_UP_TO = 50
_CHUNK = 500


@dataclass(frozen=True)
class Wilcoxon:
    """A signed-rank test: two-sided p-value, and how it was computed (``"exact"``, ``"normal"``, ``"none"``)."""

    p_value: float
    method: str


def wilcoxon(differences: ArrayLike) -> Wilcoxon:
    """Wilcoxon's signed-rank test of whether paired differences lie around 0.

    Zero differences are dropped, as Wilcoxon did. The p-value is exact for up to 50 differences
    without ties among their sizes; otherwise it is the normal approximation with corrections for
    ties and continuity. Where nothing differs it is 1.

    Parameters
    ----------
    differences : array_like of float, shape (n,)

    Examples
    --------
    >>> wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0]).p_value
    0.0625
    """
    nonzero = _nonzero(differences)
    if nonzero.size == 0:
        return Wilcoxon(1.0, "none")
    sizes = np.abs(nonzero)
    exact = nonzero.size <= _EXACT_UP_TO and np.unique(sizes).size == sizes.size
    result: Any = stats.wilcoxon(nonzero, method="exact" if exact else "approx", correction=not exact)
    return Wilcoxon(min(1.0, float(result.pvalue)), "exact" if exact else "normal")


def rank_biserial(differences: ArrayLike) -> float:
    """Matched-pairs rank-biserial correlation, the effect size that belongs to the signed-rank test.

    ``(W+ - W-) / (W+ + W-)`` with the rank sums of the positive and the negative differences, zeros
    dropped (D. S. Kerby, Comprehensive Psychology 3:11.IT.3.1, 2014): 1 where every difference is
    positive, 0 where nothing differs.

    Examples
    --------
    >>> rank_biserial([1.0, -2.0, 3.0])
    0.3333333333333333
    """
    nonzero = _nonzero(differences)
    if nonzero.size == 0:
        return 0.0
    ranks = stats.rankdata(np.abs(nonzero))
    return float((ranks[nonzero > 0].sum() - ranks[nonzero < 0].sum()) / ranks.sum())


def bootstrap_mean_interval(values: ArrayLike, seed: int = 0) -> tuple[float, float] | None:
    """95 % bootstrap interval of a mean; None for fewer than two values.

    The percentile interval with its levels widened as a t distribution is wider than the normal one
    ("expanded percentile", T. C. Hesterberg, The American Statistician 69:371, 2015). In simulated
    samples of 10 normal values it covered the mean in 93 %, the plain one in 88 %; of 10
    exponential ones in 91 % and 87 %.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One a case, such as paired differences; cases are redrawn with replacement.
    seed : int
    """
    array = np.asarray(values, dtype=np.float64)
    n = array.size
    if n < 2:
        return None
    rng = np.random.default_rng(seed)
    means = np.concatenate([array[rng.integers(n, size=(_CHUNK, n))].mean(axis=1) for _ in range(RESAMPLES // _CHUNK)])
    level = float(stats.norm.cdf(np.sqrt(n / (n - 1)) * stats.t.ppf(0.025, n - 1)))
    low, high = np.quantile(means, [level, 1 - level])
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (S. Holm, Scand. J. Statist. 6:65, 1979), in the given order.

    Examples
    --------
    >>> holm([0.04, 0.01, 0.03])
    [0.06, 0.03, 0.06]
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable").tolist()):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def signs(differences: ArrayLike) -> tuple[int, int, int]:
    """How many differences are positive, negative and zero."""
    array = np.round(np.asarray(differences, dtype=np.float64), _DECIMALS)
    return int((array > 0).sum()), int((array < 0).sum()), int((array == 0).sum())


def _nonzero(differences: ArrayLike) -> NDArray[np.float64]:
    array = np.round(np.asarray(differences, dtype=np.float64), _DECIMALS)
    return np.asarray(array[array != 0])
