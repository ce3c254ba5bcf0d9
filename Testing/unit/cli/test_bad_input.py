"""Whatever is wrong with the input: exit code 2, one sentence, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from .conftest import SHAPE, head, save

Call = Callable[..., tuple[int, str, str]]
Refused = Callable[..., str]


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def not_an_image(path: Path) -> None:
    path.write_bytes(b"this is no image at all" * 100)


def two_dimensional(path: Path) -> None:
    save(head(0)[0][:, :, 20], path)


def four_dimensional(path: Path) -> None:
    volume = sitk.ReadImage(str(path))
    sitk.WriteImage(sitk.JoinSeries([volume, volume, volume]), str(path))


def coloured(path: Path) -> None:
    array = np.zeros((*SHAPE, 3), np.uint8)
    sitk.WriteImage(sitk.GetImageFromArray(array, isVector=True), str(path))


def with_nan(path: Path) -> None:
    array = head(0)[0]
    array[24, 24, 24] = np.nan
    save(array, path)


def constant(path: Path) -> None:
    save(np.full(SHAPE, 7, np.float32), path)


SPOILERS = [
    missing, empty, truncated, not_an_image, two_dimensional, four_dimensional, coloured, with_nan, constant,
]  # fmt: skip


@pytest.fixture
def refused(sgnet: Call, tmp_path: Path) -> Refused:
    """Run a command that must exit with 2 and one sentence, and write nothing; returns the sentence."""

    def call(*arguments: str) -> str:
        before = set(tmp_path.rglob("*"))
        code, out, err = sgnet(*arguments)
        assert code == 2, err
        assert out == ""
        sentences = [line for line in err.splitlines() if not line.endswith(" ...")]
        assert len(sentences) == 1, err
        assert sentences[0].startswith("sgnet: ")
        assert sentences[0].endswith(".")
        assert set(tmp_path.rglob("*")) == before
        return sentences[0]

    return call


@pytest.mark.parametrize("role", ["t1ce", "flair"])
@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda f: f.__name__)
def test_a_bad_volume(
    refused: Refused,
    arguments: list[str],
    volumes: dict[str, Path],
    tmp_path: Path,
    role: str,
    spoil: Callable[[Path], None],
) -> None:
    spoil(volumes[role])
    sentence = refused(*arguments)
    assert f"{role}.nii.gz" in sentence


def test_one_volume_only(refused: Refused, volumes: dict[str, Path], tmp_path: Path) -> None:
    assert "--t1ce" in refused("segment", "--flair", str(volumes["flair"]), "--output", str(tmp_path / "out"))


def test_the_same_file_twice(refused: Refused, arguments: list[str], volumes: dict[str, Path], tmp_path: Path) -> None:
    arguments[arguments.index("--flair") + 1] = str(volumes["t1ce"])
    assert "both" in refused(*arguments)


def test_a_copy_of_the_same_volume(
    refused: Refused, arguments: list[str], volumes: dict[str, Path], tmp_path: Path
) -> None:
    volumes["flair"].write_bytes(volumes["t1ce"].read_bytes())
    assert "same image" in refused(*arguments)


def test_heads_of_two_patients(
    refused: Refused, arguments: list[str], volumes: dict[str, Path], tmp_path: Path
) -> None:
    other = sitk.GetImageFromArray(np.ascontiguousarray(head(99)[1].T))
    other.SetOrigin((500.0, 0.0, 0.0))
    sitk.WriteImage(other, str(volumes["flair"]))
    assert "flair.nii.gz" in refused(*arguments)


@pytest.mark.parametrize("output", ["t1ce.nii.gz", "t1ce.nii.gz/below"])
def test_an_output_that_cannot_be_a_folder(refused: Refused, arguments: list[str], tmp_path: Path, output: str) -> None:
    arguments[arguments.index("--output") + 1] = str(tmp_path / output)
    assert "t1ce.nii.gz" in refused(*arguments)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--threshold", "1.5"), ("--threshold", "nan"), ("--min-volume-mm3", "-1"),
     ("--min-confidence", "1"), ("--window", "96,x,32"), ("--window", "96,96"),
     ("--window", "90,90,30"), ("--device", "abacus"), ("--batch-size", "0")],
)  # fmt: skip
def test_a_bad_setting(refused: Refused, arguments: list[str], tmp_path: Path, option: str, value: str) -> None:
    sentence = refused(*arguments, option, value)
    assert option.strip("-").replace("-", "_") in sentence.replace("-", "_")


def test_json_says_it_too(sgnet: Call, arguments: list[str], volumes: dict[str, Path]) -> None:
    volumes["flair"].unlink()
    code, out, err = sgnet(*arguments, "--json")
    last = json.loads(out.splitlines()[-1])
    assert code == 2
    assert last["event"] == "error"
    assert last["code"] == 2
    assert err == f"sgnet: {last['message']}\n"
