"""Choose a model's thresholds, and calibrate its probabilities, on held-out anatomy before anything is reported.

    python benchmarks/operating_points.py --anatomy LABEL_MAPS --output OUT [--model DIR] [--count 20]

Studies 800,000,000 and up on the label maps that training keeps out; benchmarks/synthetic_studies.py, which
reports, uses others. Where SGNET_DATA holds the labelled real development scans they are swept too. Writes
operating_points.csv (each threshold and smallest volume: sensitivity by size, false lesions a study, Dice),
calibration.json (temperature of each output, reliability before and after) and reliability.png.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness.counting import count_lesions, dice
from harness.studies import real_folder
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sgnet.config import InferenceSettings, LesionSettings, SynthesisSettings, TrainSettings
from sgnet.data.load import load_study
from sgnet.data.read import read_volume
from sgnet.evaluation.calibration import CalibrationCounts, fit_temperature, scale_temperature
from sgnet.evaluation.detection import DIAMETER_BINS_MM
from sgnet.events import Progress
from sgnet.geometry import Grid
from sgnet.inference.model import load_model
from sgnet.inference.predict import predict
from sgnet.lesions.find import find_lesions
from sgnet.preprocessing.pipeline import preprocess, restore
from sgnet.synthesis.anatomy import find_anatomies, split_anatomies
from sgnet.synthesis.generate import generate_study

FIRST_SEED = 800_000_000
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
VOLUMES_MM3 = (10.0, 20.0, 50.0)
SAMPLED = 20_000
"""Voxels a study and output that the temperature is fitted on, drawn from those between 0.01 and 0.99."""

Case = tuple[str, NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], Grid]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    rows: dict[tuple[str, float, float], list[dict[str, float]]] = {}
    samples: dict[str, list[tuple[NDArray[np.float64], NDArray[np.bool_]]]] = {"core": [], "whole": []}
    kept: list[tuple[str, NDArray[np.float32], NDArray[np.bool_]]] = []
    for name, core, whole, true_core, true_whole, grid in cases(arguments):
        print(name, flush=True)
        for threshold in THRESHOLDS:
            for volume in VOLUMES_MM3:
                settings = LesionSettings(threshold=threshold, min_volume_mm3=volume)
                labels, whole_mask, _ = find_lesions(core, whole, grid, settings)
                key = ("real" if name.startswith("real") else "synthetic", threshold, volume)
                rows.setdefault(key, []).append(score(labels, whole_mask, true_core, true_whole, grid))
        for output, probability, truth in (("core", core, true_core), ("whole", whole, true_whole)):
            samples[output].append(sample(probability, truth))
            kept.append((output, probability[probability > 0.01], truth[probability > 0.01]))
    write_sweep(rows, arguments.output / "operating_points.csv")
    write_calibration(samples, kept, arguments.output)


def cases(arguments: argparse.Namespace) -> Iterator[Case]:
    """Name, probabilities and truth of every study, on its native grid; uncalibrated."""
    model = load_model(arguments.model)
    # Temperatures are fitted to what the network says by itself.
    held_out = None
    if arguments.anatomy:
        held_out = split_anatomies(find_anatomies(arguments.anatomy), TrainSettings().hold_out_every)[1]
    studies: list[tuple[str, object, NDArray[np.bool_], NDArray[np.bool_]]] = []
    data = real_folder()
    for expert in sorted(data.glob("*/seg_brats2013.nii.gz")):
        labels = read_volume(expert).array
        study = load_study(expert.parent / "t1ce.nii.gz", expert.parent / "flair.nii.gz", Progress())
        studies.append((f"real {expert.parent.name}", study, np.isin(labels, (1, 3, 4)), labels > 0))
    for number in range(len(studies) + arguments.count):
        if number < len(studies):
            name, study, true_core, true_whole = studies[number]
        else:
            made = generate_study(FIRST_SEED + number, SynthesisSettings(), held_out)
            name, study, true_core, true_whole = f"synthetic {number}", made.study, made.instances > 0, made.whole
        prepared = preprocess(study, model.preprocess)  # type: ignore[arg-type]
        core, whole = (
            restore(p, prepared) for p in predict(prepared.image, model.network, InferenceSettings(), Progress())
        )
        yield name, core, whole, true_core, true_whole, prepared.native_grid


def score(
    labels: NDArray[np.integer],
    whole: NDArray[np.bool_],
    true_core: NDArray[np.bool_],
    true_whole: NDArray[np.bool_],
    grid: Grid,
) -> dict[str, float]:
    """What the sweep adds up for one study."""
    counts = count_lesions(labels, true_core, grid)
    return {"core_dice": dice(labels > 0, true_core), "whole_dice": dice(whole, true_whole), **counts}


def sample(probability: NDArray[np.float32], truth: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Logits and outcomes of some of the undecided voxels."""
    at = np.flatnonzero((probability > 0.01) & (probability < 0.99))
    at = np.random.default_rng(0).permutation(at)[:SAMPLED]
    p = probability.ravel()[at].astype(np.float64)
    return np.log(p / (1 - p)), truth.ravel()[at]


def write_sweep(rows: dict[tuple[str, float, float], list[dict[str, float]]], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        bins = list(DIAMETER_BINS_MM)
        columns = ["data", "threshold", "min_volume_mm3", "studies", "false_lesions_a_study", "core_dice", "whole_dice"]
        writer.writerow([*columns, *(f"sensitivity {name}" for name in bins)])
        for (data, threshold, volume), studies in sorted(rows.items()):
            total = {key: sum(study[key] for study in studies) for key in studies[0]}
            means = [total[key] / len(studies) for key in ("false", "core_dice", "whole_dice")]
            shares = [
                f"{total[f'found {n}']:.0f}/{total[f'reference {n}']:.0f}" if total[f"reference {n}"] else ""
                for n in bins
            ]
            writer.writerow([data, threshold, volume, len(studies), *(round(m, 4) for m in means), *shares])


def write_calibration(
    samples: dict[str, list[tuple[NDArray[np.float64], NDArray[np.bool_]]]],
    kept: list[tuple[str, NDArray[np.float32], NDArray[np.bool_]]],
    folder: Path,
) -> None:
    result = {}
    figure = Figure(figsize=(8, 4), dpi=110)
    FigureCanvasAgg(figure)
    for panel, (output, parts) in enumerate(samples.items()):
        logits, truth = (np.concatenate(values) for values in zip(*parts, strict=True))
        temperature = fit_temperature(logits, truth)
        axes = figure.add_subplot(1, 2, panel + 1)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        result[output] = {"temperature": temperature}
        for label, value in (("before", 1.0), (f"after (T = {temperature:.2f})", temperature)):
            counts = None
            for name, probability, outcome in kept:
                if name == output:
                    one = CalibrationCounts.of(scale_temperature(probability, value), outcome)
                    counts = one if counts is None else counts + one
            assert counts is not None
            result[output]["before" if value == 1.0 else "after"] = counts.to_dict()
            curve = counts.reliability()
            axes.plot(
                curve.predicted,
                curve.observed,
                marker="o",
                label=f"{label}: ECE {curve.expected_calibration_error:.3f}",
            )
        axes.set(title=output, xlabel="predicted probability", ylabel="observed share", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="upper left", fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / "reliability.png")
    (folder / "calibration.json").write_text(json.dumps(result, indent=1) + "\n")
    print({output: round(values["temperature"], 3) for output, values in result.items()})  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
