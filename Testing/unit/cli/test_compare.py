from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sgnet.cli import compare
from sgnet.evaluation.compare import LARGER_IS_BETTER, MAIN_METRICS

from .conftest import save
from .test_evaluate import labels

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evaluated(sgnet: Call, tmp_path: Path) -> Callable[..., Path]:
    """A builder: scores of a model that predicts cubes at ``starts`` for the cases ``c0, c1, ...``, all at 2 and 20."""

    def make(name: str, *starts: tuple[int, ...]) -> Path:
        for number, cubes in enumerate(starts):
            for folder, places in ((tmp_path / name / "p", cubes), (tmp_path / name / "r", (2, 20))):
                folder.mkdir(parents=True, exist_ok=True)
                save(labels(*places), folder / f"c{number}.nii.gz")
        output = tmp_path / "scores" / name
        folders = ("--predictions", str(tmp_path / name / "p"), "--references", str(tmp_path / name / "r"))
        code, _, err = sgnet("evaluate", *folders, "--output", str(output))
        assert code == 0, err
        return output

    return make


def test_the_command_offers_every_metric() -> None:
    assert compare.METRICS == tuple(LARGER_IS_BETTER)
    assert compare.MAIN == MAIN_METRICS


def test_two_models_on_the_screen_and_in_files(sgnet: Call, evaluated: Callable[..., Path], tmp_path: Path) -> None:
    good, poor = evaluated("good", (2, 20), (2, 20), (2,)), evaluated("poor", (2,), (2,), (2, 30))
    output = tmp_path / "comparison"
    code, out, err = sgnet("compare", str(good), str(poor), "--output", str(output), "--metric", "sensitivity")
    assert code == 0, err
    line = next(line for line in out.splitlines() if line.startswith("  sensitivity"))
    assert line.split()[1:4] == ["0.833", "0.500", "+0.333"]
    assert "2/0/1" in line
    assert "core: good against poor" in out
    content = json.loads((output / "comparison.json").read_text())
    assert content["models"] == ["good", "poor"] and content["cases"] == ["c0", "c1", "c2"]
    with (output / "comparison.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert (row["first_better"], row["ties"], row["p_value"]) == ("2", "1", str(content["comparisons"][0]["p_value"]))
    assert "Comparison of 2 models on 3 cases" in (output / "comparison.html").read_text(encoding="utf-8")


def test_the_table_says_the_same_as_the_json_file(sgnet: Call, evaluated: Callable[..., Path]) -> None:
    good, poor = evaluated("good", (2, 20), (2, 20)), evaluated("poor", (2,), (2, 30))
    found = []
    for name in ("scores.json", "scores.csv"):
        code, out, err = sgnet("compare", str(good / name), str(poor / name), "--json")
        assert code == 0, err
        found.append(json.loads(out.splitlines()[-1])["comparisons"])
    assert found[0] == found[1]
    assert {one["metric"] for one in found[0]} == set(MAIN_METRICS)


def test_cases_of_one_model_only_are_refused_or_listed(sgnet: Call, evaluated: Callable[..., Path]) -> None:
    two, three = evaluated("two", (2,), (2, 20)), evaluated("three", (2,), (2,), (2,))
    code, out, err = sgnet("compare", str(two), str(three))
    assert (code, out) == (2, "")
    assert "three has the case 'c2', which not every model has" in err
    code, out, _ = sgnet("compare", str(two), str(three), "--shared")
    assert code == 0
    assert "Left out of three, which not every model has: c2." in out and out.startswith("2 cases;")


def test_models_in_folders_of_one_name_are_told_apart(
    sgnet: Call, evaluated: Callable[..., Path], tmp_path: Path
) -> None:
    good, poor = evaluated("good", (2, 20)), evaluated("poor", (2,))
    for name, source in (("a", good), ("b", poor)):
        (tmp_path / name / "test").mkdir(parents=True)
        (tmp_path / name / "test" / "scores.json").write_text((source / "scores.json").read_text())
    _, out, _ = sgnet("compare", str(tmp_path / "a" / "test"), str(tmp_path / "b" / "test"))
    assert "core: a/test against b/test" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one"], "two or more models, got 1"),
        (["one", "one"], "is given twice"),
        (["one", "nowhere"], "nowhere holds no scores"),
        (["one", "broken.json"], "holds no scores of"),
        (["one", "other.csv"], "holds no scores of"),
        (["one", "none.json"], "holds no case"),
        (["one", "two", "--metric", "accuracy"], "accuracy"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    sgnet: Call,
    evaluated: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    evaluated("one", (2,))
    monkeypatch.chdir(tmp_path / "scores")
    Path("broken.json").write_text("{")
    Path("other.csv").write_text("case,target,dice\na,core,1\n")
    Path("none.json").write_text('{"cases": {}}')
    code, out, err = sgnet("compare", *arguments)
    assert (code, out) == (2, "")
    assert said in err.splitlines()[-1]
