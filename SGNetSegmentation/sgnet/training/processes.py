"""One run on several processes, started by ``torchrun``: each computes its part of every batch.

Weights, gradients and batch statistics are those of one process with the whole batch, whatever the number of
processes; so ``batch_size`` means the same everywhere.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from sgnet.errors import InputError
from sgnet.inference.device import Compute
from sgnet.training.synced_norm import synchronise_norms


@dataclass(frozen=True)
class Processes:
    """This process among ``count``; alone by default."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes files."""
        return self.rank == 0

    def part(self, batch_size: int) -> range:
        """Which patches of a batch are this process's.

        Raises
        ------
        InputError
            If the batch cannot be shared out evenly.
        """
        if batch_size % self.count:
            raise InputError(f"batch_size must be a multiple of the {self.count} processes, got {batch_size}.")
        share = batch_size // self.count
        return range(self.rank * share, (self.rank + 1) * share)

    def spread(self, network: nn.Module) -> nn.Module:
        """``network`` with gradients averaged over the processes after each backward pass."""
        # Buffers need no broadcast: the synchronised norms keep the same statistics everywhere.
        return network if self.count == 1 else DistributedDataParallel(network, broadcast_buffers=False)

    def synchronise_norms(self, network: nn.Module, device: torch.device) -> None:
        """Let batch normalisation see the whole batch; before the optimiser takes the parameters."""
        if self.count > 1:
            synchronise_norms(network, device)

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """Each value's mean over the processes."""
        if self.count == 1:
            return values
        gathered: list[dict[str, float] | None] = [None] * self.count
        distributed.all_gather_object(gathered, values)
        return {name: sum(one[name] for one in gathered if one) / self.count for name in values}

    def any(self, flag: bool) -> bool:
        """Whether any process says so: all must stop at the same step."""
        return flag if self.count == 1 else self.mean({"flag": float(flag)})["flag"] > 0

    def wait(self) -> None:
        """Until every process is here."""
        if self.count > 1:
            distributed.barrier()


@contextlib.contextmanager
def joined_processes(compute: Compute) -> Iterator[tuple[Processes, Compute]]:
    """Meet the other processes of a ``torchrun``; without one, be alone. Gives this process its own GPU."""
    if not (distributed.is_available() and distributed.is_torchelastic_launched()):
        yield Processes(), compute
        return
    if compute.device.type == "cuda":
        compute = dataclasses.replace(compute, device=torch.device("cuda", int(os.environ["LOCAL_RANK"])))
        torch.cuda.set_device(compute.device)
    distributed.init_process_group("nccl" if compute.device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size()), compute
    finally:
        distributed.destroy_process_group()
