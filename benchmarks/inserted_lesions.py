"""Small synthetic lesions in the lesion-free parts of the real development scans: real vessels and noise, known truth.

    python benchmarks/inserted_lesions.py --output OUT [--model DIR] [--repeats 3] [--operating-point NAME]

Lesions of 2 to 10 mm are drawn into brain tissue at least 10 mm from anything the experts marked, blurred like the
scan and added to it. Reported: sensitivity by diameter, the false lesions besides those of the plain scan's own
tumour, and by volume how right the outlines of the lesions found are. The scans lie under SGNET_DATA (default
../shared/data); they are for evaluation only.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from harness.outlines import Outline, by_size, outlines_of
from harness.points import add_point_option, point_settings
from harness.scans import labelled_scans
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import InferenceSettings
from sgnet.evaluation.detection import DIAMETER_BINS_MM, diameter_bin
from sgnet.events import Progress
from sgnet.inference.model import load_model
from sgnet.inference.probabilities import calibrated_probabilities
from sgnet.lesions.find import find_lesions
from sgnet.lesions.lesion import sphere_diameter_mm
from sgnet.preprocessing.pipeline import Preprocessed, preprocess
from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.fields import blur
from sgnet.synthesis.lesion import SyntheticLesion
from sgnet.synthesis.tissue import Tissue

LESIONS = 14
CLEAR_MM = 10
BLUR_MM = 0.7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    add_point_option(parser)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    settings = point_settings(arguments, model)
    fitted = {"confidence": model.confidence, "tightening": model.tightening}
    counts = {name: [0, 0] for name in DIAMETER_BINS_MM}
    false, scans = 0, 0
    outlines: list[Outline] = []
    for scan in labelled_scans():
        prepared = preprocess(scan.study, model.preprocess)
        assert prepared.exact is not None, "the development scans are at 1 mm"
        marked = prepared.exact.apply(scan.whole)
        for repeat in range(arguments.repeats):
            image, instances, diameters = insert(prepared, marked, seed=repeat)
            answer = calibrated_probabilities(image, model, InferenceSettings(), Progress())
            core, whole = prepared.in_head(answer)
            labels, _, _ = find_lesions(core, whole, prepared.grid, settings, **fitted)
            for number, diameter in enumerate(diameters, start=1):
                found = bool((labels[instances == number] > 0).any())
                counts[diameter_bin(diameter)][0] += found
                counts[diameter_bin(diameter)][1] += 1
            outlines += outlines_of(labels, instances > 0, prepared.grid)
            right = np.unique(labels[(instances > 0) | marked])
            false += len(np.setdiff1d(np.unique(labels), [0, *right]))
            scans += 1
            print(scan.name, repeat, len(diameters), "inserted", counts, "false so far", false, flush=True)
    arguments.output.mkdir(parents=True, exist_ok=True)
    with (arguments.output / "inserted_lesions.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["diameter", "found", "inserted"])
        writer.writerows([name, *count] for name, count in counts.items() if count[1])
        writer.writerow(["false lesions a scan", round(false / scans, 2), scans])
    with (arguments.output / "outlines.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["true volume", "found", "median volume ratio", "mean dice"])
        writer.writerows([name, *band.values()] for name, band in by_size(outlines).items())


def insert(
    prepared: Preprocessed, marked: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8], list[float]]:
    """The network's input with lesions in it, where they are (0, 1..n), and their diameters in mm (of equal volume)."""
    rng = np.random.default_rng([seed, 77])
    image = prepared.image.copy()
    brain = prepared.image[0] > 0
    depth = ndimage.distance_transform_edt(brain)
    t1ce_level, flair_level = (float(np.median(channel[brain & (depth > 8)])) for channel in prepared.image)
    smooth = blur(prepared.image[0], 1.5)
    tissue = brain & (depth > 4) & (np.abs(smooth / t1ce_level - 1) < 0.3)
    tissue &= ndimage.distance_transform_edt(~marked) > CLEAR_MM
    classes = np.where(tissue, Tissue.WHITE_MATTER, Tissue.CSF).astype(np.uint8)
    anatomy = Anatomy("real", classes, np.clip(np.where(brain, -depth, 5), -100, 100).astype(np.int8))
    # In units of white matter, as the generator paints; the change is blurred like a scan and brought back.
    before = [prepared.image[0] / t1ce_level, prepared.image[1] / flair_level]
    after = [before[0].copy(), before[1].copy()]
    instances, whole = np.zeros(brain.shape, np.uint8), np.zeros(brain.shape, bool)
    places = np.argwhere(tissue)
    number = 0
    for diameter in sorted(np.exp(rng.uniform(np.log(2), np.log(10), LESIONS)), reverse=True):
        lesion = SyntheticLesion.draw(rng, float(diameter)).visible(1.0)
        for _ in range(10):
            i, j, k = (int(n) for n in rng.choice(places))
            if lesion.paint((after[0], after[1]), instances, whole, anatomy, (i, j, k), number + 1):
                number += 1
                break
    for channel, level in enumerate((t1ce_level, flair_level)):
        change = blur((after[channel] - before[channel]).astype(np.float32), BLUR_MM) * level
        image[channel] = np.where(brain, np.clip(image[channel] + change, 0, 1), 0)
    voxels = np.bincount(instances.ravel(), minlength=number + 1)[1:]
    return image, instances, [sphere_diameter_mm(int(count) / 1000) for count in voxels]


if __name__ == "__main__":
    main()
