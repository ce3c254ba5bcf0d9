"""A model that was never trained and a head of 48 mm: everything a command needs, in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.cli.main import run
from sgnet.config import NetworkSettings, PreprocessSettings

SHAPE = (48, 48, 48)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from sgnet.inference.model import save_model
    from sgnet.networks.registry import build_network

    torch.manual_seed(0)
    settings = NetworkSettings(channels=(4, 4, 8, 8))
    folder = tmp_path_factory.mktemp("model")
    save_model(build_network(settings), folder, settings, PreprocessSettings(), {})
    return folder


def head(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """T1ce and FLAIR of one ball-shaped head: the same edges, other brightness."""
    rng = np.random.default_rng(seed)
    tissue = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 2.5) > 0
    i, j, k = np.indices(SHAPE) - 23.5
    ball = i**2 + j**2 + k**2 < 21**2
    t1ce = np.where(tissue, 400, 250) + 10 * rng.standard_normal(SHAPE)
    flair = np.where(tissue, 180, 300) + 10 * rng.standard_normal(SHAPE)
    return np.where(ball, t1ce, 0).astype(np.float32), np.where(ball, flair, 0).astype(np.float32)


def save(array: NDArray[np.generic], path: Path, is_vector: bool = False) -> Path:
    """Write ``array``, (I, J, K), at 1 mm."""
    sitk.WriteImage(sitk.GetImageFromArray(np.ascontiguousarray(array.T), isVector=is_vector), str(path))
    return path


@pytest.fixture
def volumes(tmp_path: Path) -> dict[str, Path]:
    t1ce, flair = head(0)
    return {"t1ce": save(t1ce, tmp_path / "t1ce.nii.gz"), "flair": save(flair, tmp_path / "flair.nii.gz")}


@pytest.fixture
def arguments(volumes: dict[str, Path], model_folder: Path, tmp_path: Path) -> list[str]:
    """A ``segment`` command that succeeds and writes into ``tmp_path / "out"``."""
    return [
        *("segment", "--t1ce", str(volumes["t1ce"]), "--flair", str(volumes["flair"])),
        *("--output", str(tmp_path / "out"), "--model", str(model_folder), "--window", "48,48,32", "--device", "cpu"),
    ]


@pytest.fixture
def sgnet(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call
