"""Scores on the screen and in files."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sgnet import __version__
from sgnet.atomic import atomic_path
from sgnet.report.evaluation_page import write_evaluation_page

Scores = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Of each case, of each target, each score."""

_COLUMNS = {
    "Dice": "dice",
    "Precision": "precision",
    "Recall": "recall",
    "HD95 mm": "hd95_mm",
    "NSD 1 mm": "nsd_1mm",
    "Found": "found_lesions",
    "of": "reference_lesions",
    "False": "false_positives",
}
_MEANS = {"Dice": "dice", "HD95 mm": "hd95_mm", "NSD 1 mm": "nsd_1mm", "BraTS Dice": "brats_dice"}
LESION_COLUMNS = (
    "status", "volume_ml", "diameter_mm", "size", "centroid_r_mm", "centroid_a_mm", "centroid_s_mm", "dice", "hd95_mm",
)  # fmt: skip
_RATES = {"Sensitivity": "sensitivity", "Precision": "precision", "False a scan": "false_positives_per_scan"}


def score_table(scores: Scores, summary: Mapping[str, Any]) -> str:
    """Plain text: a line a case and target, then means with their 95 % intervals."""
    width = max(len("Case"), *(len(name) for name in scores))
    lines = [f"{'Case':<{width}}  {'Target':<6}  " + "  ".join(f"{title:>8}" for title in _COLUMNS)]
    for name, targets in scores.items():
        for target, values in targets.items():
            cells = "  ".join(f"{_cell(values[key]):>8}" for key in _COLUMNS.values())
            lines.append(f"{name:<{width}}  {target:<6}  {cells}")
    for target, values in summary.items():
        lines.append("")
        lines.append(f"{target}, {values['cases']} case{'s' if values['cases'] != 1 else ''}:")
        for title, key in _MEANS.items():
            score = values["scores"][key]
            lines.append(f"  {title:<20}{_with_interval(score['mean'], score['ci95'])}")
        lesions = values["lesions"]
        for title, key in _RATES.items():
            lines.append(f"  {title:<20}{_with_interval(lesions[key]['value'], lesions[key]['ci95'])}")
        by_size = ", ".join(f"{size}: {n['found']}/{n['reference']}" for size, n in lesions["by_diameter"].items())
        lines.append(f"  {'Found by diameter':<20}{by_size}")
        if "calibration" in values:
            one = values["calibration"]
            error, brier = one["expected_calibration_error"], one["brier_score"]
            lines.append(f"  {'Calibration':<20}ECE {error:.4f}, Brier score {brier:.4f}, {one['cases']} with maps")
    return "\n".join([*lines, "", *_empty_masks(summary)])


def _empty_masks(summary: Mapping[str, Any]) -> list[str]:
    """What was given where a mask is empty, and how often: said even when it did not happen."""
    first = next(iter(summary.values()))["empty"]
    lines = ["Empty masks:"]
    for which, entry in first.items():
        counts = ", ".join(f"{target} {values['empty'][which]['cases']}" for target, values in summary.items())
        lines.append(f"  {which + ' empty':<16} {counts}; given: {entry['given']}")
    return lines


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "not defined"
    return f"{value:.3f}" + (f"  [{interval[0]:.3f}, {interval[1]:.3f}]" if interval is not None else "")


def write_scores(scores: Scores, summary: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write ``scores.html``, ``scores.json``, ``scores.csv`` (a row a case and target), ``lesions.csv`` (one a lesion).

    A row of ``lesions.csv`` is a lesion of the reference (found, missed or ignored) or a false positive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / "scores.json") as temporary:
        content = {"sgnet": __version__, "cases": scores, "summary": summary}
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    each = [
        ({"case": name, "target": target}, values)
        for name, targets in scores.items()
        for target, values in targets.items()
    ]
    _write_csv(folder / "scores.csv", [of | _flat(values) for of, values in each])
    lesions = [of | _flat_lesion(lesion) for of, values in each for lesion in values["lesions"]]
    _write_csv(folder / "lesions.csv", lesions, ["case", "target", *LESION_COLUMNS])
    write_evaluation_page(scores, summary, folder / "scores.html", __version__)
    return [folder / name for name in ("scores.html", "scores.json", "scores.csv", "lesions.csv")]


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> None:
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=columns or list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Counts by diameter become columns such as ``found 3-5 mm``."""
    flat = {key: value for key, value in values.items() if not isinstance(value, (dict, list))}
    for size, counts in values["by_diameter"].items():
        flat |= {f"{key} {size}": count for key, count in counts.items()}
    return flat


def _flat_lesion(lesion: Mapping[str, Any]) -> dict[str, Any]:
    """The centroid becomes three columns."""
    flat = {key: value for key, value in lesion.items() if key != "centroid_ras_mm"}
    return flat | {f"centroid_{axis}_mm": value for axis, value in zip("ras", lesion["centroid_ras_mm"], strict=True)}
