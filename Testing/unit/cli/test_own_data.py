"""Each layout trains for two steps and is evaluated, through the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sgnet.data.layouts.registry import read_cases

Call = Callable[..., tuple[int, str, str]]
DataSet = Callable[[str], Path]

TINY = ("--steps", "2", "--patch", "16,16,8", "--channels", "4,4,8,8", "--workers", "0", "--device", "cpu", "--json")


def train(sgnet: Call, data: Path, output: Path, *options: str) -> dict[str, object]:
    code, out, error = sgnet("train", "--data", str(data), "--output", str(output), *TINY, *options)
    assert code == 0, error
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("layout", ["lung-mets", "brats-mets", "nnunet", "datalist", "vs-seg", "sgnet"])
def test_layout_trains_for_two_steps_and_evaluates(sgnet: Call, data_set: DataSet, tmp_path: Path, layout: str) -> None:
    task = ("--task", "schwannoma") if layout == "vs-seg" else ()
    train(sgnet, data_set(layout), tmp_path / "run", *task)
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    cases = read_cases(data_set(layout))
    assert run["data"]["cases"] == len(cases) == len(list((tmp_path / "run" / "cache").glob("*.npz")))

    # Weights after two steps are all but random: a high threshold keeps the scoring short.
    model = (
        "--model",
        str(tmp_path / "run" / "model"),
        "--window",
        "48,48,48",
        "--device",
        "cpu",
        "--threshold",
        "0.6",
    )
    code, out, error = sgnet("evaluate", "--references", str(data_set(layout)), *model, "--json")
    assert code == 0, error
    result = json.loads(out.splitlines()[-1])
    scored = {name: set(targets) for name, targets in result["cases"].items()}
    assert scored == {case.name: set(case.labels) for case in cases}
    assert "calibration" in result["summary"]["core"]


def test_split_of_the_run_chooses_what_is_evaluated_and_every_patient_stays_in_one_part(
    sgnet: Call, data_set: DataSet, tmp_path: Path
) -> None:
    split = tmp_path / "split.json"
    names = [case.name for case in read_cases(data_set("brats-mets"))]
    split.write_text(json.dumps({"training": names[:2], "test": names[2:]}))
    train(sgnet, data_set("brats-mets"), tmp_path / "run", "--split", str(split))
    assert len(list((tmp_path / "run" / "cache").glob("*.npz"))) == 2
    references = ("--references", str(data_set("brats-mets")), "--split", str(tmp_path / "run" / "split.json"))
    model = ("--model", str(tmp_path / "run" / "model"), "--window", "48,48,48", "--device", "cpu")
    code, out, error = sgnet("evaluate", *references, *model, "--json")
    assert code == 0, error
    assert list(json.loads(out.splitlines()[-1])["cases"]) == names[2:]


def test_split_that_divides_a_patient_is_refused(sgnet: Call, data_set: DataSet, tmp_path: Path) -> None:
    split = tmp_path / "split.json"
    names = [case.name for case in read_cases(data_set("brats-mets"))]
    split.write_text(json.dumps({"training": names[:1], "test": names[1:]}))
    code, _, error = sgnet(
        *("train", "--data", str(data_set("brats-mets")), "--output", str(tmp_path / "run"), "--split", str(split))
    )
    assert code == 2
    assert "of one patient (BraTS-MET-00002)" in error
    assert not (tmp_path / "run").exists()


def test_predictions_are_scored_against_a_data_set_by_case_name(sgnet: Call, data_set: DataSet, tmp_path: Path) -> None:
    """The reference itself as the prediction: whatever the layout calls its labels, all agree."""
    for case in read_cases(data_set("nnunet")):
        folder = tmp_path / "results" / case.name
        folder.mkdir(parents=True)
        own = data_set("sgnet") / f"study-{int(case.name[-3:]):05d}"
        for name in ("lesions.nii.gz", "whole.nii.gz"):
            shutil.copy(own / name, folder / name)
    arguments = ("--predictions", str(tmp_path / "results"), "--references", str(data_set("nnunet")))
    code, out, error = sgnet("evaluate", *arguments, "--json")
    assert code == 0, error
    for targets in json.loads(out.splitlines()[-1])["cases"].values():
        assert {target: scores["dice"] for target, scores in targets.items()} == {"core": 1.0, "whole": 1.0}


def test_cache_is_used_again_and_made_anew_when_a_file_changes(sgnet: Call, data_set: DataSet, tmp_path: Path) -> None:
    folder = shutil.copytree(data_set("datalist"), tmp_path / "set")
    cache = tmp_path / "cache"
    train(sgnet, folder, tmp_path / "one", "--cache", str(cache))
    first = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
    train(sgnet, folder, tmp_path / "two", "--cache", str(cache))
    assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == first
    label = next((folder / "labels").iterdir())
    label.touch()
    train(sgnet, folder, tmp_path / "three", "--cache", str(cache))
    assert len({path.name for path in cache.iterdir()} - set(first)) == 1


@pytest.mark.parametrize(
    ("layout", "options", "said"),
    [
        ("vs-seg", (), "has no t1ce"),
        ("brats-mets", ("--task", "schwannoma", "--layout", "nnunet"), "no case of the layout nnunet"),
        ("brats-mets", ("--split", "nowhere.json"), "nowhere.json cannot be read"),
        ("brats-mets", ("--split", "kfold"), "from 3 to the number of patients (2)"),
    ],
)
def test_data_that_cannot_be_trained_on_is_one_sentence(
    sgnet: Call, data_set: DataSet, tmp_path: Path, layout: str, options: tuple[str, ...], said: str
) -> None:
    code, out, error = sgnet(*("train", "--data", str(data_set(layout)), "--output", str(tmp_path / "run"), *options))
    assert (code, out) == (2, "")
    assert said in error.splitlines()[-1] and "Traceback" not in error


def test_folder_of_a_run_on_other_data_is_refused(sgnet: Call, data_set: DataSet, tmp_path: Path) -> None:
    train(sgnet, data_set("sgnet"), tmp_path / "run")
    code, _, error = sgnet("train", "--data", str(data_set("nnunet")), "--output", str(tmp_path / "run"), *TINY)
    assert code == 2
    assert "on other studies" in error


def test_model_of_another_task_is_refused_by_segment(
    sgnet: Call, data_set: DataSet, tmp_path: Path, volumes: dict[str, Path]
) -> None:
    train(sgnet, data_set("vs-seg"), tmp_path / "run", "--task", "schwannoma")
    images = ("--t1ce", str(volumes["t1ce"]), "--flair", str(volumes["flair"]), "--output", str(tmp_path / "out"))
    code, _, error = sgnet("segment", *images, "--model", str(tmp_path / "run" / "model"))
    assert code == 2
    assert "is a model of the task schwannoma" in error.splitlines()[-1]
