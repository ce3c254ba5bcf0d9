"""The training loop: steps, logs, validations and checkpoints; resumes where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sgnet.events import Progress
from sgnet.inference.device import Compute
from sgnet.training.log import RunLog, mean_of
from sgnet.training.pool import StudyPool, TrainingStudy, study_maker
from sgnet.training.processes import joined_processes
from sgnet.training.run import TrainingRun, claim
from sgnet.training.state import Training
from sgnet.training.validation import held_out_studies

SAVE_EVERY = 250
LOG_EVERY = 25


def train(
    run: TrainingRun,
    folder: Path,
    *,
    pool: StudyPool | None = None,
    held_out: Callable[[], list[TrainingStudy]] | None = None,
    compute: Compute | None = None,
    workers: int = 1,
    max_minutes: float | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train or continue ``run`` in ``folder``; returns the model folder ``folder/model``.

    ``pool`` holds the studies, and is closed at the end; without one they are synthetic, made by ``workers``
    processes. ``held_out`` makes the studies of the validation, if the run has one; without it they are synthetic.

    Writes ``run.json``, ``log.csv`` (step, losses, learning rate, seconds), ``validation.csv``, ``tensorboard``
    where that package is installed, ``checkpoint.pt`` and the averaged weights: those of the best validation, or
    the last without one. Stopping by ``max_minutes``, cancellation or a kill loses at most the steps since the
    last checkpoint, and the continued run ends where an uninterrupted one would: to the last bit on the CPU.

    Under ``torchrun`` each process computes its part of every batch, see :mod:`sgnet.training.processes`.

    Raises
    ------
    InputError
        If ``folder`` holds a run with other settings (``steps``, ``decay_steps`` and ``patience`` may differ), or
        the patch does not fit the network.
    """
    progress = progress or Progress()
    folder.mkdir(parents=True, exist_ok=True)
    with joined_processes(compute or Compute.choose("auto", "auto")) as (processes, compute):
        claim(run, folder, write=processes.first)
        # One voice for all; that process's wish to stop reaches the others.
        progress = progress if processes.first else Progress()
        training = Training(run, compute, processes)
        training.restore(folder)
        make = study_maker(run.synthesis, run.preprocess, run.anatomy, run.network.task)
        pool = pool or StudyPool(make, run.train, workers)
        held_out = held_out or (lambda: held_out_studies(make, run.train))
        try:
            _loop(training, pool, held_out, folder, max_minutes, progress)
        finally:
            pool.close()
        if processes.first:
            training.save(folder)
            training.export(folder / "model")
        processes.wait()
    return folder / "model"


def _loop(
    training: Training,
    pool: StudyPool,
    held_out: Callable[[], list[TrainingStudy]],
    folder: Path,
    max_minutes: float | None,
    progress: Progress,
) -> None:
    """Steps until the last one, the end of the patience or the time, or a wish to stop."""
    settings, processes = training.run.train, training.processes
    log = RunLog(folder, training.step) if processes.first else None
    progress.phase("training")
    began = time.monotonic() - training.seconds
    until = time.monotonic() + 60 * max_minutes if max_minutes else float("inf")
    studies = held_out() if settings.validate_every else []
    while training.step < settings.steps and not training.plateau.exhausted(settings):
        if processes.any(progress.cancelled() or time.monotonic() > until):
            break
        training.advance(pool.at(training.step))
        step, training.seconds = training.step, time.monotonic() - began
        progress.step(step, settings.steps)
        if step % LOG_EVERY == 0 or step == settings.steps:
            row = processes.mean(mean_of(training.recent))
            training.recent = []
            if log:
                log.write("log", step, {**row, "rate": training.rate, "seconds": round(training.seconds, 1)})
        if settings.validate_every and step % settings.validate_every == 0:
            loss = training.validate(studies)
            if log:
                log.write("validation", step, {"loss": loss, "best": training.plateau.best, "rate": training.rate})
        if step % SAVE_EVERY == 0 and processes.first:
            training.save(folder)
    if log:
        log.close()
