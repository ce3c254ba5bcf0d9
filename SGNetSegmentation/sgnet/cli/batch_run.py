"""The studies of a batch, one after another, and the table of how they went."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.cli.progress import CommandProgress
from sgnet.cli.results import segment_and_save
from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.load import load_study
from sgnet.data.studies import find_study
from sgnet.errors import Cancelled, ModelError, SGNetError
from sgnet.inference.model import load_model

DONE, FAILED, SKIPPED = "done", "failed", "skipped"


@dataclass(frozen=True)
class BatchRow:
    """How one study went.

    Attributes
    ----------
    study : str
        Name of its folder, under the input and under the output.
    status : str
        ``done``, ``failed`` or ``skipped`` (it had a result).
    lesions : int or None
    total_volume_ml : float or None
        Of the cores.
    message : str
        What went wrong; for a study that is done, its notes.
    """

    study: str
    status: str
    lesions: int | None = None
    total_volume_ml: float | None = None
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


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
            rows.append(_row_of_result(folder.name, SKIPPED, target))
        else:
            try:
                files = find_study(folder)
                study = load_study(files.t1ce, files.flair, progress)
                segment_and_save(study, target, progress, model=loaded, inference=inference, lesions=lesions)
                rows.append(_row_of_result(folder.name, DONE, target, " ".join(study.notes)))
            except (Cancelled, ModelError):
                raise
            except SGNetError as error:
                progress.warn(f"{folder.name}: {error}")
                rows.append(BatchRow(folder.name, FAILED, message=str(error)))
        write_table(rows, output / "studies.csv")
    return rows


def write_table(rows: Sequence[BatchRow], path: Path) -> None:
    """Write the table as CSV; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([item.name for item in fields(BatchRow)])
        for row in rows:
            volume = "" if row.total_volume_ml is None else f"{row.total_volume_ml:.4f}"
            writer.writerow([row.study, row.status, "" if row.lesions is None else row.lesions, volume, row.message])


def _row_of_result(name: str, status: str, folder: Path, message: str = "") -> BatchRow:
    content = json.loads((folder / "lesions.json").read_text(encoding="utf-8"))
    return BatchRow(name, status, len(content["lesions"]), float(content["total_volume_ml"]), message)
