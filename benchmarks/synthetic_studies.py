"""Accuracy on synthetic studies the model has never seen: other anatomy, other seeds.

    python benchmarks/synthetic_studies.py --anatomy LABEL_MAPS --output OUT [--model DIR] [--operating-point NAME]

Only the label maps that `sgnet train` keeps out (every fifth) are used. Without --anatomy the
studies are drawn on procedural heads, which is a check that it runs rather than a measurement.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from harness.points import add_point_option, point_settings

from sgnet.config import SynthesisSettings, TrainSettings
from sgnet.evaluation.case import evaluate_case
from sgnet.evaluation.summary import summarise
from sgnet.inference.model import load_model
from sgnet.inference.segment import segment_study
from sgnet.synthesis.anatomy import find_anatomies, split_anatomies
from sgnet.synthesis.generate import generate_study

FIRST_SEED = 900_000_000
"""Far from the studies of any training run (seed x 10,000,000 + number)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    add_point_option(parser)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    settings = point_settings(arguments, model)
    held_out = None
    if arguments.anatomy:
        held_out = split_anatomies(find_anatomies(arguments.anatomy), TrainSettings().hold_out_every)[1]
    cases = []
    for number in range(arguments.count):
        made = generate_study(FIRST_SEED + number, SynthesisSettings(), held_out)
        began = time.perf_counter()
        result = segment_study(made.study, model, lesions=settings)
        seconds = time.perf_counter() - began
        # Instances, not a mask: two synthetic lesions may touch.
        case = evaluate_case(result.labels, made.instances, result.grid, result.whole, made.whole)
        cases.append(case)
        core = case["core"]
        print(
            f"{number + 1:3d}/{arguments.count}: {core['found_lesions']}/{core['reference_lesions']} lesions found, "
            f"{core['false_positives']} false, core Dice {core['dice']:.3f}, whole Dice {case['whole']['dice']:.3f}, "
            f"{seconds:.1f} s",
            flush=True,
        )
    summary = summarise(cases)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "synthetic_studies.json").write_text(json.dumps(summary, indent=1) + "\n")
    for target, values in summary.items():
        print(target, {name: round(score["mean"], 3) for name, score in values["scores"].items()})
        print(target, json.dumps(values["lesions"]["by_diameter"]))
        print(target, "false positives a scan", values["lesions"]["false_positives_per_scan"])


if __name__ == "__main__":
    main()
