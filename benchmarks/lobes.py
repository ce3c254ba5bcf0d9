"""How often the rough lobe is right, on label maps whose cerebellum, brainstem, deep grey and hippocampus are known.

    python benchmarks/lobes.py --anatomy LABEL_MAPS --output benchmarks/results/lobes.csv

Each map is drawn as a plain T1 (a value a tissue, noise), with its skull and without; the lobes named at every 200th
voxel of a structure are compared with where that structure lies. Label maps have no lobes of the cerebrum: whether
frontal is told from parietal cannot be measured here, only that the cerebrum is called so.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import Grid
from sgnet.lesions.atlas_pose import find_atlas_pose
from sgnet.synthesis.anatomy import find_anatomies

STRUCTURES = {
    "cerebellum": ((7, 8, 46, 47), {"cerebellum"}),
    "brainstem": ((16,), {"brainstem"}),
    "deep grey": ((10, 11, 12, 13, 49, 50, 51, 52), {"deep"}),
    "hippocampus and amygdala": ((17, 18, 53, 54), {"temporal"}),
    "cerebrum": ((2, 3, 41, 42), {"frontal", "parietal", "temporal", "occipital", "deep"}),
}
T1 = {
    0.8: (2, 41, 7, 46, 16, 28, 60),
    0.5: (3, 42, 8, 47, 17, 18, 53, 54),
    0.6: (10, 11, 12, 13, 26, 49, 50, 51, 52, 58),
    0.12: (4, 43, 5, 44, 14, 15, 24),
}
STRIDE = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anatomy", type=Path, required=True, help="folder of label maps")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    rows = []
    for path in find_anatomies(arguments.anatomy):
        labels, first = read(path)
        for skull in (False, True):
            rows.append({"map": path.name.split(".")[0], "skull": skull, **judge(labels, first, skull)})
            print(rows[-1], flush=True)
    with arguments.output.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for skull in (False, True):
        for name in STRUCTURES:
            for kind in ("named", "named or shared"):
                values = [row[f"{name}, {kind}"] for row in rows if row["skull"] == skull and row["found"]]
                print(f"skull {skull!s:5}  {name:26} {kind:16} {np.mean(values):.3f}, lowest {np.min(values):.3f}")


def read(path: Path) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "RAS")
    left, posterior, superior = image.TransformIndexToPhysicalPoint((0, 0, 0))
    labels = np.rint(sitk.GetArrayFromImage(image)).astype(int).transpose(2, 1, 0)
    return labels, np.array([-left, -posterior, superior])


def judge(labels: NDArray[np.int_], first: NDArray[np.float64], skull: bool) -> dict[str, float]:
    rng = np.random.default_rng(0)
    image = np.zeros(labels.shape, np.float32)
    for value, numbers in T1.items():
        image[np.isin(labels, numbers)] = value
    if skull:
        image[labels > 500] = 0.4
        image[labels == 515] = 0.15
        image[np.isin(labels, (511, 516))] = 0.8
    image += rng.normal(0, 0.03, image.shape).astype(np.float32) * (image > 0)
    box = ndimage.find_objects((image > 0).astype(np.uint8))[0]
    affine = np.eye(4)
    affine[:3, 3] = first + [part.start for part in box]
    began = time.process_time()
    pose = find_atlas_pose(image[box], Grid(image[box].shape, affine))
    row = {"found": pose is not None, "agreement": pose.agreement if pose else 0, "cpu_s": time.process_time() - began}
    row = {name: round(float(value), 3) if name != "found" else value for name, value in row.items()}
    for name, (numbers, right) in STRUCTURES.items():
        points = np.argwhere(np.isin(labels[box], numbers))[::STRIDE] + affine[:3, 3]
        lobes = [set(pose.lobe(point).split("/")) for point in points] if pose else []
        row[f"{name}, named"] = round(float(np.mean([lobe <= right for lobe in lobes] or [0])), 3)
        row[f"{name}, named or shared"] = round(float(np.mean([bool(lobe & right) for lobe in lobes] or [0])), 3)
    return row


if __name__ == "__main__":
    main()
