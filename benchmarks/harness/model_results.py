"""What the benchmarks of the model card found for one model: a folder of benchmarks/results."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ModelResults:
    """Files that ``benchmarks/model_card.sh`` writes, read when asked for.

    Attributes
    ----------
    folder : Path
        Named as the model.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Of the model."""
        return self.folder.name

    def has(self, file: str) -> bool:
        """Whether a benchmark was run for the model; of old ones only some results are kept."""
        return (self.folder / file).is_file()

    def rows(self, file: str) -> list[dict[str, str]]:
        """Of a table, by its first line's names."""
        with (self.folder / file).open(newline="", encoding="utf-8") as handle:
            return list(csv.DictReader(handle))

    def study_summary(self, point: str) -> dict[str, Any]:
        """Of the synthetic studies at an operating point, or of the variant of them that was asked for."""
        return json_of(self.folder / f"synthetic_{point}.json")

    @cached_property
    def calibration(self) -> dict[str, Any]:
        """Everything that was fitted to the model."""
        return json_of(self.folder / "calibration.json")


def json_of(path: Path) -> dict[str, Any]:
    """The object in a file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
