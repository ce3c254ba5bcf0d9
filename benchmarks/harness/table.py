"""The table: a row a run and a row an entry, and the paired statistics."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.markdown import markdown_table
from sgnet.cli.compared import comparison_table, write_comparison
from sgnet.evaluation.compare import MAIN_METRICS, average_runs, compare_models
from sgnet.report.comparison_page import ComparedModels

SCORES = ("dice", "precision", "recall", "hd95_mm", "assd_mm", "nsd_1mm", "relative_volume_error_percent", "brats_dice")
RATES = {
    "lesion_sensitivity": "sensitivity",
    "lesion_precision": "precision",
    "false_per_scan": "false_positives_per_scan",
}


@dataclass(frozen=True)
class Run:
    """One training and what it came to: ``judged`` by set of cases (:func:`harness.judging.judge`)."""

    entry: str
    seed: int
    steps: int
    minutes: float
    judged: Mapping[str, Mapping[str, Any]]

    def row(self) -> dict[str, Any]:
        """Flat, for a CSV file."""
        any_set = next(iter(self.judged.values()))
        row: dict[str, Any] = {
            "network": self.entry,
            "seed": self.seed,
            "parameters": any_set["parameters"],
            "steps": self.steps,
            "training_minutes": round(self.minutes, 1),
        }
        for name, judged in self.judged.items():
            row[f"{name}_cases"] = len(judged["cases"])
            row[f"{name}_seconds_a_case"] = round(judged["seconds"], 2)
            for target, summary in judged["summary"].items():
                row |= {f"{name}_{target}_{score}": _round(summary["scores"][score]["mean"]) for score in SCORES}
                row |= {f"{name}_{target}_{key}": _round(summary["lesions"][of]["value"]) for key, of in RATES.items()}
        return row


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def mean_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row an entry: means over its seeds, and of every Dice the spread (sample standard deviation) over them."""
    found = []
    for name in dict.fromkeys(row["network"] for row in rows):
        runs = [row for row in rows if row["network"] == name]
        mean: dict[str, Any] = {"network": name, "seeds": len(runs)}
        for key in (key for key in runs[0] if key not in ("network", "seed")):
            values = [run[key] for run in runs]
            # What is the same in all runs, such as the parameters, stays the whole number it is.
            one = values[0] if len(set(values)) == 1 else None
            mean[key] = one if one is not None or None in values else round(statistics.fmean(values), 4)
            if key.endswith("_dice"):
                mean[f"{key}_sd_over_seeds"] = round(statistics.stdev(values), 4) if len(values) > 1 else None
        found.append(mean)
    return found


def write_table(runs: Sequence[Run], against: str, folder: Path) -> None:
    """Write ``runs.csv``, ``table.csv``, ``table.md`` and, from two entries up, ``comparison`` on the synthetic cases.

    Each entry stands for the mean over its seeds, case by case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [run.row() for run in runs]
    _write(rows, folder / "runs.csv")
    means = mean_rows(rows)
    _write(means, folder / "table.csv")
    (folder / "table.md").write_text(markdown_table(means), encoding="utf-8")
    models = {
        name: average_runs([run.judged["synthetic"]["cases"] for run in runs if run.entry == name])
        for name in dict.fromkeys(run.entry for run in runs)
    }
    for mean in means:
        dice = ", ".join(
            f"{key} {value:.3f}" for key, value in mean.items() if key.endswith("_dice") and value is not None
        )
        print(f"{mean['network']:<24} {mean['parameters']:>9,.0f} parameters, {dice}")
    if len(models) > 1 and against in models:
        compared = ComparedModels(models, compare_models(models, MAIN_METRICS, against=against))
        write_comparison(compared, folder / "comparison")
        print(comparison_table(compared))


def _write(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
