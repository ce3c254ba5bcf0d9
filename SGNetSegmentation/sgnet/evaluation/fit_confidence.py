"""The weights of a model's lesion confidence, from bodies of which it is known whether they are lesions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from sgnet.lesions.confidence import Confidence

RIDGE = 1e-4
"""Weight of the squared weights: keeps them finite where the bodies can be told apart without a fault."""


def fit_confidence(features: ArrayLike, outcome: ArrayLike) -> Confidence:
    """The logistic regression with the least cross-entropy (D. R. Cox, 1958).

    Parameters
    ----------
    features : array_like of float, shape (N, 4)
        Of each body, by :func:`sgnet.lesions.confidence.features`.
    outcome : array_like of bool, shape (N,)
        Whether it is a lesion; both outcomes among them.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there is only one outcome: then no weights are best.
    """
    values, truth = np.asarray(features, dtype=np.float64), np.asarray(outcome, dtype=bool)
    if values.shape != (*truth.shape, 4) or truth.ndim != 1:
        raise ValueError(f"features {values.shape} and outcomes {truth.shape} do not fit; they are (N, 4) and (N,).")
    if truth.all() or not truth.any():
        raise ValueError("Fitting a confidence takes bodies of both outcomes.")
    signs = np.where(truth, 1.0, -1.0)
    penalised = np.array([0.0, 1.0, 1.0, 1.0])

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * (values @ weights)
        wrong = -signs / (1 + np.exp(np.clip(margin, -500, 500)))
        gradient = values.T @ wrong / len(values) + 2 * RIDGE * penalised * weights
        return float(np.logaddexp(0.0, -margin).mean() + RIDGE * (penalised * weights**2).sum()), gradient

    best = optimize.minimize(cost, np.zeros(4), jac=True, method="BFGS")
    return Confidence(*(float(weight) for weight in best.x))
