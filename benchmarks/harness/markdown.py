"""The table of a benchmark as it stands in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = {
    "network": "Network",
    "seeds": "Seeds",
    "parameters": "Parameters",
    "training_minutes": "Training, min",
    "synthetic_seconds_a_case": "Inference, s",
    "synthetic_core_dice": "Core Dice",
    "synthetic_core_precision": "Precision",
    "synthetic_core_recall": "Recall",
    "synthetic_core_hd95_mm": "HD95, mm",
    "synthetic_core_assd_mm": "ASSD, mm",
    "synthetic_core_lesion_sensitivity": "Lesions found",
    "synthetic_core_false_per_scan": "False a scan",
    "synthetic_whole_dice": "Whole Dice",
    "real_core_dice": "Real: core",
    "real_whole_dice": "Real: whole",
}
_DIGITS = {"training_minutes": 1, "synthetic_seconds_a_case": 1, "hd95_mm": 1, "assd_mm": 1, "false_per_scan": 1}


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """``rows`` of :func:`harness.table.mean_rows`, or of the file made of them; a Dice with its SD over seeds."""
    columns = [key for key in COLUMNS if key in rows[0]]
    lines = ["| " + " | ".join(COLUMNS[key] for key in columns) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(_cell(row, key) for key in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if value in (None, ""):
        return "–"
    if key == "network":
        return f"`{value}`"
    if key in ("seeds", "parameters"):
        return f"{int(float(value)):,}"
    digits = next((n for end, n in _DIGITS.items() if key.endswith(end)), 3)
    spread = row.get(f"{key}_sd_over_seeds")
    return f"{float(value):.{digits}f}" + (f" ± {float(spread):.3f}" if spread not in (None, "") else "")
