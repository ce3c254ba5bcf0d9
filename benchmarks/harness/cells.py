"""Numbers as they stand in the tables of docs/model.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Rows = Iterator[Sequence[str]]
"""Of a table, its head first."""
BINS = {"<3 mm": "under 3 mm", "3-5 mm": "3 to 5 mm", "5-10 mm": "5 to 10 mm", ">=10 mm": "10 mm and more"}
VOLUMES = {"0-0.1": "below 0.1 ml", "0.1-0.5": "0.1 to 0.5 ml", "0.5-4": "0.5 to 4 ml", "4-inf": "4 ml and more"}


def with_interval(score: Mapping[str, Any], key: str, digits: int) -> str:
    """A mean or a share, with its 95 % interval."""
    low, high = score["ci95"]
    return f"{score[key]:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def found_of(count: Mapping[str, Any]) -> str:
    """Lesions found of those there are."""
    return share_of(count["found"], count["reference"])


def share_of(found: int, of: int) -> str:
    """Of fewer than 50 without per cent."""
    return f"{found} of {of} ({100 * found / of:.0f} %)" if of >= 50 else f"{found} of {of}"


def outline_cells(one: Mapping[str, Any]) -> list[str]:
    """Lesions found, median of their volumes over the true ones, mean Dice."""
    return [str(one["found"]), rounded(one["median_volume_ratio"], 2), rounded(one["mean_dice"], 3)]


def score_cell(value: str, score: str) -> str:
    """A score with as many digits as mean something."""
    return rounded(value, {"dice": 3, "hd95_mm": 1}.get(score, 2))


def rounded(value: str | float, digits: int) -> str:
    """With so many digits."""
    return f"{float(value):.{digits}f}"
