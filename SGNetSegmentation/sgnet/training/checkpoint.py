"""The state of a run on disk: written beside, then renamed, so that a kill leaves the last good one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from sgnet.atomic import atomic_path
from sgnet.errors import InputError

NAME = "checkpoint.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write ``state`` to ``folder/checkpoint.pt`` atomically."""
    with atomic_path(folder / NAME) as beside:
        torch.save(state, beside)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The last state of a run in ``folder``, or None where there is none."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(f"{path} is damaged ({error.__class__.__name__}); delete it to start the run anew.") from error
    return state
