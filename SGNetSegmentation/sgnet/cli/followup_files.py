"""What ``sgnet followup`` reads and writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from sgnet.atomic import atomic_path, os_errors_as_input_errors
from sgnet.data.labels import read_labels
from sgnet.data.load import load_t1ce
from sgnet.errors import InputError
from sgnet.lesions.followup_record import FollowUp, columns
from sgnet.lesions.timeline import Visit
from sgnet.report.followup_plot import draw_followup

LESIONS = "lesions.nii.gz"


def read_visit(case: Path, t1ce: Path) -> Visit:
    """The lesions of a result folder, or of a label map, with their T1ce.

    Raises
    ------
    InputError
        If either cannot be read, or they lie on different grids.
    """
    if case.is_dir() and not (case / LESIONS).is_file():
        raise InputError(f"{case} holds no {LESIONS}; give a folder that `sgnet segment` wrote, or a label map.")
    labels = read_labels(case / LESIONS if case.is_dir() else case)
    return Visit(case.absolute().name.split(".")[0], load_t1ce(t1ce), labels)


def write_followup(followup: FollowUp, folder: Path) -> list[Path]:
    """Write ``followup.csv``, ``followup.json`` and ``followup.png``; each appears only once it is complete."""
    with os_errors_as_input_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"followup.{ending}" for ending in ("csv", "json", "png")]
    with atomic_path(files[0]) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns(len(followup.scans)))
        writer.writeheader()
        for row in followup.rows():
            writer.writerow(
                {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in row.items()}
            )
    with atomic_path(files[1]) as temporary:
        content = json.dumps(followup.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(content + "\n", encoding="utf-8")
    draw_followup(followup, files[2])
    return files
