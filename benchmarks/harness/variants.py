"""What a change of the images does to the result, on the labelled real scans."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.scans import labelled_scans
from sgnet.data.study import Study
from sgnet.evaluation.case import evaluate_case
from sgnet.inference.model import Model
from sgnet.inference.segment import segment_study


def score_variants(
    model: Model, variants: Callable[[Study], Iterator[tuple[str, Study]]], kind: str, file: Path
) -> None:
    """Segment each variant of each scan at the default operating point; a row each in ``file``, printed as it comes.

    Parameters
    ----------
    model : Model
    variants : callable
        Names and studies made of one study, on the same T1ce grid.
    kind : str
        Heading of the names' column.
    file : Path
        CSV; its folder is made.
    """
    rows = []
    for scan in labelled_scans():
        for name, study in variants(scan.study):
            result = segment_study(study, model)
            scores = evaluate_case(result.labels, scan.core, scan.study.t1ce.grid, result.whole, scan.whole)
            rows.append(
                {
                    "case": scan.name, kind: name,
                    "core_dice": round(scores["core"]["dice"], 3), "whole_dice": round(scores["whole"]["dice"], 3),
                    "false_lesions": scores["core"]["false_positives"],
                }
            )  # fmt: skip
            print(rows[-1], flush=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
