"""``sgnet batch``: several studies, one of them broken."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import SimpleITK as sitk

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def studies(volumes: dict[str, Path], tmp_path: Path) -> Path:
    """``a`` with both volumes, ``b`` with a T1ce alone under another name, ``c`` with nothing of use."""
    root = tmp_path / "studies"
    for name in ("a", "b", "c"):
        (root / name).mkdir(parents=True)
    for role, path in volumes.items():
        sitk.WriteImage(sitk.ReadImage(str(path)), str(root / "a" / f"{role}.nii.gz"))
    sitk.WriteImage(sitk.ReadImage(str(volumes["t1ce"])), str(root / "b" / "AX_T1_POST.nrrd"))
    (root / "c" / "t2.nii.gz").write_bytes(b"x")
    return root


@pytest.fixture
def command(studies: Path, model_folder: Path, tmp_path: Path) -> list[str]:
    return [
        *("batch", "--input", str(studies), "--output", str(tmp_path / "out"), "--model", str(model_folder)),
        *("--window", "48,48,32", "--device", "cpu"),
    ]


def rows(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "out" / "studies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_study_gets_its_folder_and_a_row_and_a_broken_one_stops_nobody(
    sgnet: Call, command: list[str], arguments: list[str], tmp_path: Path
) -> None:
    code, out, err = sgnet(*command, "--json")
    assert code == 0, err
    a, b, c = rows(tmp_path)
    assert [one["status"] for one in (a, b, c)] == ["done", "done", "failed"]
    assert "none of its files is named as a T1ce (t2.nii.gz)" in c["message"]
    assert "No FLAIR was given" in b["message"]
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["name"] for e in events if e["event"] == "phase"].count("loading model") == 1
    assert events[-1]["event"] == "result"
    assert [one["status"] for one in events[-1]["studies"]] == ["done", "done", "failed"]
    assert any(e["event"] == "warning" and e["message"].startswith("c: ") for e in events)
    # What `sgnet segment` would have written for the same study.
    alone = [str(tmp_path / "alone") if word == str(tmp_path / "out") else word for word in arguments]
    code, _, err = sgnet(*alone)
    assert code == 0, err
    for name in ("lesions.nii.gz", "whole.nii.gz"):
        one, other = (sitk.ReadImage(str(tmp_path / folder / name)) for folder in ("out/a", "alone"))
        assert sitk.GetArrayFromImage(one).tobytes() == sitk.GetArrayFromImage(other).tobytes()
    content = json.loads((tmp_path / "out" / "a" / "lesions.json").read_text())
    assert int(a["lesions"]) == len(content["lesions"])
    assert float(a["total_volume_ml"]) == pytest.approx(content["total_volume_ml"], abs=1e-4)


def test_studies_with_a_result_can_be_left_alone(
    sgnet: Call, command: list[str], studies: Path, tmp_path: Path
) -> None:
    done = tmp_path / "out" / "a"
    done.mkdir(parents=True)
    (done / "lesions.json").write_text('{"lesions": [{}, {}], "total_volume_ml": 1.5}', encoding="utf-8")
    (studies / "b" / "AX_T1_POST.nrrd").rename(studies / "b" / "AX_T2.nrrd")
    code, out, err = sgnet(*command, "--skip-done")
    assert code == 0, err
    a, b, _c = rows(tmp_path)
    assert (a["status"], a["lesions"], a["total_volume_ml"]) == ("skipped", "2", "1.5000")
    assert b["status"] == "failed"
    assert "a: skipped, 2 lesions" in out
    assert [path.name for path in done.iterdir()] == ["lesions.json"]


def test_a_folder_without_studies_is_refused_before_anything_is_loaded(sgnet: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _out, err = sgnet("batch", "--input", str(tmp_path / "empty"), "--output", str(tmp_path / "out"))
    assert code == 2
    assert "no sub-folders with files" in err
    assert not (tmp_path / "out").exists()
