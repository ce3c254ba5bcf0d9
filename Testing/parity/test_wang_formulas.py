"""Attention module and losses of Wang et al. (arXiv 1906.03906) against a plain NumPy reading of their formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sgnet.losses.attention import attention_loss
from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.networks.attention import SpatialAttention

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def convolve(x: Array, weight: Array, bias: Array) -> Array:
    """Cross-correlation with zeros beyond the border: (C, X, Y, Z) with (O, C, kx, ky, kz) to (O, X, Y, Z)."""
    radius = [k // 2 for k in weight.shape[2:]]
    padded = np.pad(x, [(0, 0), *((r, r) for r in radius)])
    out = np.empty((weight.shape[0], *x.shape[1:]))
    for position in np.ndindex(*x.shape[1:]):
        block = padded[(slice(None), *(slice(p, p + k) for p, k in zip(position, weight.shape[2:], strict=True)))]
        out[(slice(None), *position)] = [(w * block).sum() + b for w, b in zip(weight, bias, strict=True)]
    return out


def hdl_by_formula(p: Array, g: Array, hardness: float, epsilon: float = 1e-5) -> float:
    """1/C sum over the classes c of 1 - (2 sum_i w p g + e) / (sum_i w (p + g) + e)."""
    terms = []
    for c in range(p.shape[0]):
        above = below = 0.0
        for i in np.ndindex(*p.shape[1:]):
            w = hardness * abs(p[c][i] - g[c][i]) + (1 - hardness)
            above += 2 * w * p[c][i] * g[c][i]
            below += w * (p[c][i] + g[c][i])
        terms.append(1 - (above + epsilon) / (below + epsilon))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("hardness", [0.0, 0.4, 0.6, 1.0])
def test_hardness_weighted_dice(hardness: float) -> None:
    rng = np.random.default_rng(3)
    logits, target = rng.normal(size=(2, 4, 3, 2)), (rng.random((2, 4, 3, 2)) > 0.5).astype(float)
    ours = hardness_weighted_dice_loss(torch.from_numpy(logits)[None], torch.from_numpy(target)[None], hardness)
    assert float(ours) == pytest.approx(hdl_by_formula(sigmoid(logits), target, hardness), rel=1e-12)


@pytest.mark.parametrize("kernel", [(3, 3, 1), (3, 3, 3)])
def test_attention_module(kernel: tuple[int, int, int]) -> None:
    """A = sigmoid(conv(ReLU(conv(x)))), of one channel; out = x + A x."""
    torch.manual_seed(0)
    module = SpatialAttention(6, kernel).double()
    x = torch.randn(1, 6, 4, 5, 3, dtype=torch.float64)
    with torch.no_grad():
        out, logits = module(x)
    weights = {name: value.numpy() for name, value in module.state_dict().items()}
    assert weights["reduce.weight"].shape[:2] == (3, 6) and weights["attend.weight"].shape[:2] == (1, 3)
    hidden = np.maximum(convolve(x[0].numpy(), weights["reduce.weight"], weights["reduce.bias"]), 0)
    attention = sigmoid(convolve(hidden, weights["attend.weight"], weights["attend.bias"]))
    np.testing.assert_allclose(torch.sigmoid(logits)[0].numpy(), attention, rtol=1e-10)
    np.testing.assert_allclose(out[0].numpy(), x[0].numpy() + attention * x[0].numpy(), rtol=1e-10)


def pool(mask: Array, ratio: tuple[int, int, int], how: str) -> Array:
    """Mean or maximum of each cell of ``ratio`` voxels."""
    a, b, c = ratio
    x, y, z = mask.shape
    cells = mask.reshape(x // a, a, y // b, b, z // c, c)
    return cells.mean(axis=(1, 3, 5)) if how == "average" else cells.max(axis=(1, 3, 5))


@pytest.mark.parametrize("how", ["average", "max"])
def test_supervised_attention_over_the_levels_of_a_2d5_network(how: str) -> None:
    """1/L sum over levels of the Dice loss between A and the mask pooled to A's size."""
    rng = np.random.default_rng(5)
    mask = (rng.random((8, 8, 4)) > 0.8).astype(float)
    maps, expected = [], 0.0
    for ratio in ((1, 1, 1), (2, 2, 1), (4, 4, 1), (8, 8, 2)):
        logits = rng.normal(size=[n // r for n, r in zip(mask.shape, ratio, strict=True)])
        expected += hdl_by_formula(sigmoid(logits)[None], pool(mask, ratio, how)[None], 0.0) / 4
        maps.append(torch.from_numpy(logits)[None, None])
    assert float(attention_loss(maps, torch.from_numpy(mask)[None, None], how)) == pytest.approx(expected, rel=1e-10)
