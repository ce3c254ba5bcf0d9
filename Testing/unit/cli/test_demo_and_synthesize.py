from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.config import SynthesisSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.synthesis.generate import StudyParameters, SyntheticStudy

from .conftest import SHAPE, head

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def small_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads of 48 mm with one lesion: a real study takes seconds, and Testing/unit/synthesis tests those."""

    def generate(seed: int, settings: SynthesisSettings | None = None, anatomy: Path | None = None) -> SyntheticStudy:
        t1ce, flair = (Volume(array, Grid(SHAPE, np.eye(4))) for array in head(seed))
        instances = np.zeros(SHAPE, np.uint8)
        instances[20:28, 20:28, 20:28] = 1
        parameters = StudyParameters.draw(seed, settings or SynthesisSettings(), ("ball",))
        return SyntheticStudy(Study(t1ce, flair), instances, instances > 0, t1ce.array > 0, parameters)

    monkeypatch.setattr("sgnet.synthesis.generate.generate_study", generate)


def test_synthesize_writes_studies_that_differ_and_can_be_repeated(sgnet: Call, tmp_path: Path) -> None:
    code, out, err = sgnet("synthesize", "--output", str(tmp_path / "a"), "--count", "2", "--seed", "3")
    assert code == 0, err
    assert "study-00003 to study-00004" in out
    assert sgnet("synthesize", "--output", str(tmp_path / "b"), "--seed", "4", "--json")[0] == 0
    first, second, again = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / name / "t1ce.nii.gz")))
        for name in ("a/study-00003", "a/study-00004", "b/study-00004")
    )
    assert np.array_equal(second, again)
    assert first.shape != second.shape or not np.array_equal(first, second)
    assert {path.name for path in (tmp_path / "a" / "study-00003").iterdir()} == {
        "t1ce.nii.gz", "flair.nii.gz", "lesions.nii.gz", "whole.nii.gz", "synthesis.json",
    }  # fmt: skip
    assert json.loads((tmp_path / "a" / "study-00003" / "synthesis.json").read_text())["parameters"]["seed"] == 3


def test_demo_leaves_study_truth_and_results_and_compares_them(
    sgnet: Call, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sgnet.inference.model.SHIPPED", model_folder)
    monkeypatch.chdir(tmp_path)
    code, out, err = sgnet("demo")
    assert code == 0, err
    names = {path.name for path in (tmp_path / "sgnet-demo").iterdir()}
    assert names == {
        "lesions.nii.gz", "core.nii.gz", "whole.nii.gz", "lesions.csv", "lesions.json", "overview.png",
        "t1ce.nii.gz", "flair.nii.gz", "truth_lesions.nii.gz", "truth_whole.nii.gz", "synthesis.json",
    }  # fmt: skip
    assert "Found " in out.split("Against the truth:")[1]
    assert str(tmp_path / "sgnet-demo") in out
