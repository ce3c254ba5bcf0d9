"""A moving pool of synthetic studies, made in the background while the network trains.

Which studies are in the pool at a step depends on the step alone, so that a resumed run sees what
an uninterrupted one would have seen.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgnet.config import PreprocessSettings, SynthesisSettings, TrainSettings
from sgnet.preprocessing.intensity import scale_to_unit
from sgnet.preprocessing.single import preprocess_image
from sgnet.synthesis.generate import generate_study
from sgnet.synthesis.schwannoma import generate_schwannoma


@dataclass(frozen=True, eq=False)
class TrainingStudy:
    """One study ready for patches; arrays are (R, A, S).

    Attributes
    ----------
    image : ndarray of float16, shape (inputs of the task, R, A, S)
        In [0, 1] where ``unit``, else of mean 0 and standard deviation 1.
    instances : ndarray of uint8
        0, or the number of the lesion whose core the voxel belongs to (of the whole lesion where the
        core is not available).
    whole : ndarray of bool
    available : tuple of bool
        For each output of the task (core, whole), whether the study has such a label; never none of them.
    unit : bool
    voxel_mm3 : float
        Volume of a voxel.
    """

    image: NDArray[np.float16]
    instances: NDArray[np.uint8]
    whole: NDArray[np.bool_]
    available: tuple[bool, ...] = (True, True)
    unit: bool = True
    voxel_mm3: float = 1.0


def make_training_study(
    number: int, settings: SynthesisSettings, preprocess: PreprocessSettings, anatomy: tuple[Path, ...] | None
) -> TrainingStudy:
    """Synthetic study ``number``, scaled as inference scales."""
    synthetic = generate_study(number, settings, anatomy)
    channels = [
        scale_to_unit(volume.array, synthetic.head, preprocess)[0]  # type: ignore[arg-type]
        for volume in synthetic.study.volumes
    ]
    return TrainingStudy(np.stack(channels).astype(np.float16), synthetic.instances, synthetic.whole)


class StudyPool:
    """The studies a step may draw patches from.

    Parameters
    ----------
    make : callable
        Makes study ``number``; picklable.
    settings : TrainSettings
    workers : int
        Background processes; 0 makes each study when it is needed, in this process.
    """

    def __init__(self, make: Callable[[int], TrainingStudy], settings: TrainSettings, workers: int) -> None:
        self._make = make
        self._settings = settings
        self._studies: dict[int, TrainingStudy] = {}
        self._pending: dict[int, Future[TrainingStudy]] = {}
        self._executor = None
        if workers > 0:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(
                workers, mp_context=context, initializer=_quiet_worker, initargs=(os.getpid(),)
            )

    def at(self, step: int) -> list[TrainingStudy]:
        """The pool of ``step``; waits until its newest study is there. Steps must not go back."""
        first = self._first(step)
        wanted = range(first, first + self._settings.pool_size)
        ahead = range(wanted.stop, self._first(step + 60) + self._settings.pool_size) if self._executor else range(0)
        for old in [n for n in self._studies if n < first]:
            del self._studies[old]
        if self._executor:
            for number in [*wanted, *ahead]:
                if number not in self._studies and number not in self._pending:
                    self._pending[number] = self._executor.submit(self._make, self._key(number))
        for number in wanted:
            if number not in self._studies:
                waiting = self._pending.pop(number, None)
                self._studies[number] = waiting.result() if waiting else self._make(self._key(number))
        return [self._studies[number] for number in wanted]

    def close(self) -> None:
        """End the background processes."""
        if self._executor:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _first(self, step: int) -> int:
        return int(step * self._settings.studies_per_step)

    def _key(self, number: int) -> int:
        # Runs with different seeds see different studies.
        return self._settings.seed * 10_000_000 + number


def make_schwannoma_study(number: int, anatomy: tuple[Path, ...] | None) -> TrainingStudy:
    """Synthetic schwannoma ``number``, scaled as inference scales."""
    synthetic = generate_schwannoma(number, anatomy)
    prepared = preprocess_image(synthetic.t2)
    return TrainingStudy(
        prepared.image.astype(np.float16),
        synthetic.tumour.astype(np.uint8),
        synthetic.tumour,
        available=(True,),
        unit=False,
        voxel_mm3=prepared.grid.voxel_volume_mm3,
    )


def study_maker(
    synthesis: SynthesisSettings,
    preprocess: PreprocessSettings,
    anatomy: tuple[Path, ...] | None,
    task: str = "metastases",
) -> Callable[[int], TrainingStudy]:
    """The picklable maker of a run."""
    if task == "schwannoma":
        return partial(make_schwannoma_study, anatomy=anatomy)
    return partial(make_training_study, settings=synthesis, preprocess=preprocess, anatomy=anatomy)


def _quiet_worker(parent: int) -> None:
    """Run behind the training, and end with it even if it is killed."""
    if hasattr(os, "nice"):
        os.nice(5)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(1)
