"""A tiny run as a program of its own: what the tests kill, and what they start twice under torchrun.

``python child.py FOLDER NETWORK SLEEP_AT`` trains 20 steps and, at step SLEEP_AT, waits to be killed (0: never).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sgnet.config import NetworkSettings, PreprocessSettings, SynthesisSettings, TrainSettings
from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.training import loop
from sgnet.training.pool import StudyPool, TrainingStudy
from sgnet.training.run import TrainingRun

NETWORKS = {
    # Gates, dilations and batch normalisation.
    "sgnet": NetworkSettings(channels=(4, 4, 8), groups=2, bottom_dilations=(1, 2)),
    # Dropout too.
    "unet2d5_spvpa": NetworkSettings(name="unet2d5_spvpa", variant="vs_seg", channels=(4, 4, 8)),
}


SEEN: set[int] = set()
"""Sizes of the batches that this process computed."""


class DoubleCompute(Compute):
    """float64: sums taken in another order then differ by too little for Adam to blow it up."""

    def prepare(self, network: nn.Module) -> nn.Module:
        return super().prepare(network.double())

    def move(self, batch: Tensor) -> Tensor:
        SEEN.add(len(batch))
        return super().move(batch.double())


class SleepAt(Progress):
    """Says each step aloud and stops at one, for the parent to kill."""

    def __init__(self, sleep_at: int) -> None:
        self._sleep_at = sleep_at

    def step(self, done: int, total: int) -> None:
        if done == self._sleep_at:
            print(done, flush=True)
            time.sleep(120)


def study(number: int) -> TrainingStudy:
    """A bright cube in noise; every third study lacks the whole lesion's label, every fifth the lesion."""
    rng = np.random.default_rng(number % 1000)
    image: NDArray[np.float16] = rng.uniform(0.2, 0.4, (2, 24, 24, 16)).astype(np.float16)
    instances = np.zeros((24, 24, 16), np.uint8)
    if number % 5:
        instances[8:14, 8:14, 4:10] = 1
    image[:, instances > 0] = 0.9
    return TrainingStudy(image, instances, instances > 0, (True, number % 3 > 0))


def main(folder: Path, network: str, sleep_at: int) -> None:
    """Train in ``folder``."""
    torch.set_num_threads(1)
    loop.SAVE_EVERY, loop.LOG_EVERY = 5, 3
    settings = TrainSettings(
        steps=20, decay_steps=2, warmup_steps=2, batch_size=4, patch=(16, 16, 8), pool_size=4, studies_per_step=0.5,
        learning_rate=0.01, validate_every=4, validation_batches=2, plateau_patience=1, gate_loss="average",
        lesion_loss=1.0,
    )  # fmt: skip
    run = TrainingRun(NETWORKS[network], settings, SynthesisSettings(), PreprocessSettings())
    loop.train(
        run,
        folder,
        pool=StudyPool(study, settings, workers=0),
        held_out=lambda: [study(-number) for number in range(1, 4)],
        compute=DoubleCompute(torch.device("cpu"), torch.float32),
        progress=SleepAt(sleep_at),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    print("patches", *sorted(SEEN))
