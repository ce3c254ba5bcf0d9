"""The studies of a batch, one after another, with one load of the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sgnet.cli.batch_table import DONE, FAILED, SKIPPED, BatchRow, row_of_result, write_table
from sgnet.cli.progress import CommandProgress
from sgnet.cli.results import segment_and_save
from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.load import load_study
from sgnet.data.studies import find_study
from sgnet.errors import Cancelled, ModelError, SGNetError
from sgnet.inference.model import load_model


def run_batch(
    folders: Sequence[Path],
    output: Path,
    progress: CommandProgress,
    model: Path | None,
    inference: InferenceSettings,
    lesions: LesionSettings,
    skip_done: bool = False,
) -> list[BatchRow]:
    """Segment each of ``folders`` into a folder of the same name under ``output``; the table is kept up to date.

    Raises
    ------
    ModelError, Cancelled
        What ends the whole batch; anything else is a row of the table.
    """
    progress.phase("loading model")
    loaded = load_model(model)
    rows: list[BatchRow] = []
    for number, folder in enumerate(folders, start=1):
        progress.phase(f"study {number} of {len(folders)}: {folder.name}")
        target = output / folder.name
        if skip_done and (target / "lesions.json").is_file():
            rows.append(row_of_result(folder.name, SKIPPED, target))
        else:
            try:
                files = find_study(folder)
                study = load_study(files.t1ce, files.flair, progress)
                segment_and_save(study, target, progress, model=loaded, inference=inference, lesions=lesions)
                rows.append(row_of_result(folder.name, DONE, target, " ".join(study.notes)))
            except (Cancelled, ModelError):
                raise
            except SGNetError as error:
                progress.warn(f"{folder.name}: {error}")
                rows.append(BatchRow(folder.name, FAILED, message=str(error)))
        write_table(rows, output / "studies.csv")
    return rows
