"""``sgnet align``: the transform, as a file and as numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.data.study import Study
from sgnet.geometry import LPS_TO_RAS, Grid

Call = Callable[..., tuple[int, str, str]]
MOVE = np.array([[1, 0, 0, 6], [0, 1, 0, -9], [0, 0, 1, 5], [0, 0, 0, 1.0]])


@pytest.fixture
def files(head: Callable[..., Study], save: Callable[..., Path], tmp_path: Path) -> tuple[Study, Path, Path]:
    study = head()
    assert study.flair is not None
    moved = Grid(study.flair.grid.shape, MOVE @ study.flair.grid.affine_ijk_to_ras)
    flair = replace(study.flair, grid=moved)
    return study, save(study.t1ce, tmp_path / "t1ce.nii.gz"), save(flair, tmp_path / "flair.nii.gz")


def test_the_transform_brings_flair_back(sgnet: Call, files: tuple[Study, Path, Path], tmp_path: Path) -> None:
    study, t1ce, flair = files
    output = tmp_path / "new" / "flair_to_t1ce.tfm"
    code, out, err = sgnet("align", "--t1ce", str(t1ce), "--flair", str(flair), "--output", str(output), "--json")
    assert code == 0, err
    result = json.loads(out.splitlines()[-1])
    points = study.t1ce.grid.to_ras(np.argwhere(study.t1ce.array > 0)[::500])
    back = np.array(result["flair_to_t1ce_ras"]) @ MOVE
    moved = points @ back[:3, :3].T + back[:3, 3]
    assert np.linalg.norm(moved - points, axis=1).max() < 1.0
    # ITK's direction: from where T1ce shows a point to where FLAIR shows it, in LPS.
    transform = sitk.ReadTransform(str(output))
    expected = LPS_TO_RAS @ np.linalg.inv(np.array(result["flair_to_t1ce_ras"])) @ LPS_TO_RAS
    for point in ((0.0, 0.0, 0.0), (40.0, -30.0, 20.0)):
        np.testing.assert_allclose(transform.TransformPoint(point), (expected @ [*point, 1])[:3], atol=1e-6)


def test_an_unknown_ending_is_refused(sgnet: Call, files: tuple[Study, Path, Path], tmp_path: Path) -> None:
    _study, t1ce, flair = files
    output = tmp_path / "transform.txt2"
    code, _out, err = sgnet("align", "--t1ce", str(t1ce), "--flair", str(flair), "--output", str(output))
    assert code == 2 and "use .tfm or .h5" in err
