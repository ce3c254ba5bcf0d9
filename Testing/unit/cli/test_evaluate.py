from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from .conftest import save

Call = Callable[..., tuple[int, str, str]]


def labels(*starts: int) -> np.ndarray:
    """Cubes of 4 voxels along the first axis, numbered from 1."""
    array = np.zeros((40, 8, 8), np.uint8)
    for number, start in enumerate(starts, start=1):
        array[start : start + 4, 2:6, 2:6] = number
    return array


def case(folder: Path, *starts: int, whole: bool = True) -> Path:
    folder.mkdir(parents=True)
    save(labels(*starts), folder / "lesions.nii.gz")
    if whole:
        save((labels(*starts) > 0).astype(np.uint8), folder / "whole.nii.gz")
    return folder


def test_one_case_that_agrees_scores_one(sgnet: Call, tmp_path: Path) -> None:
    prediction, reference = case(tmp_path / "a", 2, 20), case(tmp_path / "b", 2, 20)
    code, out, err = sgnet("evaluate", "--prediction", str(prediction), "--reference", str(reference))
    assert code == 0, err
    core, whole = out.splitlines()[1:3]
    assert core.split() == ["a", "core", "1.000", "1.000", "1.000", "0.000", "1.000", "2", "2", "0"]
    assert whole.split()[1:3] == ["whole", "1.000"]


def test_label_maps_are_compared_as_cores_only(sgnet: Call, tmp_path: Path) -> None:
    prediction = save(labels(2), tmp_path / "p.nii.gz")
    reference = save(labels(2, 20), tmp_path / "r.nii.gz")
    code, out, err = sgnet("evaluate", "--prediction", str(prediction), "--reference", str(reference), "--json")
    assert code == 0, err
    result = json.loads(out.splitlines()[-1])
    assert set(result["cases"]["p"]) == {"core"}
    assert result["cases"]["p"]["core"]["dice"] == pytest.approx(2 / 3)
    assert result["cases"]["p"]["core"]["sensitivity"] == 0.5


def test_folders_are_paired_by_name_and_written_to_files(sgnet: Call, tmp_path: Path) -> None:
    case(tmp_path / "p" / "one", 2)
    case(tmp_path / "p" / "two")
    case(tmp_path / "p" / "without-reference", 2)
    case(tmp_path / "r" / "one", 2)
    case(tmp_path / "r" / "two", 20, whole=False)
    folders = ("--predictions", str(tmp_path / "p"), "--references", str(tmp_path / "r"))
    code, out, err = sgnet("evaluate", *folders, "--output", str(tmp_path / "scores"))
    assert code == 0, err
    content = json.loads((tmp_path / "scores" / "scores.json").read_text())
    assert list(content["cases"]) == ["one", "two"]
    assert content["summary"]["core"]["scores"]["dice"]["mean"] == 0.5
    assert content["summary"]["whole"]["cases"] == 1
    with (tmp_path / "scores" / "scores.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["case"], row["target"], row["dice"]) for row in rows] == [
        ("one", "core", "1.0"),
        ("one", "whole", "1.0"),
        ("two", "core", "0.0"),
    ]
    assert "core, 2 cases:" in out
    with (tmp_path / "scores" / "lesions.csv").open() as stream:
        lesions = list(csv.DictReader(stream))
    assert [(row["case"], row["target"], row["status"]) for row in lesions] == [
        ("one", "core", "found"),
        ("one", "whole", "found"),
        ("two", "core", "missed"),
    ]
    assert (lesions[0]["volume_ml"], lesions[0]["centroid_r_mm"], lesions[0]["dice"]) == ("0.064", "-3.5", "1.0")
    assert "Evaluation: 2 cases" in (tmp_path / "scores" / "scores.html").read_text(encoding="utf-8")


def test_what_was_given_for_empty_masks_is_said_even_where_none_is_empty(sgnet: Call, tmp_path: Path) -> None:
    prediction, reference = case(tmp_path / "a", whole=False), case(tmp_path / "b", 2, whole=False)
    for other, count in ((reference, 0), (prediction, 1)):
        _, out, _ = sgnet("evaluate", "--prediction", str(other), "--reference", str(reference))
        assert f"predicted empty  core {count}; given: Dice, precision, recall and NSD 0" in out


def test_probability_maps_beside_the_prediction_are_checked_for_their_calibration(sgnet: Call, tmp_path: Path) -> None:
    prediction, reference = case(tmp_path / "a", 2), case(tmp_path / "b", 2)
    call = ("evaluate", "--prediction", str(prediction), "--reference", str(reference))
    assert "Calibration" not in sgnet(*call)[1]
    # Right in all 64 voxels of the lesion, and wrong in the 128 voxels elsewhere.
    probability = np.where(labels(2, 12, 20) > 0, np.float32(0.75), np.float32(0))
    save(probability, prediction / "probability_core.nii.gz")
    code, out, err = sgnet(*call, "--json")
    assert code == 0, err
    result = json.loads(out.splitlines()[-1])["summary"]
    assert "calibration" not in result["whole"]
    found = result["core"]["calibration"]
    assert (found["cases"], found["voxels"], found["left_out_in_reference"]) == (1, 3 * 64, 0)
    assert found["expected_calibration_error"] == pytest.approx(0.75 - 1 / 3)
    assert found["brier_score"] == pytest.approx((0.25**2 + 2 * 0.75**2) / 3)
    for wrong, said in ((probability * 2, "outside [0, 1]"), (probability[:-1], "different grids")):
        save(np.ascontiguousarray(wrong), prediction / "probability_core.nii.gz")
        code, _, err = sgnet(*call)
        assert (code, said in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Nothing to compare"),
        (["--prediction", "p/one"], "Nothing to compare"),
        (["--predictions", "p", "--references", "r"], "no prediction for 'two' (1 of 2 missing)"),
        (["--prediction", "p/one", "--reference", "r/one", "--predictions", "p"], "either one case"),
        (["--prediction", "nowhere", "--reference", "r/one"], "nowhere"),
        (["--prediction", "p", "--reference", "r/one"], "holds no lesions.nii.gz"),
        (["--predictions", "p", "--references", "empty"], "is of no layout that is known"),
        (["--prediction", "p/one", "--reference", "r/larger.nii.gz"], "different grids"),
        (["--prediction", "p/one", "--reference", "r/fraction.nrrd"], "no whole numbers"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    sgnet: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    case(tmp_path / "p" / "one", 2)
    case(tmp_path / "r" / "one", 2)
    case(tmp_path / "r" / "two", 2)
    (tmp_path / "empty").mkdir()
    if "r/larger.nii.gz" in arguments:
        save(np.zeros((41, 8, 8), np.uint8), tmp_path / "r" / "larger.nii.gz")
    if "r/fraction.nrrd" in arguments:
        save(np.full((40, 8, 8), 0.5, np.float32), tmp_path / "r" / "fraction.nrrd")
    code, out, err = sgnet("evaluate", *arguments)
    assert (code, out) == (2, "")
    assert said in err.splitlines()[-1]
