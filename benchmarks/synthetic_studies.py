"""Accuracy on synthetic studies the model has never seen: other anatomy, other seeds.

    python benchmarks/synthetic_studies.py --anatomy LABEL_MAPS --output OUT [--model DIR] [--operating-point NAME]

Only the label maps that `sgnet train` keeps out (every fifth) are used. Without --anatomy the
studies are drawn on procedural heads, which is a check that it runs rather than a measurement.

With --training-maps it is the other maps: with --first-seed of studies that the model was trained on, how well it
knows those; with any other, what it makes of new studies of the same heads. The difference is overfitting.
--without-flair gives the model the T1ce alone; --oedema-free-share draws lesions without oedema (`sgnet synthesize`).
Lesions found are counted by diameter, the longest axial one and that of the sphere of their volume, and by how much
they stand out on T1ce (`harness.contrast`); all bodies outlined, lesions or not, by their confidence, with how many
are true. The outlines of the lesions found are judged by size, with those that the threshold alone would give.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from harness.bodies import bodies_of, by_confidence
from harness.contrast import found_by_contrast, lesion_contrasts
from harness.counting import found_by_volume
from harness.outlines import at_threshold, by_size, outlines_of
from harness.points import add_point_option, point_settings

from sgnet.config import SynthesisSettings, TrainSettings
from sgnet.data.study import Study
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
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--training-maps", action="store_true", help="the maps trained on in place of those kept out")
    parser.add_argument("--without-flair", action="store_true", help="T1ce alone")
    parser.add_argument("--oedema-free-share", type=float, default=SynthesisSettings().oedema_free_share)
    add_point_option(parser)
    arguments = parser.parse_args()
    synthesis = SynthesisSettings(oedema_free_share=arguments.oedema_free_share)
    model = load_model(arguments.model)
    settings = point_settings(arguments, model)
    maps = None
    if arguments.anatomy:
        trained, held_out = split_anatomies(find_anatomies(arguments.anatomy), TrainSettings().hold_out_every)
        maps = trained if arguments.training_maps else held_out
    fitted = model.confidence, model.tightening
    cases, lesions, bodies, drawn, plain = [], [], [], [], []
    for number in range(arguments.count):
        made = generate_study(arguments.first_seed + number, synthesis, maps)
        study = Study(made.study.t1ce) if arguments.without_flair else made.study
        began = time.perf_counter()
        result = segment_study(study, model, lesions=settings)
        seconds = time.perf_counter() - began
        case = evaluate_case(result.labels, made.instances, result.grid, result.whole, made.whole)
        cases.append(case)
        contrasts = lesion_contrasts(made.study.t1ce.array, made.instances > 0, made.head)
        truth = made.instances > 0
        bodies += bodies_of(result.core_probability, truth, result.grid, settings, *fitted)
        drawn += outlines_of(result.labels, truth, result.grid)
        untightened = at_threshold(result.labels, result.core_probability, settings.threshold)
        plain += outlines_of(untightened, truth, result.grid)
        # The false lesions stand behind those of the reference.
        lesions += zip(case["core"]["lesions"], contrasts, strict=False)
        core = case["core"]
        print(
            f"{number + 1:3d}/{arguments.count}: {core['found_lesions']}/{core['reference_lesions']} lesions found, "
            f"{core['false_positives']} false, core Dice {core['dice']:.3f}, whole Dice {case['whole']['dice']:.3f}, "
            f"{seconds:.1f} s",
            flush=True,
        )
    summary = summarise(cases)
    summary["core"]["lesions"]["by_volume"] = found_by_volume(record for record, _ in lesions)
    summary["core"]["lesions"]["by_contrast"] = found_by_contrast(lesions)
    summary["core"]["lesions"]["by_confidence"] = by_confidence(bodies)
    summary["core"]["lesions"]["outlines"] = {"as drawn": by_size(drawn), "at the threshold": by_size(plain)}
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "synthetic_studies.json").write_text(json.dumps(summary, indent=1) + "\n")
    for target, values in summary.items():
        print(target, {name: round(score["mean"], 3) for name, score in values["scores"].items()})
        print(target, json.dumps(values["lesions"]["by_diameter"]))
        if target == "core":
            print("by volume", json.dumps(values["lesions"]["by_volume"]))
            print(target, json.dumps(values["lesions"]["by_contrast"]))
            print("true bodies by confidence", json.dumps(values["lesions"]["by_confidence"]))
            for outlined, sizes in values["lesions"]["outlines"].items():
                print("outlines", outlined, json.dumps(sizes))
        print(target, "false positives a scan", values["lesions"]["false_positives_per_scan"])


if __name__ == "__main__":
    main()
