"""The ladder that a run climbs down when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from sgnet.inference.device import Compute

SMALL = 96
"""Windows are not made smaller than so many voxels along an axis."""


@dataclass(frozen=True)
class Rung:
    """One way to run: where, how many windows of which size at a time, where the result is put together."""

    compute: Compute
    batch_size: int
    window: tuple[int, ...]
    stitch: torch.device

    def describe(self) -> str:
        """For the user: what is tried now."""
        where = self.compute.device.type
        result = "" if self.stitch == self.compute.device else f", result kept in {self.stitch.type} memory"
        size = " x ".join(map(str, self.window))
        return f"{self.batch_size} window{'s' if self.batch_size > 1 else ''} of {size} at a time on {where}{result}"


def ladder(compute: Compute, batch_size: int, window: tuple[int, ...], stride: Sequence[int]) -> Iterator[Rung]:
    """As asked for; smaller batches; smaller windows; stitching on the CPU; everything on the CPU."""
    yield Rung(compute, batch_size, window, compute.device)
    while batch_size > 1:
        batch_size //= 2
        yield Rung(compute, batch_size, window, compute.device)
    while (half := _half(window, stride)) != window:
        window = half
        yield Rung(compute, 1, window, compute.device)
    if compute.device.type != "cpu":
        yield Rung(compute, 1, window, torch.device("cpu"))
        yield Rung(compute.on_cpu(), 1, window, torch.device("cpu"))


def _half(window: tuple[int, ...], stride: Sequence[int]) -> tuple[int, ...]:
    """Half of what is larger than SMALL, in multiples of ``stride``."""
    return tuple(-(-n // (2 * s)) * s if n > SMALL else n for n, s in zip(window, stride, strict=True))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception of torch or Python means that memory ran out (CUDA, MPS and CPU say it differently)."""
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "not enough memory" in text)
