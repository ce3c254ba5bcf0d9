"""A brain made of formulas, 3 mm apart, on which an input check can be right or wrong."""

from __future__ import annotations

import numpy as np

SHAPE = (64, 76, 60)
AFFINE = np.array([[3.0, 0, 0, -95], [0, 3.0, 0, -112], [0, 0, 3.0, -80], [0, 0, 0, 1]])


def brain(seed=0):
    """A head: white matter 1, grey matter 2 (a folded rim), fluid 3, vessels 4, outside 0."""
    rng = np.random.default_rng(seed)
    r, a, s = (AFFINE[:3, :3] @ np.indices(SHAPE).reshape(3, -1) + AFFINE[:3, 3:]).reshape(3, *SHAPE)
    folds = sum(
        np.sin((r * p + a * q + s * t) / 1000 + w) for p, q, t, w in rng.normal(0, 160, (24, 4)) * (1, 1, 1, 0.1)
    )
    size = 1 + 0.012 * folds
    radius = np.sqrt((r / 66) ** 2 + (a / 84) ** 2 + ((s + 5) / 66) ** 2) / size
    labels = np.zeros(SHAPE, np.uint8)
    labels[radius < 1] = 2
    labels[radius < 0.8 + 0.02 * folds] = 1
    labels[(radius < 0.99) & (radius > 0.75) & (np.abs(folds) < 0.5)] = 3
    labels[(np.abs(np.abs(r) - 12) < 5) & (np.abs(a) < 30) & (np.abs(s - 5) < 9)] = 3
    labels[(rng.random(SHAPE) < 0.02) & (labels == 1)] = 4
    return labels


def image(labels, levels, seed=1, noise=3.0):
    """``levels`` of white, grey, fluid, vessel; 0 outside."""
    values = np.array([0, *levels], np.float32)[labels]
    noisy = values + np.random.default_rng(seed).normal(0, noise, labels.shape)
    return np.where(labels > 0, np.maximum(noisy, 1), 0).astype(np.float32)


T1CE, NATIVE, FLAIR = (100, 75, 35, 260), (100, 75, 35, 70), (100, 125, 20, 60)


def shifted(mm, affine=AFFINE):
    moved = affine.copy()
    moved[:3, 3] += mm
    return moved
