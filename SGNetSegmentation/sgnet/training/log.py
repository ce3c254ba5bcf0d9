"""What a run tells of itself: CSV always, TensorBoard where that package is installed."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path

Row = dict[str, float]


class RunLog:
    """Rows of numbers by step, appended to ``folder/NAME.csv`` and to ``folder/tensorboard``.

    Parameters
    ----------
    folder : Path
    step : int
        Where the run stands: rows of later steps, written by a run that was killed before it saved
        them in a checkpoint, are dropped, so that the log is that of one uninterrupted run.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._folder = folder
        for path in folder.glob("*.csv"):
            _keep_until(path, step)
        self._board: Any = None
        if importlib.util.find_spec("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1 if step else None)

    def write(self, name: str, step: int, values: Row) -> None:
        """Append a row to ``name``.csv."""
        path = self._folder / f"{name}.csv"
        row = {"step": step, **values}
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)
        if self._board is not None:
            for key, value in values.items():
                self._board.add_scalar(f"{name}/{key}", value, step)
            self._board.flush()

    def close(self) -> None:
        """End the TensorBoard file."""
        if self._board is not None:
            self._board.close()


def mean_of(rows: list[Row]) -> Row:
    """Mean of each column, to five decimals."""
    return {name: round(sum(row[name] for row in rows) / len(rows), 5) for name in rows[0]}


def _keep_until(path: Path, step: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    # A kill in the middle of a line leaves one without its end.
    kept = [line for line in lines[1:] if line.endswith("\n") and int(line.split(",", 1)[0]) <= step]
    if len(kept) < len(lines) - 1:
        with atomic_path(path) as beside:
            beside.write_text("".join([lines[0], *kept]))
