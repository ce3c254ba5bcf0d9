"""How much of the head, and of the labelled tumours, lies where a model's gates are open.

    python benchmarks/gate_coverage.py --output FILE.csv [--model DIR]

A row a labelled real scan (under SGNET_DATA, for evaluation only) and level: the share of the voxels of the
head, of the core and of the whole lesion where at least one channel group is open.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from harness.scans import labelled_scans

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.inference.gate_maps import gate_maps
from sgnet.inference.model import load_model
from sgnet.preprocessing.pipeline import preprocess


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    rows = [["case", "voxel_mm", "head", "core", "whole"]]
    for scan in labelled_scans():
        prepared = preprocess(scan.study, model.preprocess)
        assert prepared.exact is not None, "the development scans are at 1 mm"
        core, whole = (prepared.exact.apply(mask) for mask in (scan.core, scan.whole))
        for one in gate_maps(prepared.image, model, InferenceSettings(), Progress()):
            shares = [(one.openness[mask] > 0).mean() for mask in (prepared.head, core, whole)]
            rows.append([scan.name, f"{one.voxel_mm:g}", *(f"{share:.4f}" for share in shares)])
            print(*rows[-1], flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


if __name__ == "__main__":
    main()
