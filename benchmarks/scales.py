"""What the second scale of a two-scale model gives: each look alone, their mean everywhere, and as it is used.

    python benchmarks/scales.py --anatomy LABEL_MAPS --output FILE.csv [--model DIR] [--count 12]

The same weights all the time. Real scans (labelled, under SGNET_DATA) and synthetic studies on the label maps that
training keeps out; means over the scans, and the seconds a scan, looks taken one after the other in the same run.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from harness.studies import real_cases

from sgnet.cli.cases import bring_onto, reference_masks
from sgnet.config import LesionSettings, SynthesisSettings, TrainSettings
from sgnet.data.load import load_study
from sgnet.data.study import Study
from sgnet.evaluation.case import evaluate_case
from sgnet.events import Progress
from sgnet.inference import scales
from sgnet.inference.model import load_model
from sgnet.inference.segment import segment_study
from sgnet.synthesis.anatomy import find_anatomies, split_anatomies
from sgnet.synthesis.generate import generate_study

FIRST_SEED = 950_000_000
"""Other studies than those of synthetic_studies.py."""
LOOKS = {"1 mm": ((1,), 0.0), "2 mm": ((2,), 0.0), "mean": ((1, 2), 0.0), "closer where found": ((1, 2), scales.OPEN)}
"""Scales, and from which probability of the wider look on a closer one is taken."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    rows: dict[tuple[str, str], list[dict[str, float]]] = {}
    for kind, study, core, whole in _cases(arguments.anatomy, arguments.count):
        for name, (chosen, least) in LOOKS.items():
            scales.OPEN = least
            looking = replace(model, preprocess=replace(model.preprocess, scales=chosen))
            began = time.perf_counter()
            result = segment_study(study, looking, lesions=LesionSettings())
            seconds = time.perf_counter() - began
            scores = evaluate_case(result.labels, core, study.t1ce.grid, result.whole, whole)
            row = {
                "core_dice": scores["core"]["dice"],
                "whole_dice": scores["whole"]["dice"],
                "false_lesions": scores["core"]["false_positives"],
                "found": scores["core"]["found_lesions"],
                "lesions": scores["core"]["reference_lesions"],
                "seconds": seconds,
            }
            rows.setdefault((kind, name), []).append(row)
            print(kind, name, {key: round(float(value), 3) for key, value in row.items()}, flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scans", "look", "count", *next(iter(rows.values()))[0]])
        for (kind, name), found in rows.items():
            means = [round(float(np.mean([row[key] for row in found])), 3) for key in found[0]]
            writer.writerow([kind, name, len(found), *means])


def _cases(anatomy: Path, count: int) -> Iterator[tuple[str, Study, np.ndarray, np.ndarray]]:
    for case in real_cases():
        study = load_study(case.images["t1ce"], case.images["flair"], Progress())
        masks = bring_onto(reference_masks(case), study.t1ce.grid)
        yield "real", study, masks["core"].array, masks["whole"].array
    held_out = split_anatomies(find_anatomies(anatomy), TrainSettings().hold_out_every)[1]
    for number in range(count):
        made = generate_study(FIRST_SEED + number, SynthesisSettings(), held_out)
        yield "synthetic", made.study, made.instances, made.whole


if __name__ == "__main__":
    main()
