"""How the studies of a batch went, as rows and as a table."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path

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


def write_table(rows: Sequence[BatchRow], path: Path) -> None:
    """Write the table as CSV; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([item.name for item in fields(BatchRow)])
        for row in rows:
            volume = "" if row.total_volume_ml is None else f"{row.total_volume_ml:.4f}"
            writer.writerow([row.study, row.status, "" if row.lesions is None else row.lesions, volume, row.message])


def row_of_result(name: str, status: str, folder: Path, message: str = "") -> BatchRow:
    """The row of a study with a result in ``folder``."""
    content = json.loads((folder / "lesions.json").read_text(encoding="utf-8"))
    return BatchRow(name, status, len(content["lesions"]), float(content["total_volume_ml"]), message)
