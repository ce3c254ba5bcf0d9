"""Windows through which a network looks at a volume: overlapping, Gaussian weights, as in the SG-Net paper."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from monai.data.utils import dense_patch_slices
from monai.inferers import sliding_window_inference
from monai.inferers.utils import _get_scan_interval
from torch import Tensor


def fitting_window(window: Sequence[int], size: Sequence[int], stride: Sequence[int]) -> tuple[int, ...]:
    """``window``, but no larger than a volume of ``size`` needs it, in multiples of a network's ``stride``.

    Examples
    --------
    >>> fitting_window((192, 224, 192), (150, 256, 160), (16, 16, 16))
    (160, 224, 160)
    """
    return tuple(min(w, -(-n // s) * s) for w, n, s in zip(window, size, stride, strict=True))


def count_windows(size: Sequence[int], window: tuple[int, ...], overlap: float) -> int:
    """How many windows :func:`slide` visits in a volume of ``size``."""
    padded = tuple(max(n, w) for n, w in zip(size, window, strict=True))
    interval = _get_scan_interval(padded, window, 3, (overlap,) * 3)
    return len(dense_patch_slices(padded, window, interval))


def slide(
    image: Tensor,
    look: Callable[[Tensor], Tensor],
    window: tuple[int, ...],
    overlap: float,
    *,
    batch_size: int = 1,
    device: torch.device,
    stitch: torch.device,
) -> Tensor:
    """What ``look`` makes of the windows of ``image``, averaged where they overlap.

    Parameters
    ----------
    image : Tensor, shape (1, C, X, Y, Z)
    look : callable
        From up to ``batch_size`` windows, (B, C, *window), to (B, outputs, *window).
    window : tuple of int
    overlap : float
        Share of a window that overlaps its neighbour.
    device, stitch : torch.device
        Where ``look`` gets its windows, and where its answers are put together.

    Returns
    -------
    Tensor, shape (1, outputs, X, Y, Z)
        On ``stitch``.
    """
    with torch.inference_mode(), warnings.catch_warnings():
        # MONAI indexes tensors with lists of slices, which newer torch versions announce to change.
        warnings.filterwarnings("ignore", message="Using a non-tuple sequence")
        stitched: Any = sliding_window_inference(
            image,
            roi_size=window,
            sw_batch_size=batch_size,
            predictor=look,
            overlap=overlap,
            mode="gaussian",
            sw_device=device,
            device=stitch,
        )
    return stitched
