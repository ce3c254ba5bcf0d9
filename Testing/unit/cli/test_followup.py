"""``sgnet followup`` on pairs of which the truth is known."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sgnet.config import FollowUpSettings
from sgnet.data.labels import read_labels
from sgnet.geometry import Grid, Volume
from sgnet.lesions.followup_record import FollowUp
from sgnet.preprocessing.itk import resample

Call = Callable[..., tuple[int, str, str]]
MOVED = np.eye(4)
MOVED[:3, :3] = Rotation.from_euler("xyz", (6, -8, 10), degrees=True).as_matrix()
MOVED[:3, 3] = (9.0, -4.0, 14.0)  # current RAS -> RAS of January
# Centres (current RAS) and radii: grown, shrunk, stable, gone; then the new one.
JANUARY = [((-15, -11, 23), 6.0), ((20, -21, 23), 8.0), ((10, 14, 33), 6.0), ((0, -36, 13), 3.0)]
JUNE = [((-15, -11, 23), 9.0), ((20, -21, 23), 5.0), ((10, 14, 33), 6.0), ((-12, 10, 8), 4.0)]


def balls(places, grid, to_own) -> Volume:
    inverse = np.linalg.inv(to_own)
    points = grid.to_ras(np.argwhere(np.ones(grid.shape))) @ inverse[:3, :3].T + inverse[:3, 3]
    labels = np.zeros(len(points), np.uint8)
    for number, (centre, radius) in enumerate(places, start=1):
        labels[np.linalg.norm(points - centre, axis=1) <= radius] = number
    return Volume(labels.reshape(grid.shape), grid)


@pytest.fixture(scope="module")
def visits(tmp_path_factory, head, save) -> Path:
    """January, in another pose and on another grid; June; and a third visit that shows January's lesions again."""
    folder = tmp_path_factory.mktemp("visits")
    t1ce = head().t1ce
    affine = t1ce.grid.affine_ijk_to_ras @ np.diag([1.0, 1.0, 1.5, 1.0])
    affine[:3, 3] += (-12.0, -12.0, -8.0)
    other = Grid((64, 72, 40), affine)
    moved = resample(t1ce.array.astype(np.float32), Grid(t1ce.grid.shape, MOVED @ t1ce.grid.affine_ijk_to_ras), other)
    for name, image, lesions in (
        ("january", Volume(moved, other), balls(JANUARY, other, MOVED)),
        ("june", t1ce, balls(JUNE, t1ce.grid, np.eye(4))),
        ("march", t1ce, balls([(centre, 3.0) for centre, _ in JANUARY[:3]], t1ce.grid, np.eye(4))),
    ):
        (folder / name).mkdir()
        save(image, folder / name / "t1ce.nii.gz")
        save(lesions, folder / name / "lesions.nii.gz")
    return folder


def arguments(folder: Path, *earlier: str, output: Path) -> list[str]:
    given = ["followup"]
    for name in earlier:
        given += ["--previous", str(folder / name), "--previous-t1ce", str(folder / name / "t1ce.nii.gz")]
    current = ("--current", str(folder / "june"), "--current-t1ce", str(folder / "june" / "t1ce.nii.gz"))
    return [*given, *current, "--output", str(output)]


def test_two_visits_with_a_known_truth(sgnet: Call, visits, tmp_path) -> None:
    code, out, err = sgnet(*arguments(visits, "january", output=tmp_path / "change"))
    assert code == 0, err
    with (tmp_path / "change" / "followup.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    facts = [(row["lesion"], row["change"], row["target"], row["rano_bm"]) for row in rows]
    assert facts == [
        ("1", "grown", "True", "PD"),
        ("2", "shrunk", "True", "PR"),
        ("3", "stable", "True", "SD"),
        ("4", "new", "False", "New"),
        ("was 4", "gone", "False", "CR"),
    ]
    for name, column in (("january", "volume_ml_1"), ("june", "volume_ml_2")):
        labels = read_labels(visits / name / "lesions.nii.gz")
        voxels = np.bincount(labels.array.ravel())[1:4]
        volumes = [float(row[column]) for row in rows[:3]]
        np.testing.assert_allclose(volumes, voxels * labels.grid.voxel_volume_mm3 / 1000, atol=1e-4)
    for row, (_, radius) in zip(rows[:3], JUNE[:3], strict=True):
        assert float(row["diameter_mm_2"]) == pytest.approx(2 * radius, abs=3)
    assert rows[3]["volume_change_percent"] == "" and float(rows[3]["volume_ml_1"]) == 0
    place = [float(rows[4][f"place_{axis}_mm"]) for axis in "ras"]
    np.testing.assert_allclose(place, JANUARY[3][0], atol=1.0)

    text = (tmp_path / "change" / "followup.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert record["rano_bm"]["overall"] == "PD"
    assert record["rano_bm"]["imaging_part_only"] is True
    found = np.array(record["scans"][0]["from_current"]).reshape(4, 4)
    np.testing.assert_allclose(found[:3, :3], MOVED[:3, :3], atol=0.01)
    assert FollowUp.from_dict(record).to_dict() == record
    assert (tmp_path / "change" / "followup.png").read_bytes()[:4] == b"\x89PNG"

    assert "Images alone: PD (progressive disease)." in out
    assert "clinical status" in out and "Research use only" in out
    line = next(line for line in out.splitlines() if line.startswith("was 4"))
    assert "gone" in line and line.rstrip().endswith("CR")


def test_three_visits_judge_progression_against_the_nadir(sgnet: Call, visits, tmp_path) -> None:
    code, out, err = sgnet(*arguments(visits, "january", "march", output=tmp_path / "out"), "--json")
    assert code == 0, err
    result = json.loads(out.splitlines()[-1])
    first, nadir, now = result["rano_bm"]["sums_mm"]
    assert nadir < now < first * 1.2
    assert result["rano_bm"]["target_lesions"] == "PD"
    by_name = {lesion["name"]: lesion for lesion in result["lesions"]}
    assert [len(scan) for scan in by_name["was 4"]["sizes"]] == [1, 0, 0]
    assert by_name["2"]["change"] == "grown"  # since March, although smaller than in January
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["name"] for event in events if event["event"] == "phase"] == [
        "reading volumes", "registering scans", "matching lesions", "writing results",
    ]  # fmt: skip


def test_settings_reach_the_comparison(sgnet: Call, visits, tmp_path) -> None:
    given = arguments(visits, "january", output=tmp_path / "out")
    code, _, err = sgnet(*given, "--change-percent", "500", "--tolerance-mm", "0")
    assert code == 0, err
    record = json.loads((tmp_path / "out" / "followup.json").read_text(encoding="utf-8"))
    assert record["settings"] == FollowUpSettings(tolerance_mm=0, change_percent=500).to_dict()
    assert record["lesions"][0]["change"] == "stable"


def test_two_patients_are_refused_and_nothing_is_written(sgnet: Call, visits, tmp_path, head, save) -> None:
    stranger = head(1).t1ce
    save(stranger, tmp_path / "stranger.nii.gz")
    save(balls([], stranger.grid, np.eye(4)), tmp_path / "labels.nii.gz")
    code, _, err = sgnet(
        "followup", "--previous", str(tmp_path / "labels.nii.gz"), "--previous-t1ce", str(tmp_path / "stranger.nii.gz"),
        *arguments(visits, output=tmp_path / "out")[1:],
    )  # fmt: skip
    assert code == 2
    assert "do not show the same head" in err and len(err.strip().splitlines()[-1]) < 300
    assert not (tmp_path / "out").exists()


def test_bad_input_is_one_sentence(sgnet: Call, visits, tmp_path) -> None:
    good = arguments(visits, "january", output=tmp_path / "out")

    def swap(value: str, other: Path) -> list[str]:
        return [str(other) if one == value else one for one in good]

    january, june = visits / "january", visits / "june"
    for given, sentence in (
        (swap(str(january), visits), "holds no lesions.nii.gz; give a folder that `sgnet segment` wrote"),
        (swap(str(january), visits / "nowhere"), "no such file"),
        (swap(str(january / "t1ce.nii.gz"), visits / "x.nii.gz"), "no such T1ce file or folder"),
        (swap(str(january / "t1ce.nii.gz"), june / "t1ce.nii.gz"), "give the T1ce that was segmented"),
        (swap(str(january), january / "t1ce.nii.gz"), "no whole numbers"),
        (swap(str(tmp_path / "out"), june / "t1ce.nii.gz"), "is not a folder; choose another output folder"),
        ([*good, "--previous", str(june)], "2 --previous and 1 --previous-t1ce were given"),
        ([*good, "--tolerance-mm", "-1"], "tolerance_mm must be in [0, 10]"),
    ):
        code, _, err = sgnet(*given)
        assert code == 2, given
        assert sentence in err and "Traceback" not in err, err
    assert not (tmp_path / "out").exists()
