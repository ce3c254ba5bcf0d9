"""Where and how numbers are computed: device, precision, memory layout."""

from __future__ import annotations

import contextlib
import platform
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from sgnet.errors import InputError

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Compute:
    """A device with a number format, chosen once and passed on.

    Attributes
    ----------
    device : torch.device
    dtype : torch.dtype
        float32, or the reduced format of the automatic mixed precision.
    """

    device: torch.device
    dtype: torch.dtype

    @classmethod
    def choose(cls, device: str, precision: str) -> Compute:
        """From the settings' words.

        ``auto`` takes CUDA, then Apple's MPS, then the CPU; ``auto`` precision is mixed on CUDA and on
        CPUs with bfloat16 units (AVX-512 BF16, AMX), float32 elsewhere.

        Raises
        ------
        InputError
            If the device asked for is not there.
        """
        available = {
            "cuda": torch.cuda.is_available(),
            "mps": torch.backends.mps.is_available(),
            "cpu": True,
        }
        if device == "auto":
            device = next(name for name, there in available.items() if there)
        if not available.get(device, False):
            raise InputError(f"Device {device!r} is not available on this computer; use --device cpu or auto.")
        mixed = precision == "mixed" or (precision == "auto" and _fast_at_mixed(device))
        if not mixed:
            dtype = torch.float32
        elif device == "cpu" or (device == "cuda" and torch.cuda.is_bf16_supported()):
            dtype = torch.bfloat16
        else:
            dtype = torch.float16
        return cls(torch.device(device), dtype)

    @property
    def mixed(self) -> bool:
        """Whether a reduced number format is used."""
        return self.dtype != torch.float32

    def on_cpu(self) -> Compute:
        """The last step of the memory ladder."""
        return Compute.choose("cpu", "auto")

    def prepare(self, network: M) -> M:
        """The network on the device, channels last: 1.2 to 1.5 times faster on the CPU it was measured on."""
        return network.to(self.device).to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]

    def move(self, batch: Tensor) -> Tensor:
        """A (B, C, X, Y, Z) batch on the device in the network's layout."""
        return batch.to(self.device).contiguous(memory_format=torch.channels_last_3d)

    def autocast(self) -> contextlib.AbstractContextManager[None]:
        """The context to run the network in."""
        if not self.mixed:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def describe(self) -> str:
        """For provenance: ``"cpu, bfloat16"``."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return f"{name}, {str(self.dtype).removeprefix('torch.')}"


def _fast_at_mixed(device: str) -> bool:
    if device != "cpu":
        return device == "cuda"
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return False
    for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        check = getattr(torch.cpu, probe, None)
        if check is not None and check():
            return True
    return False
