"""The trained networks of a benchmark at every threshold, so that none is judged where it happens to be unsure.

    python benchmarks/froc.py --runs RUNS/gates --output OUT [--against none] [--count 40] [--networks none soft ...]

RUNS/gates is the folder that gates.py or seed1.py wrote; every network of every seed that is trained there sees the
first test studies of that folder. Writes froc.csv (a row a network, seed and threshold) and prints, for each network,
means over seeds: the share of lesions found at --false false lesions a study (between two thresholds, linearly),
and the best mean core Dice, with its threshold and its difference to --against, paired over the studies.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from harness.counting import count_lesions, dice
from numpy.typing import NDArray

from sgnet.cli.cases import reference_masks
from sgnet.config import InferenceSettings
from sgnet.data.layouts.case import Case
from sgnet.data.layouts.registry import read_cases
from sgnet.data.load import load_study
from sgnet.evaluation.paired import bootstrap_mean_interval
from sgnet.events import Progress
from sgnet.geometry import Grid
from sgnet.inference.model import Model, load_model
from sgnet.inference.predict import predict
from sgnet.lesions.components import label_components
from sgnet.preprocessing.pipeline import preprocess, restore

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SMALLEST_MM3 = 10.0

Point = dict[str, float]
Curve = dict[float, list[Point]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--against", default="none")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--networks", nargs="+", help="of those that are trained there; all by default")
    parser.add_argument("--false", type=float, default=1.0, help="false lesions a study; 1 is the shipped model's aim")
    arguments = parser.parse_args()
    models = trained_models(arguments.runs, arguments.networks)
    curves: dict[tuple[str, int], Curve] = {key: {threshold: [] for threshold in THRESHOLDS} for key in models}
    for case in read_cases(arguments.runs / "studies" / "test")[: arguments.count]:
        print(case.name, flush=True)
        for key, points in sweep(case, models).items():
            for threshold, point in points.items():
                curves[key][threshold].append(point)
    arguments.output.mkdir(parents=True, exist_ok=True)
    write(curves, arguments.output / "froc.csv")
    print(table(curves, arguments.against, arguments.false))


def trained_models(runs: Path, networks: list[str] | None = None) -> dict[tuple[str, int], Model]:
    """Each network and seed whose training has ended."""
    return {
        (done.parents[1].name, int(done.parent.name.removeprefix("seed-"))): load_model(done.parent / "model")
        for done in sorted((runs / "runs").glob("*/seed-*/done.json"))
        if networks is None or done.parents[1].name in networks
    }


def sweep(case: Case, models: Mapping[tuple[str, int], Model]) -> dict[tuple[str, int], dict[float, Point]]:
    """What each model finds in one study at each threshold."""
    study = load_study(case.images["t1ce"], case.images.get("flair"), Progress())
    true_core = reference_masks(case)["core"].array.astype(bool)
    prepared = {one: preprocess(study, one) for one in {model.preprocess for model in models.values()}}
    found = {}
    for key, model in models.items():
        seen = prepared[model.preprocess]
        answer = predict(seen.image, model.network, InferenceSettings(device="cpu"), Progress())[0]
        core = restore(seen.in_head(answer), seen)
        found[key] = {threshold: score(core >= threshold, true_core, seen.native_grid) for threshold in THRESHOLDS}
    return found


def score(core: NDArray[np.bool_], true_core: NDArray[np.bool_], grid: Grid) -> Point:
    """Dice, and the lesions that :func:`harness.counting.count_lesions` counts."""
    labels = large_components(core, SMALLEST_MM3 / grid.voxel_volume_mm3)
    return {"dice": dice(labels > 0, true_core), **count_lesions(labels, true_core, grid)}


def large_components(mask: NDArray[np.bool_], voxels: float) -> NDArray[np.int32]:
    """The components of at least ``voxels``, numbered 1..n."""
    labels, count = label_components(mask)
    large = np.bincount(labels.ravel(), minlength=count + 1) >= voxels
    large[0] = False
    return (np.cumsum(large, dtype=np.int32) * large)[labels]


def totals(points: list[Point]) -> tuple[float, float, float]:
    """Lesions found, reference lesions, false lesions a study."""
    found, reference = (
        sum(value for one in points for key, value in one.items() if key.startswith(start))
        for start in ("found", "reference")
    )
    return found, reference, statistics.fmean(one["false"] for one in points)


def write(curves: Mapping[tuple[str, int], Curve], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["network", "seed", "threshold", "found", "reference", "false_a_study", "core_dice"])
        for (network, seed), curve in curves.items():
            for threshold, points in curve.items():
                found, reference, false = totals(points)
                mean = statistics.fmean(one["dice"] for one in points)
                writer.writerow([network, seed, threshold, int(found), int(reference), round(false, 3), round(mean, 4)])


def best_dice(curve: Curve) -> tuple[float, list[float]]:
    """The threshold of the highest mean Dice, and the Dice of every study there."""
    threshold = max(curve, key=lambda one: statistics.fmean(point["dice"] for point in curve[one]))
    return threshold, [point["dice"] for point in curve[threshold]]


def found_at(curve: Curve, false: float) -> float:
    """The share of lesions found at ``false`` false ones a study, on the straight line between two thresholds.

    Without any lesion there is none false; beyond the lowest threshold the share stays.
    """
    counted = sorted((totals(points) for points in curve.values()), key=lambda one: one[2])
    return float(np.interp(false, [0.0, *(one[2] for one in counted)], [0.0, *(one[0] / one[1] for one in counted)]))


def table(curves: Mapping[tuple[str, int], Curve], against: str, false: float) -> str:
    """A row a network, means over its seeds; the difference is of the studies' Dice, seeds averaged first."""
    networks = dict.fromkeys(network for network, _ in curves)
    of = {name: [curve for (network, _), curve in curves.items() if network == name] for name in networks}
    cases = {name: np.mean([best_dice(curve)[1] for curve in of[name]], axis=0) for name in networks}
    lines = [
        f"| Network | Seeds | Found at {false:g} false a study | Best core Dice | at threshold | against `{against}` |",
        "|---|---|---|---|---|---|",
    ]
    for name, own in of.items():
        shares = [found_at(curve, false) for curve in own]
        thresholds = ", ".join(f"{best_dice(curve)[0]:g}" for curve in own)
        row = [f"`{name}`", str(len(own)), spread(shares), spread([statistics.fmean(best_dice(c)[1]) for c in own])]
        lines.append("| " + " | ".join([*row, thresholds, difference(cases, name, against)]) + " |")
    return "\n".join(lines)


def spread(values: list[float]) -> str:
    mean = f"{statistics.fmean(values):.3f}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.3f}"


def difference(cases: Mapping[str, NDArray[np.float64]], name: str, against: str) -> str:
    if name == against or against not in cases:
        return ""
    differences = cases[name] - cases[against]
    interval = bootstrap_mean_interval(differences)
    between = "" if interval is None else f" [{interval[0]:+.3f}, {interval[1]:+.3f}]"
    return f"{differences.mean():+.3f}{between}"


if __name__ == "__main__":
    main()
