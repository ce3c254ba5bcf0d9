"""Calibrate a model's probabilities, and choose its operating points, on held-out anatomy before anything is reported.

    python benchmarks/operating_points.py --anatomy LABEL_MAPS --output OUT [--model DIR] [--count 20]

Studies 800,000,002 and up on the label maps that training keeps out; benchmarks/synthetic_studies.py, which
reports, uses others. Where SGNET_DATA holds the labelled real development scans they are taken too. Writes
calibration.json (temperature of each output, reliability before and after; weights of the tightening and of the
lesion confidence), reliability.png, and, of the calibrated probabilities, operating_points.csv (each threshold,
smallest volume and least confidence: lesions found by size, false lesions a study, Dice).
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness.counting import count_lesions, dice
from harness.development import OUTPUTS, Case, cases
from harness.fitting import write_confidence, write_tightening
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sgnet.config import LesionSettings
from sgnet.evaluation.calibration import CalibrationCounts, fit_temperature, scale_temperature
from sgnet.evaluation.detection import DIAMETER_BINS_MM
from sgnet.inference.operating_points import CHOSEN
from sgnet.lesions.confidence import Confidence
from sgnet.lesions.find import find_lesions, is_large_enough, whole_mask
from sgnet.lesions.tightening import Tightening

THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
VOLUMES_MM3 = (20.0, 30.0, 50.0, 80.0)
CONFIDENCES = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
SAMPLED = 20_000
"""Voxels a study and output that the temperature is fitted on, drawn from those between 0.01 and 0.99."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--anatomy", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    seen = list(cases(arguments))
    temperatures = {output: temperature(seen, output) for output in OUTPUTS}
    print({output: round(value, 3) for output, value in temperatures.items()}, flush=True)
    write_calibration(seen, temperatures, arguments.output)
    tightening = write_tightening(seen, temperatures["core"], arguments.output / "calibration.json")
    confidence = write_confidence(seen, temperatures["core"], tightening, arguments.output / "calibration.json")
    write_sweep(seen, temperatures, confidence, tightening, arguments.output / "operating_points.csv")


def temperature(seen: list[Case], output: str) -> float:
    """Fitted on some of the undecided voxels of every study."""
    samples = [sample(case.probabilities[output], case.truth[output]) for case in seen]
    logits, truth = (np.concatenate(values) for values in zip(*samples, strict=True))
    return fit_temperature(logits, truth)


def sample(
    probability: NDArray[np.floating], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Logits and outcomes of some of the undecided voxels."""
    at = np.flatnonzero((probability > 0.01) & (probability < 0.99))
    at = np.random.default_rng(0).permutation(at)[:SAMPLED]
    p = probability.ravel()[at].astype(np.float64)
    return np.log(p / (1 - p)), truth.ravel()[at]


def write_calibration(seen: list[Case], temperatures: dict[str, float], folder: Path) -> None:
    """Reliability over all voxels above 0.01, before and after, as numbers and as a plot."""
    result = {}
    figure = Figure(figsize=(8, 4), dpi=110)
    FigureCanvasAgg(figure)
    for panel, (output, fitted) in enumerate(temperatures.items()):
        axes = figure.add_subplot(1, 2, panel + 1)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        result[output] = {"temperature": fitted}
        for when, label, value in (("before", "before", 1.0), ("after", f"after (T = {fitted:.2f})", fitted)):
            counts = reliability(seen, output, value)
            result[output][when] = counts.to_dict()
            curve = counts.reliability()
            label += f": ECE {curve.expected_calibration_error:.3f}"
            axes.plot(curve.predicted, curve.observed, marker="o", label=label)
        axes.set(title=output, xlabel="predicted probability", ylabel="observed share", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="upper left", fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / "reliability.png")
    (folder / "calibration.json").write_text(json.dumps(result, indent=1) + "\n")


def reliability(seen: list[Case], output: str, value: float) -> CalibrationCounts:
    """Counts of all studies with the temperature ``value``."""
    total = None
    for case in seen:
        # The same voxels before and after.
        counted = case.probabilities[output] > 0.01
        probability = scale_temperature(case.probabilities[output][counted], value)
        one = CalibrationCounts.of(probability, case.truth[output][counted])
        total = one if total is None else total + one
    assert total is not None
    return total


def write_sweep(
    seen: list[Case], temperatures: dict[str, float], confidence: Confidence, tightening: Tightening, path: Path
) -> None:
    """A row a kind of data and operating point."""
    rows: dict[tuple[str, LesionSettings], list[dict[str, float]]] = {}
    for case in seen:
        core, whole = (case.calibrated(output, value) for output, value in temperatures.items())
        for threshold in THRESHOLDS:
            for settings, scores in scores_at(case, core, whole, threshold, confidence, tightening):
                rows.setdefault((case.name.split()[0], settings), []).append(scores)
        print("swept", case.name, flush=True)
    bins = list(DIAMETER_BINS_MM)
    columns = ["data", *CHOSEN, "studies"]
    columns += ["false_lesions_a_study", "core_dice", "whole_dice", *(f"sensitivity {name}" for name in bins)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for (data, settings), scores in rows.items():
            total = {name: sum(one[name] for one in scores) for name in scores[0]}
            means = [round(total[name] / len(scores), 4) for name in ("false", "core_dice", "whole_dice")]
            pairs = [(total[f"found {name}"], total[f"reference {name}"]) for name in bins]
            shares = [f"{found:.0f}/{reference:.0f}" if reference else "" for found, reference in pairs]
            writer.writerow([data, *(getattr(settings, name) for name in CHOSEN), len(scores), *means, *shares])


def scores_at(
    case: Case,
    core: NDArray[np.float32],
    whole: NDArray[np.float32],
    threshold: float,
    confidence: Confidence,
    tightening: Tightening,
) -> Iterator[tuple[LesionSettings, dict[str, float]]]:
    """What the sweep adds up for one study, at every smallest volume and least confidence.

    The lesions are found once; of them those are left that are large and sure enough.
    """
    smallest = LesionSettings(threshold=threshold, min_volume_mm3=min(VOLUMES_MM3), min_confidence=min(CONFIDENCES))
    labels, _, lesions = find_lesions(core, whole, case.grid, smallest, confidence=confidence, tightening=tightening)
    sizes = np.bincount(labels.ravel(), minlength=len(lesions) + 1)[1:].tolist()
    known: dict[tuple[bool, ...], dict[str, float]] = {}
    for volume, least in itertools.product(VOLUMES_MM3, CONFIDENCES):
        settings = LesionSettings(threshold, volume, least)
        kept = tuple(
            is_large_enough(voxels, case.grid, settings) and (lesion.confidence or 0) >= least
            for voxels, lesion in zip(sizes, lesions, strict=True)
        )
        if kept not in known:
            left = np.array([0, *np.where(kept, np.cumsum(kept), 0)])[labels]
            known[kept] = {
                "core_dice": dice(left > 0, case.truth["core"]),
                "whole_dice": dice(whole_mask(whole, left > 0, case.grid, settings, tightening), case.truth["whole"]),
                **count_lesions(left, case.truth["core"], case.grid),
            }
        yield settings, known[kept]


if __name__ == "__main__":
    main()
