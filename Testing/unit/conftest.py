"""Data sets of a few tiny cases in every layout that can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

SHAPE = (48, 48, 48)
T2_SHAPE, T2_SPACING_MM = (80, 80, 24), (0.4, 0.4, 1.5)


def _write(array: NDArray[np.generic], path: Path, spacing_mm: tuple[float, float, float] = (1, 1, 1)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing(spacing_mm)
    sitk.WriteImage(image, str(path))


class Head:
    """One ball-shaped head of 42 mm with a lesion of 8 mm and its oedema, 1 mm; ``seed`` is the patient."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        tissue = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 2.5) > 0
        i, j, k = np.indices(SHAPE) - 23.5
        ball = i**2 + j**2 + k**2 < 21**2
        centre = rng.uniform(-7, 7, 3)
        radius = np.sqrt((i - centre[0]) ** 2 + (j - centre[1]) ** 2 + (k - centre[2]) ** 2)
        self.necrosis, self.core, self.whole = radius < 2, radius < 4, radius < 6
        t1ce = np.where(tissue, 400, 250) + 10 * rng.standard_normal(SHAPE)
        flair = np.where(tissue, 180, 300) + 10 * rng.standard_normal(SHAPE)
        t1ce[self.core] = 700
        flair[self.whole] = 450
        self.t1ce = np.where(ball, t1ce, 0).astype(np.float32)
        self.flair = np.where(ball, flair, 0).astype(np.float32)

    @property
    def seg(self) -> NDArray[np.uint8]:
        """BraTS numbering, with a resection cavity (4) in a corner of the head."""
        seg = np.select([self.necrosis, self.core, self.whole], [1, 3, 2], 0).astype(np.uint8)
        seg[5:8, 22:25, 22:25] = 4
        return seg


def _lung_mets(folder: Path) -> None:
    for number, masks in enumerate((("core", "whole"), ("core",), ("whole",))):
        head, name = Head(number), f"YG_{number:03d}"
        _write(head.t1ce, folder / name / f"{name}_t1ce_img.nii.gz")
        # On a grid of its own, as in the data set.
        _write(head.flair[:, :, ::2], folder / name / f"{name}_flair_img.nii.gz", (1, 1, 2))
        for mask in masks:
            _write(getattr(head, mask).astype(np.uint8), folder / name / f"{name}_{mask}_seg.nii.gz")


def _brats_mets(folder: Path) -> None:
    for number, name in enumerate(("BraTS-MET-00002-000", "BraTS-MET-00002-001", "BraTS-MET-00003-000")):
        head = Head(number)
        for mark, array in (("t1c", head.t1ce), ("t2f", head.flair), ("t2w", head.flair), ("seg", head.seg)):
            _write(array, folder / name / f"{name}-{mark}.nii.gz")


def _nnunet(folder: Path) -> None:
    for number in range(2):
        head, name = Head(number), f"MET_{number:03d}"
        for channel, array in enumerate((head.t1ce / 2, head.flair, head.t1ce)):
            _write(array, folder / "imagesTr" / f"{name}_{channel:04d}.nii.gz")
        _write(head.seg, folder / "labelsTr" / f"{name}.nii.gz")
    labels = {"background": 0, "necrosis": 1, "oedema": 2, "enhancing tumour": 3, "resection cavity": 4}
    content = {
        "channel_names": {"0": "T1", "1": "FLAIR", "2": "T1ce"},
        "labels": labels,
        "numTraining": 2,
        "file_ending": ".nii.gz",
    }
    (folder / "dataset.json").write_text(json.dumps(content))


def _datalist(folder: Path) -> None:
    entries = []
    for number in range(2):
        head, name = Head(number), f"visit{number}"
        _write(head.t1ce, folder / "images" / f"{name}_t1c.nii.gz")
        _write(head.flair, folder / "images" / f"{name}_flair.nii.gz")
        _write(head.core.astype(np.uint8), folder / "labels" / f"{name}.nii.gz")
        images = [f"images/{name}_t1c.nii.gz", f"images/{name}_flair.nii.gz"]
        entries.append({"image": images, "label": f"labels/{name}.nii.gz", "fold": number})
    (folder / "datalist.json").write_text(json.dumps({"training": entries, "testing": []}))


def _vs_seg(folder: Path) -> None:
    for number in (1, 2):
        rng = np.random.default_rng(number)
        i, j, k = (axis * spacing for axis, spacing in zip(np.indices(T2_SHAPE), T2_SPACING_MM, strict=True))
        tumour = (i - 16) ** 2 + (j - 16) ** 2 + (k - 18) ** 2 < (4 + number) ** 2
        t2 = 300 + 60 * ndimage.gaussian_filter(rng.standard_normal(T2_SHAPE), 3) + 20 * rng.standard_normal(T2_SHAPE)
        case = folder / f"vs_gk_{number}"
        _write((t2 + 150 * tumour).astype(np.float32), case / "vs_gk_t2_refT2.nii.gz", T2_SPACING_MM)
        _write(tumour.astype(np.uint8), case / "vs_gk_seg_refT2.nii.gz", T2_SPACING_MM)
        _write(t2.astype(np.float32), case / "vs_gk_t1_refT1.nii.gz", T2_SPACING_MM)


def _own(folder: Path) -> None:
    for number in range(2):
        head, case = Head(number), folder / f"study-{number:05d}"
        for name, array in (("t1ce", head.t1ce), ("flair", head.flair), ("lesions", head.core), ("whole", head.whole)):
            _write(array.astype(np.float32 if array.dtype.kind == "f" else np.uint8), case / f"{name}.nii.gz")


MAKERS: dict[str, Callable[[Path], None]] = {
    "lung-mets": _lung_mets, "brats-mets": _brats_mets, "nnunet": _nnunet, "datalist": _datalist, "vs-seg": _vs_seg,
    "sgnet": _own,
}  # fmt: skip


@pytest.fixture(scope="session")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny data set of the layout of that name; made once, not to be changed."""
    made: dict[str, Path] = {}

    def folder(layout: str) -> Path:
        if layout not in made:
            made[layout] = tmp_path_factory.mktemp(layout)
            MAKERS[layout](made[layout])
        return made[layout]

    return folder
