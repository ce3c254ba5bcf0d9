"""Every layout by its name, and which one a folder is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from sgnet.data.layouts.brats_mets import BRATS_METS
from sgnet.data.layouts.case import Case, Layout
from sgnet.data.layouts.datalist import DATALIST
from sgnet.data.layouts.lung_mets import LUNG_METS
from sgnet.data.layouts.nnunet import NNUNET
from sgnet.data.layouts.own import LABEL_MAPS, OWN
from sgnet.data.layouts.vs_seg import VS_SEG
from sgnet.errors import InputError

# The first that finds a case is taken: those that ask for more come before those that ask for less.
LAYOUTS: dict[str, Layout] = {
    layout.name: layout for layout in (OWN, BRATS_METS, VS_SEG, LUNG_METS, NNUNET, DATALIST, LABEL_MAPS)
}


def recognise(folder: Path) -> Layout:
    """The layout of ``folder``.

    Raises
    ------
    InputError
        If it is of none; the message says what was looked for.
    """
    _check(folder)
    candidates = [DATALIST] if folder.is_file() else LAYOUTS.values()
    for layout in candidates:
        if layout.find_cases(folder):
            return layout
    looked_for = "; ".join(f"{layout.name}: {layout.looks_for}" for layout in candidates)
    raise InputError(f"{folder} is of no layout that is known. Looked for {looked_for}.")


def read_cases(folder: Path, layout: str | None = None) -> list[Case]:
    """The cases of ``folder``, sorted by name.

    Parameters
    ----------
    folder : Path
        Or the JSON file of a data list.
    layout : str, optional
        A key of :data:`LAYOUTS`; recognised if None.

    Raises
    ------
    InputError
        If there is no such folder, it holds no case of that layout, or two cases have the same name.
    """
    _check(folder)
    chosen = recognise(folder) if layout is None else LAYOUTS[layout]
    cases = sorted(chosen.find_cases(folder), key=lambda case: case.name)
    if not cases:
        raise InputError(f"{folder} holds no case of the layout {chosen.name}; looked for {chosen.looks_for}.")
    name, count = Counter(case.name for case in cases).most_common(1)[0]
    if count > 1:
        raise InputError(f"{folder} holds {count} cases called {name!r}; give each a name of its own.")
    return cases


def check_usable(cases: Iterable[Case], images: Iterable[str]) -> None:
    """Refuse a case that lacks one of ``images``, any label, or one of its files.

    Raises
    ------
    InputError
    """
    for case in cases:
        missing = [image for image in images if image not in case.images]
        if missing:
            raise InputError(f"Case {case.name} has no {missing[0]}; add it, or leave the case out by a split file.")
        if not case.labels:
            raise InputError(f"Case {case.name} has no label map; add it, or leave the case out by a split file.")
        for path in (*case.images.values(), *(label.path for label in case.labels.values())):
            if not path.is_file():
                raise InputError(f"{path}: no such file, though case {case.name} names it; check the data set.")


def _check(folder: Path) -> None:
    if not folder.exists():
        raise InputError(f"{folder}: no such folder; check the path.")
    if not folder.is_dir() and folder.suffix != ".json":
        raise InputError(f"{folder} is no folder; give the folder of a data set, or the JSON file of a data list.")
