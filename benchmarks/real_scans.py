"""Accuracy on the labelled real development scans, with pictures of every real scan at hand.

    python benchmarks/real_scans.py --model DIR --output OUT [--operating-point NAME]

The scans lie under SGNET_DATA (default ../shared/data); they are for evaluation only. Two of them are
gliomas with expert labels (BraTS 2013): core = necrosis + non-enhancing + enhancing, whole = all.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from harness.points import add_point_option, point_settings
from harness.studies import real_folder

from sgnet.data.load import load_study
from sgnet.data.read import read_volume
from sgnet.evaluation.case import evaluate_case
from sgnet.events import Progress
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
    data = real_folder()
    model = load_model(arguments.model)
    settings = point_settings(arguments, model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    rows = []
    for folder in sorted(p for p in data.iterdir() if (p / "t1ce.nii.gz").is_file()):
        study = load_study(folder / "t1ce.nii.gz", folder / "flair.nii.gz", Progress())
        began = time.perf_counter()
        result = segment_study(study, model, lesions=settings)
        seconds = time.perf_counter() - began
        expert = folder / "seg_brats2013.nii.gz"
        truth = None
        scores = {}
        if expert.is_file():
            labels = read_volume(expert).array
            truth = np.isin(labels, (1, 3, 4))
            scores = evaluate_case(result.labels, truth, study.t1ce.grid, result.whole, labels > 0)
        draw_overview(result, arguments.output / f"{folder.name}.png", truth)
        row = {"case": folder.name, "lesions": len(result.lesions), "seconds": round(seconds, 1)}
        for part, values in scores.items():
            row |= {f"{part}_{name}": values.get(name) for name in COLUMNS}
        rows.append(row)
        print(row, flush=True)
    with (arguments.output / "real_scans.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(max(rows, key=len)))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
