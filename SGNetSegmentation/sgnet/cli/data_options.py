"""The options that choose a data set and a part of it, shared by the commands that read one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from sgnet.data.layouts.registry import LAYOUTS
from sgnet.errors import InputError

if TYPE_CHECKING:
    from sgnet.data.layouts.case import Case
    from sgnet.data.splits import Split

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class DataChoice:
    """What the options said; :meth:`read` acts on it."""

    layout: str | None
    split: str | None
    folds: int
    fold: int

    def read(self, folder: Path) -> tuple[list[Case], Split | None]:
        """The cases of a data set, and the split that was asked for: made from them, or read from a file.

        Raises
        ------
        InputError
        """
        from sgnet.data.layouts.registry import read_cases
        from sgnet.data.splits import kfold_splits, paper_split, read_splits

        cases = read_cases(folder, self.layout)
        if self.split is None:
            return cases, None
        if self.split == "paper":
            return cases, paper_split(cases)
        splits = kfold_splits(cases, self.folds) if self.split == "kfold" else read_splits(Path(self.split))
        if self.fold >= len(splits):
            raise InputError(f"There are {len(splits)} folds, numbered from 0; --fold {self.fold} is none of them.")
        return cases, splits[self.fold]


def data_options(command: F) -> F:
    """``--layout``, ``--split``, ``--folds`` and ``--fold``, handed on as ``data_choice``."""

    @functools.wraps(command)
    def wrapper(*args: Any, **values: Any) -> Any:
        choice = DataChoice(*(values.pop(name) for name in ("layout", "split", "folds", "fold")))
        return command(*args, **values, data_choice=choice)

    decorated: Any = wrapper
    for option in (
        click.option("--fold", default=0, show_default=True, type=click.IntRange(min=0), help="Which fold, from 0."),
        click.option("--folds", default=5, show_default=True, type=click.IntRange(min=3), help="How many for kfold."),
        click.option(
            "--split",
            metavar="paper|kfold|FILE",
            help="Patients in sorted order 70/10/20 %, k-fold, or a JSON file; without it all cases are taken.",
        ),
        click.option("--layout", type=click.Choice(list(LAYOUTS)), help="Layout of the data set; else recognised."),
    ):
        decorated = option(decorated)
    return cast(F, decorated)
