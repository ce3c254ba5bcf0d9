"""``sgnet train``: a model from synthetic studies, or from a data set."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TypeVar

import click
from click.core import ParameterSource

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.data_options import DataChoice, data_options
from sgnet.cli.options import settings_options
from sgnet.config import (
    TASKS,
    InferenceSettings,
    NetworkSettings,
    PreprocessSettings,
    Settings,
    SynthesisSettings,
    TrainSettings,
)
from sgnet.errors import Cancelled

T = TypeVar("T", bound=Settings)

EPILOG = """\b
Written into the output folder:
  model/          weights.safetensors and config.json: what `sgnet segment --model` takes
  run.json        all settings
  log.csv         losses, learning rate, seconds; also in tensorboard/ where TensorBoard is installed
  validation.csv  with --validate-every: loss on studies never trained on; model/ holds the best weights
  checkpoint.pt   where the same command continues
  split.json      with --data: the cases of each part, for `sgnet evaluate --split`
  cache/          with --data: the preprocessed studies

\b
Examples:
  sgnet train --output runs/first --anatomy label_maps --workers 2
  sgnet train --output runs/first --anatomy label_maps --workers 2 --steps 20000
  sgnet train --output runs/ungated --network sgnet_ungated --steps 5000 --max-minutes 600
  sgnet train --output runs/paper --validate-every 500 --patience 10 --plateau-patience 5
  torchrun --nproc-per-node 4 -m sgnet train --output runs/four --batch-size 16
  sgnet train --output runs/own --data BraTS-METS --split kfold --fold 0 --steps 20000
  sgnet train --output runs/tuned --initial runs/first/model --learning-rate 0.0005
"""

NETWORK_OPTIONS = [
    *("task", "name", "variant", "channels", "gate", "groups", "gate_threshold", "bottom_dilations", "stem_stride"),
]
PREPROCESS_OPTIONS = ["spacing_mm", "median_level"]


@click.command("train", epilog=EPILOG, short_help="Train a model; continues where it stopped.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder of the run, continued if it exists.")
@click.option("--data", type=PATH, metavar="DIR", help="Data set to train on in place of synthetic studies.")
@data_options
@click.option(
    "--cache", type=PATH, metavar="DIR", help="Folder for the preprocessed data set; else DIR/cache of --output."
)
@click.option(
    "--anatomy", type=PATH, metavar="DIR", help="Folder of FreeSurfer-style label maps; heads are drawn without it."
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(min=0),
    help="Processes that make studies; 0 makes them in between the steps.",
)
@click.option(
    "--initial",
    type=PATH,
    metavar="DIR",
    help="Model folder whose weights to start from; network options not given are taken from it.",
)
@click.option("--max-minutes", type=click.FloatRange(min=0, min_open=True), help="Stop, saved, after so long.")
@settings_options(TrainSettings)
@settings_options(SynthesisSettings)
@settings_options(NetworkSettings, NETWORK_OPTIONS)
@settings_options(PreprocessSettings, PREPROCESS_OPTIONS)
@settings_options(InferenceSettings, ["device", "precision"])
@json_option
@debug_option
def command(
    output: Path,
    data: Path | None,
    data_choice: DataChoice,
    cache: Path | None,
    anatomy: Path | None,
    workers: int,
    initial: Path | None,
    max_minutes: float | None,
    train_settings: TrainSettings,
    synthesis_settings: SynthesisSettings,
    network_settings: NetworkSettings,
    preprocess_settings: PreprocessSettings,
    inference_settings: InferenceSettings,
    as_json: bool,
) -> None:
    """Train a model on synthetic studies, which needs no patient data, or on a data set (--data).

    A data set may be of any layout that is recognised; see docs/how-to/own-data.md.

    Stopping the command (Ctrl-C) saves the run. The same command, or one with more --steps, continues it.
    """
    with progress_shown(as_json) as progress:
        from sgnet.data.layouts.registry import check_usable
        from sgnet.data.splits import Split, write_splits
        from sgnet.export.files import check_writable
        from sgnet.inference.device import Compute
        from sgnet.inference.model import load_model
        from sgnet.synthesis.anatomy import find_anatomies, split_anatomies
        from sgnet.training.disk import cache_studies, describe_data, disk_pool, read_studies
        from sgnet.training.loop import train
        from sgnet.training.run import TrainingRun

        check_writable(output)
        begin = load_model(initial) if initial is not None else None
        if begin:
            network_settings = _given(begin.settings, network_settings, NETWORK_OPTIONS)
            preprocess_settings = _given(begin.preprocess, preprocess_settings, PREPROCESS_OPTIONS)
        cases, judged, split = [], [], None
        if data is not None:
            found, split = data_choice.read(data)
            cases = found if split is None else split.choose(found, "training")
            judged = (split or Split(())).choose(found, "validation") if train_settings.validate_every else []
            check_usable([*cases, *judged], TASKS[network_settings.task].inputs)
        run = TrainingRun(
            network_settings,
            train_settings,
            synthesis_settings,
            preprocess_settings,
            split_anatomies(find_anatomies(anatomy), train_settings.hold_out_every)[0] if anatomy is not None else None,
            begin,
            describe_data(data, cases) if data is not None else None,
        )
        pool, held_out = None, None
        if data is not None:
            output.mkdir(parents=True, exist_ok=True)
            folder = cache or output / "cache"
            files = cache_studies([*cases, *judged], folder, run.network.task, run.preprocess, progress)
            write_splits([split or Split(tuple(case.name for case in cases))], output / "split.json")
            pool = disk_pool(files[: len(cases)], train_settings, workers)
            held_out = functools.partial(read_studies, files[len(cases) :])
        model = train(
            run,
            output,
            pool=pool,
            held_out=held_out,
            compute=Compute.choose(inference_settings.device, inference_settings.precision),
            workers=workers,
            max_minutes=max_minutes,
            progress=progress,
        )
        if progress.cancelled():
            raise Cancelled(f"Stopped: the run is saved in {output}, and the same command continues it.")
        progress.result(output=str(model.absolute()), files=sorted(path.name for path in model.iterdir()))
    if not as_json:
        use = "segment" if run.network.task == "metastases" else "evaluate"
        click.echo(f"Model written to {model}; use it with: sgnet {use} --model {model}")


def _given(initial: T, asked: T, options: list[str]) -> T:
    """``initial`` with what the command line gave: nothing need be said twice, and a contradiction is seen."""
    context = click.get_current_context()
    given = [name for name in options if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    return dataclasses.replace(initial, **{name: getattr(asked, name) for name in given})
