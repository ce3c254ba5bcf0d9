"""Accuracy on the labelled real development scans, with pictures of every real scan at hand.

    python benchmarks/real_scans.py --model DIR --output OUT [--operating-point NAME]

The scans lie under SGNET_DATA (default ../shared/data); they are for evaluation only. Two of them are
gliomas with expert labels (BraTS 2013): core = necrosis + non-enhancing + enhancing, whole = all.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from pathlib import Path

from harness.points import add_point_option, point_settings
from harness.scans import LabelledScan, labelled_scans, unlabelled_scans

from sgnet.data.study import Study
from sgnet.evaluation.case import evaluate_case
from sgnet.inference.model import load_model
from sgnet.inference.segment import segment_study
from sgnet.report.overview import draw_overview

COLUMNS = ("dice", "precision", "recall", "hd95_mm", "false_positives")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    add_point_option(parser)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    settings = point_settings(arguments, model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, study, expert in scans():
        began = time.perf_counter()
        result = segment_study(study, model, lesions=settings)
        seconds = time.perf_counter() - began
        draw_overview(result, arguments.output / f"{name}.png", expert.core if expert else None)
        row = {"case": name, "lesions": len(result.lesions), "seconds": round(seconds, 1)}
        if expert:
            scores = evaluate_case(result.labels, expert.core, study.t1ce.grid, result.whole, expert.whole)
            for part, values in scores.items():
                row |= {f"{part}_{column}": values.get(column) for column in COLUMNS}
        rows.append(row)
        print(row, flush=True)
    with (arguments.output / "real_scans.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(max(rows, key=len)))
        writer.writeheader()
        writer.writerows(rows)


def scans() -> Iterator[tuple[str, Study, LabelledScan | None]]:
    """Name, study and, where there are any, the experts' masks."""
    for labelled in labelled_scans():
        yield labelled.name, labelled.study, labelled
    for name, study in unlabelled_scans():
        yield name, study, None


if __name__ == "__main__":
    main()
