"""The ladder that a run climbs down when memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from sgnet.inference.device import Compute


@dataclass(frozen=True)
class Rung:
    """One way to run: where, how many windows at a time, where the result is put together."""

    compute: Compute
    batch_size: int
    stitch: torch.device

    def describe(self) -> str:
        """For the user: what is tried now."""
        where = self.compute.device.type
        result = "" if self.stitch == self.compute.device else f", result kept in {self.stitch.type} memory"
        return f"{self.batch_size} window{'s' if self.batch_size > 1 else ''} at a time on {where}{result}"


def ladder(compute: Compute, batch_size: int) -> Iterator[Rung]:
    """As asked for; smaller batches; stitching on the CPU; everything on the CPU, one window at a time."""
    while True:
        yield Rung(compute, batch_size, compute.device)
        if batch_size == 1:
            break
        batch_size = max(1, batch_size // 2)
    if compute.device.type != "cpu":
        yield Rung(compute, 1, torch.device("cpu"))
        yield Rung(compute.on_cpu(), 1, torch.device("cpu"))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception of torch or Python means that memory ran out (CUDA, MPS and CPU say it differently)."""
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "not enough memory" in text)
