from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from sgnet.cli.export import ExportGroup
from sgnet.geometry import Grid, Volume

Call = Callable[..., tuple[int, str, str]]
GRID = Grid((12, 10, 8), np.diag([-1.0, -1.0, 1.5, 1.0]))


@pytest.fixture
def study(tmp_path: Path, write_dicom: Callable[..., Any], save: Callable[..., Path]) -> Path:
    """``lesions.nii.gz`` with lesions 1 and 2, and ``series`` on the same grid."""
    labels = np.zeros(GRID.shape, np.uint8)
    labels[2:5, 2:5, 2:5] = 1
    labels[8, 8, 6] = 2
    save(Volume(labels, GRID), tmp_path / "lesions.nii.gz")
    write_dicom(Volume(np.ones(GRID.shape, np.float32), GRID), tmp_path / "series", StudyInstanceUID="1.2.3")
    return tmp_path


@pytest.fixture
def arguments(study: Path) -> list[str]:
    return [
        *("export", "rtstruct", "--labelmap", str(study / "lesions.nii.gz")),
        *("--series", str(study / "series"), "--output", str(study / "out" / "rt.dcm")),
    ]


@pytest.mark.parametrize("name", ExportGroup.names)
def test_every_format_ends_its_help_with_examples(sgnet: Call, name: str) -> None:
    code, out, err = sgnet("export", name, "--help")
    assert (code, err) == (0, "")
    assert f"sgnet export {name}" in out.split("Examples:")[-1]


def test_without_a_format_the_formats_are_listed(sgnet: Call) -> None:
    code, out, err = sgnet("export")
    assert (code, err) == (0, "")
    for name in ExportGroup.names:
        assert f"\n  {name}" in out


def test_an_unknown_format_is_one_line(sgnet: Call) -> None:
    code, out, err = sgnet("export", "pdf")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_rtstruct_shows_the_volumes_and_writes_both_files(sgnet: Call, study: Path, arguments: list[str]) -> None:
    code, out, _ = sgnet(*arguments, "--margin-mm", "1.5", "--holes", "keyhole")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:5]] == ["GTV_01", "GTV_02", "PTV_01", "PTV_02"]
    assert "rt.dcm, rt_volumes.csv" in out
    assert len(pydicom.dcmread(study / "out" / "rt.dcm").ROIContourSequence) == 4


def test_rtstruct_check_shows_the_volumes_and_writes_nothing(sgnet: Call, study: Path, arguments: list[str]) -> None:
    code, out, _ = sgnet(*arguments, "--check")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["GTV_01", "GTV_02"]
    assert not (study / "out").exists()


def test_all_writes_every_format_and_reports_the_volumes(sgnet: Call, study: Path) -> None:
    pytest.importorskip("highdicom")
    given = ("--labelmap", str(study / "lesions.nii.gz"), "--output", str(study / "plan"))
    code, out, _ = sgnet("export", "all", *given, "--series", str(study / "series"), "--margin-mm", "2", "--json")
    result = json.loads(out.splitlines()[-1])
    assert code == 0
    assert result["files"] == ["lesions.nii.gz", "seg.dcm", "sr.dcm", "rtstruct.dcm", "volumes.csv", "volumes.json"]
    assert [one["structure"] for one in result["volumes"]] == ["GTV_01", "GTV_02", "PTV_01", "PTV_02"]
    code, out, _ = sgnet("export", "all", *given)
    assert code == 0 and "lesions.nii.gz, volumes.csv, volumes.json" in out
    assert sorted(path.name for path in (study / "plan").iterdir()) == ["lesions.nii.gz", "volumes.csv", "volumes.json"]


def test_sr_of_a_segmentation(sgnet: Call, study: Path) -> None:
    pytest.importorskip("highdicom")
    given = ("--labelmap", str(study / "lesions.nii.gz"), "--series", str(study / "series"))
    assert sgnet("export", "seg", *given, "--output", str(study / "seg.dcm"))[0] == 0
    code, _, err = sgnet("export", "sr", *given, "--seg", str(study / "seg.dcm"), "--output", str(study / "sr.dcm"))
    assert code == 0, err
    assert pydicom.dcmread(study / "sr.dcm").Modality == "SR"
    code, _, err = sgnet("export", "sr", *given, "--seg", str(study / "no"), "--output", str(study / "x.dcm"))
    assert code == 2 and "cannot be read as DICOM" in err and not (study / "x.dcm").exists()


def test_rtstruct_reports_to_programs(sgnet: Call, arguments: list[str]) -> None:
    code, out, _ = sgnet(*arguments, "--json", "--names", "index")
    result = json.loads(out.splitlines()[-1])
    assert (code, result["event"], result["files"]) == (0, "result", ["rt.dcm", "rt_volumes.csv"])
    assert [(one["structure"], one["mask_ml"]) for one in result["volumes"]] == [
        ("Lesion 1", pytest.approx(27 * 1.5 / 1000)),
        ("Lesion 2", pytest.approx(1.5 / 1000)),
    ]


@pytest.mark.parametrize("wrong", [["--margin-mm", "-1"], ["--margin-mm", "nan"], ["--names", "other"]])
def test_bad_options_write_nothing(sgnet: Call, study: Path, arguments: list[str], wrong: list[str]) -> None:
    code, out, err = sgnet(*arguments, *wrong)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("sgnet: ")
    assert not (study / "out").exists()


def test_labelmap_whole_and_separate(sgnet: Call, study: Path) -> None:
    labelmap = ("export", "labelmap", "--labelmap", str(study / "lesions.nii.gz"), "--output")
    assert sgnet(*labelmap, str(study / "a.nrrd"))[0] == 0
    assert sgnet(*labelmap, str(study / "masks"), "--separate", "--format", "mha")[0] == 0
    assert (study / "a.nrrd").is_file()
    assert sorted(path.name for path in (study / "masks").iterdir()) == ["lesion_01.mha", "lesion_02.mha"]
