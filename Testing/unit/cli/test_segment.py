from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet import RESEARCH_USE_ONLY
from sgnet.config import LesionSettings
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.lesions.rethreshold import find_again, in_order, measure_again

Call = Callable[..., tuple[int, str, str]]

FILES = {"lesions.nii.gz", "core.nii.gz", "whole.nii.gz", "lesions.csv", "lesions.json", "overview.png"}
PROBABILITIES = {"probability_core.nii.gz", "probability_whole.nii.gz"}
PHASES = [
    "reading volumes", "aligning FLAIR", "loading model", "preprocessing", "segmenting", "measuring lesions",
    "writing results",
]  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_writes_the_documented_files_and_nothing_else(sgnet: Call, arguments: list[str], tmp_path: Path) -> None:
    code, out, err = sgnet(*arguments)
    assert code == 0, err
    assert names(tmp_path / "out") == FILES
    assert "lesion" in out.lower()
    assert RESEARCH_USE_ONLY in out
    assert [line.removesuffix(" ...") for line in err.splitlines() if line.endswith(" ...")] == PHASES


def test_results_lie_on_the_t1ce_grid(
    sgnet: Call, arguments: list[str], volumes: dict[str, Path], tmp_path: Path
) -> None:
    image = sitk.ReadImage(str(volumes["t1ce"]))
    image.SetSpacing((1.0, 1.1, 1.2))
    image.SetOrigin((-10.0, 20.0, 30.0))
    image.SetDirection((-1, 0, 0, 0, 0, 1, 0, 1, 0))
    for path in volumes.values():
        moved = sitk.ReadImage(str(path))
        moved.CopyInformation(image)
        sitk.WriteImage(moved, str(path))
    code, _, err = sgnet(*arguments, "--save-probabilities")
    assert code == 0, err
    wanted = sitk.ReadImage(str(volumes["t1ce"]))
    for name in ("lesions.nii.gz", "core.nii.gz", "whole.nii.gz", *PROBABILITIES):
        result = sitk.ReadImage(str(tmp_path / "out" / name))
        assert result.GetSize() == wanted.GetSize()
        for got, expected in (
            (result.GetSpacing(), wanted.GetSpacing()),
            (result.GetOrigin(), wanted.GetOrigin()),
            (result.GetDirection(), wanted.GetDirection()),
        ):
            assert got == pytest.approx(expected, abs=1e-5)


def test_a_t1ce_alone_is_segmented_and_the_result_says_so(sgnet: Call, arguments: list[str], tmp_path: Path) -> None:
    at = arguments.index("--flair")
    code, _, err = sgnet(*arguments[:at], *arguments[at + 2 :])
    assert code == 0, err
    assert names(tmp_path / "out") == FILES
    assert "No FLAIR was given" in err
    written = json.loads((tmp_path / "out" / "lesions.json").read_text())
    assert written["provenance"]["input"]["flair"] is None
    assert any("No FLAIR" in note for note in written["provenance"]["notes"])


def test_keeps_strangers_files_and_clears_its_own_stale_ones(sgnet: Call, arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert sgnet(*arguments, "--save-probabilities")[0] == 0
    assert names(out) == FILES | PROBABILITIES
    (out / "notes.txt").write_text("mine")
    (out / "lesions.csv").write_text("old")
    assert sgnet(*arguments)[0] == 0
    assert names(out) == FILES | {"notes.txt"}
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "lesions.csv").read_text() != "old"


def test_settings_reach_the_result(sgnet: Call, arguments: list[str], tmp_path: Path) -> None:
    code, _, err = sgnet(
        *arguments, "--threshold", "0.3", "--min-volume-mm3", "7", "--min-confidence", "0.35", "--overlap", "0.5"
    )
    assert code == 0, err
    settings = json.loads((tmp_path / "out" / "lesions.json").read_text())["provenance"]["settings"]
    assert settings["lesions"] == {
        "threshold": 0.3, "min_volume_mm3": 7.0, "min_confidence": 0.35, "split_touching": False,
    }  # fmt: skip
    assert settings["inference"]["overlap"] == 0.5
    assert settings["inference"]["window"] == [48, 48, 32]


def test_json_lines_follow_the_protocol(sgnet: Call, arguments: list[str], tmp_path: Path) -> None:
    code, out, err = sgnet(
        *arguments, "--json", "--threshold", "0.01", "--min-volume-mm3", "0", "--min-confidence", "0"
    )
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    assert events[0]["event"] == "start"
    assert set(events[0]) == {"event", "version", "pid", "research_use_only"}
    assert [event["name"] for event in events if event["event"] == "phase"] == PHASES
    steps = [(event["done"], event["total"]) for event in events if event["event"] == "step"]
    assert steps, "the segmentation reported no step"
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    result = events[-1]
    assert result["event"] == "result"
    assert result["output"] == str(tmp_path / "out")
    assert set(result["files"]) == FILES
    assert result["lesions"] == json.loads((tmp_path / "out" / "lesions.json").read_text())["lesions"]
    assert result["lesions"], "a threshold of 0.01 on an untrained network marks something"


def test_a_folder_that_is_no_model_exits_with_3(sgnet: Call, arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    arguments[arguments.index("--model") + 1] = str(tmp_path / "empty")
    code, _, err = sgnet(*arguments)
    assert code == 3
    assert "empty" in err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_an_operating_point_sets_the_thresholds_and_is_named_in_the_result(
    sgnet: Call, arguments: list[str], model_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(model_folder, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    point = {"threshold": 0.3, "min_volume_mm3": 20, "expected": {"somewhere": 2}}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"operating_points": {"sensitive": point}}))
    chosen = [*arguments, "--model", str(tmp_path / "model"), "--operating-point", "sensitive"]
    code, _, err = sgnet(*chosen)
    assert code == 0, err
    provenance = json.loads((tmp_path / "out" / "lesions.json").read_text())["provenance"]
    assert provenance["settings"]["lesions"]["threshold"] == 0.3
    assert provenance["operating_point"] == {"name": "sensitive", "expected": {"somewhere": 2}}
    for option, value in (("--threshold", "0.3"), ("--min-volume-mm3", "20"), ("--min-confidence", "0")):
        code, _, err = sgnet(*chosen, option, value)
        assert code == 2 and f"--operating-point and {option} contradict each other" in err
    code, _, err = sgnet(*chosen[:-1], "lucky")
    assert code == 2 and "no operating point 'lucky'" in err


def test_kept_map_gives_the_lesions_of_a_run_at_another_threshold(
    sgnet: Call, arguments: list[str], model_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(model_folder, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    weights = {"intercept": 0.2, "peak": 1.1, "volume": 0.5, "flatness": 1.0}
    tight = {"rate": 0.3, "from_peak": 0.5}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"confidence": weights, "tightening": tight}))
    arguments = [*arguments, "--model", str(tmp_path / "model")]
    assert sgnet(*arguments, "--save-map", "--threshold", "0.6")[0] == 0
    kept = ProbabilityMap.load(tmp_path / "out" / "probability_map.npz")
    assert (kept.confidence.to_dict(), kept.tightening.to_dict()) == (weights, tight)
    other = ["--threshold", "0.3", "--min-volume-mm3", "8", "--min-confidence", "0.31"]
    assert sgnet(*arguments, *other)[0] == 0
    assert not (tmp_path / "out" / "probability_map.npz").exists(), "a map of other lesions was left"
    expected = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / "lesions.nii.gz"))).T
    steps = find_again(kept, LesionSettings(threshold=0.3, min_volume_mm3=8, min_confidence=0.31))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found = end.value
            break
    labels = np.zeros_like(expected)
    for body, lesion in in_order([(body, measure_again(kept, body.placed)) for body in found.lesions]):
        labels[body.placed.box][body.placed.mask] = lesion.number
    assert expected.max() >= 1
    np.testing.assert_array_equal(labels, expected)
