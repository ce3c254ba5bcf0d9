"""Splits: reproducible, by patient, read and written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sgnet.data.layouts.case import Case
from sgnet.data.splits import PARTS, Split, kfold_splits, paper_split, read_splits, write_splits
from sgnet.errors import InputError


def cases(patients: int, visits: int = 1) -> list[Case]:
    return [Case(f"p{p:02d}-{v}", f"p{p:02d}") for p in range(patients) for v in range(visits)]


def test_split_of_the_paper_is_64_9_19_in_sorted_order() -> None:
    split = paper_split(reversed(cases(92)))
    names = [case.name for case in cases(92)]
    assert (split.training, split.validation, split.test) == (
        tuple(names[:64]), tuple(names[64:73]), tuple(names[73:]),
    )  # fmt: skip


@pytest.mark.parametrize("visits", [1, 3])
def test_no_patient_is_in_two_parts(visits: int) -> None:
    everyone = cases(20, visits)
    patient_of = {case.name: case.patient for case in everyone}
    for split in [paper_split(everyone), *kfold_splits(everyone, 5)]:
        parts = [{patient_of[name] for name in getattr(split, part)} for part in PARTS]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 20
        assert sum(len(getattr(split, part)) for part in PARTS) == len(everyone)


def test_folds_test_everyone_once_and_depend_on_the_seed_alone() -> None:
    everyone = cases(23, 2)
    splits = kfold_splits(everyone, 5)
    tested = [name for split in splits for name in split.test]
    assert sorted(tested) == [case.name for case in everyone]
    assert splits == kfold_splits(reversed(everyone), 5)
    assert splits != kfold_splits(everyone, 5, seed=1)
    assert {len({name[:3] for name in split.test}) for split in splits} == {4, 5}


def test_splits_survive_a_file(tmp_path: Path) -> None:
    splits = kfold_splits(cases(9), 3)
    write_splits(splits, tmp_path / "split.json")
    assert read_splits(tmp_path / "split.json") == splits


def test_splits_of_nnunet_are_read(tmp_path: Path) -> None:
    (tmp_path / "splits_final.json").write_text(json.dumps([{"train": ["a", "b"], "val": ["c"]}]))
    assert read_splits(tmp_path / "splits_final.json") == [Split(("a", "b"), ("c",))]


def test_split_chooses_cases_by_name() -> None:
    chosen = Split(("p02-0", "p00-0"), test=("p01-0",)).choose(cases(3), "training")
    assert [case.name for case in chosen] == ["p02-0", "p00-0"]


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (lambda: Split(("a",), ("a",)), "case a more than once"),
        (lambda: Split(("p00-0",), test=("nobody",)).choose(cases(1), "test"), "nobody, which the data set"),
        (lambda: Split(("p00-0",), test=("p00-1",)).choose(cases(1, 2), "training"), "of one patient"),
        (lambda: Split(("p00-0",)).choose(cases(1), "test"), "no cases for test"),
        (lambda: kfold_splits(cases(4), 5), r"from 3 to the number of patients \(4\), got 5"),
        (lambda: paper_split(cases(1)), "too few patients"),
    ],
)
def test_split_that_cannot_be_is_refused(split, said: str) -> None:
    with pytest.raises(InputError, match=said):
        split()


@pytest.mark.parametrize("content", ["[]", '{"folds": [{"training": "all"}]}', '{"trainig": []}', "3", "{"])
def test_file_that_is_no_split_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "split.json").write_text(content)
    with pytest.raises(InputError, match=r"split\.json"):
        read_splits(tmp_path / "split.json")
