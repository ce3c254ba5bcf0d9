"""The tables of docs/model.md, from the results of the shipped model and of the one before."""

from __future__ import annotations

from collections.abc import Callable

from harness import scan_tables, study_tables
from harness.cells import Rows
from harness.model_results import ModelResults

TABLES: dict[str, Callable[[ModelResults, ModelResults], Rows]] = {
    table.__name__.replace("_", "-"): table
    for table in (
        scan_tables.real_scans,
        study_tables.detection,
        study_tables.detection_by_volume,
        study_tables.detection_without,
        study_tables.outlines,
        study_tables.contrast,
        scan_tables.inserted,
        scan_tables.inserted_outlines,
        scan_tables.flair,
        scan_tables.brightness,
        study_tables.confidence,
        study_tables.sweep,
        scan_tables.gates,
    )
}
"""By the name that stands in docs/model.md."""


def table_text(name: str, now: ModelResults, before: ModelResults) -> str:
    """One table as Markdown, a line feed at its end."""
    head, *body = TABLES[name](now, before)
    lines = ["|".join(["", *(f" {cell} " if cell else " " for cell in line), ""]) for line in (head, *body)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]]) + "\n"
