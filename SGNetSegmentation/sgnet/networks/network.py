"""What every network of the registry is and gives, so that training and inference need not tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from sgnet.config import NetworkSettings
from sgnet.errors import InputError


class NetworkOutput(NamedTuple):
    """What one pass gives.

    Attributes
    ----------
    logits : Tensor, shape (B, outputs, X, Y, Z)
        Before the sigmoid; for metastases ``core`` (enhancing + necrotic) and ``whole`` (core + oedema).
    gates : tuple of Tensor
        Gates or attention maps before the sigmoid, finest level first, shape (B, groups, X / sx, Y / sy, Z / sz);
        empty for a network without any.
    """

    logits: Tensor
    gates: tuple[Tensor, ...]


class Network(nn.Module):
    """Base of the networks: (B, inputs, X, Y, Z) in [0, 1] to :class:`NetworkOutput`.

    Attributes
    ----------
    settings : NetworkSettings
        What it was built from.
    stride : tuple of int
        Input sizes must be multiples of these, axis by axis.
    supervised : bool
        Whether the lesion mask is to teach its gates.
    """

    settings: NetworkSettings
    stride: tuple[int, int, int]
    supervised = False


def check_size(name: str, size: Sequence[int], stride: Sequence[int]) -> None:
    """Refuse a ``size`` (a window, a patch) that does not fit a network's ``stride``.

    Raises
    ------
    InputError
        Naming ``name`` and what fits; a single position on the coarsest level is too little to normalise.

    Examples
    --------
    >>> check_size("window", (96, 96, 20), (32, 32, 8))
    Traceback (most recent call last):
    sgnet.errors.InputError: window must be multiples of 32, 32, 8, got 96, 96, 20.
    """
    wanted = ", ".join(map(str, stride[:1] if len(set(stride)) == 1 else stride))
    got = ", ".join(map(str, size))
    if any(n % s for n, s in zip(size, stride, strict=True)):
        raise InputError(f"{name} must be multiples of {wanted}, got {got}.")
    if tuple(size) == tuple(stride):
        raise InputError(f"{name} must be larger than {wanted}, got {got}.")
