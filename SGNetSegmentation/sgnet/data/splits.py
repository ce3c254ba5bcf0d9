"""Which cases train, validate and test: never the same patient in two parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sgnet.atomic import atomic_path
from sgnet.data.layouts.case import Case
from sgnet.data.layouts.json_file import as_mapping, read_json
from sgnet.errors import InputError

PARTS = ("training", "validation", "test")
# nnU-Net's splits_final.json.
_OTHER_NAMES = {"train": "training", "val": "validation"}


@dataclass(frozen=True)
class Split:
    """Names of the cases of each part.

    Raises
    ------
    InputError
        If a case is in two parts.
    """

    training: tuple[str, ...]
    validation: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [*self.training, *self.validation, *self.test]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"The split names case {twice[0]} more than once; keep it in one part.")

    def choose(self, cases: Iterable[Case], part: str) -> list[Case]:
        """The cases of ``part``, in the order of the split.

        Raises
        ------
        InputError
            If there is none, one of them is not among ``cases``, or one of their patients is in another part too.
        """
        by_name = {case.name: case for case in cases}
        wanted = getattr(self, part)
        if not wanted:
            raise InputError(f"The split has no cases for {part}; give one that has.")
        missing = [name for name in wanted if name not in by_name]
        if missing:
            raise InputError(f"The split names case {missing[0]}, which the data set does not hold; correct either.")
        elsewhere = {
            by_name[name].patient: name
            for other in PARTS
            if other != part
            for name in getattr(self, other)
            if name in by_name
        }
        for name in wanted:
            patient = by_name[name].patient
            if patient in elsewhere:
                raise InputError(
                    f"Cases {name} and {elsewhere[patient]} are of one patient ({patient}) but in two parts of the "
                    "split; keep a patient's cases together."
                )
        return [by_name[name] for name in wanted]

    def to_dict(self) -> dict[str, list[str]]:
        """Plain values for JSON."""
        return {part: list(getattr(self, part)) for part in PARTS}


def paper_split(cases: Iterable[Case]) -> Split:
    """The split of the SG-Net paper (arXiv 2511.22606): patients in sorted order, 70 % / 10 % / the rest.

    92 patients give 64, 9 and 19.

    Examples
    --------
    >>> split = paper_split([Case(f"p{n:02d}", f"p{n:02d}") for n in range(92)])
    >>> len(split.training), len(split.validation), len(split.test), split.test[0]
    (64, 9, 19, 'p73')
    """
    groups = _by_patient(cases)
    # Whole numbers: 0.7 * 10 is 6.999... in floating point for some counts.
    first, second = len(groups) * 7 // 10, len(groups) // 10
    return _checked(
        Split(_names(groups[:first]), _names(groups[first : first + second]), _names(groups[first + second :]))
    )


def kfold_splits(cases: Iterable[Case], folds: int, seed: int = 0) -> list[Split]:
    """``folds`` splits; each patient is tested in exactly one, and validated in the one before.

    Parameters
    ----------
    cases : iterable of Case
    folds : int
        At least 3, so that training, validation and test are all there.
    seed : int
        Of the order in which patients are dealt out.

    Raises
    ------
    InputError
        If there are fewer patients than folds.
    """
    groups = _by_patient(cases)
    if not 3 <= folds <= len(groups):
        raise InputError(f"The number of folds must be from 3 to the number of patients ({len(groups)}), got {folds}.")
    order = np.random.default_rng(seed).permutation(len(groups))
    dealt = [[groups[place] for place in sorted(order[fold::folds])] for fold in range(folds)]
    splits = []
    for fold in range(folds):
        validation = (fold + 1) % folds
        training = [group for other in range(folds) if other not in (fold, validation) for group in dealt[other]]
        splits.append(Split(_names(training), _names(dealt[validation]), _names(dealt[fold])))
    return splits


def write_splits(splits: Sequence[Split], path: Path) -> None:
    """Write ``{"folds": [{"training": [...], "validation": [...], "test": [...]}, ...]}``."""
    with atomic_path(path) as temporary:
        content = {"folds": [split.to_dict() for split in splits]}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_splits(path: Path) -> list[Split]:
    """The splits of a file: as :func:`write_splits` wrote it, one split alone, or nnU-Net's ``splits_final.json``.

    Raises
    ------
    InputError
    """
    content = read_json(path)
    if isinstance(content, dict):
        content = content.get("folds", [content])
    if not isinstance(content, list) or not content:
        raise InputError(f"{path} holds no split; give training, validation and test, each a list of case names.")
    return [_split(as_mapping(entry, path), path) for entry in content]


def _split(entry: Any, path: Path) -> Split:
    parts = {_OTHER_NAMES.get(name, name): names for name, names in entry.items()}
    unknown = sorted(set(parts) - set(PARTS))
    if unknown or not all(isinstance(names, list) for names in parts.values()) or not parts.get("training"):
        raise InputError(
            f"{path}: a split has the parts training, validation and test, each a list of case names, the first not "
            f"empty; this one has {', '.join(parts) or 'none'}."
        )
    return Split(**{part: tuple(str(name) for name in names) for part, names in parts.items()})


def _by_patient(cases: Iterable[Case]) -> list[list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda case: case.name):
        groups.setdefault(case.patient, []).append(case)
    return [groups[patient] for patient in sorted(groups)]


def _names(groups: Iterable[Iterable[Case]]) -> tuple[str, ...]:
    return tuple(case.name for group in groups for case in group)


def _checked(split: Split) -> Split:
    if not (split.training and split.test):
        raise InputError("There are too few patients for a split into training, validation and test.")
    return split
