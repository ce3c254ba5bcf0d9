"""The studies of a benchmark: made once, the same for every network, from label maps that training does not share."""

from __future__ import annotations

import os
from pathlib import Path

from harness.command import sgnet
from harness.plan import Preset
from sgnet.config import TrainSettings
from sgnet.data.layouts.case import Case, LabelFile
from sgnet.data.layouts.registry import read_cases
from sgnet.synthesis.anatomy import find_anatomies, split_anatomies

FIRST_NUMBER = {"training": 500_000_000, "test": 900_000_000}
"""Far apart, and far from the studies that `sgnet train` makes by itself."""


def make_studies(folder: Path, task: str, preset: Preset, anatomy: Path | None) -> dict[str, list[Case]]:
    """The cases of ``folder/training`` and ``folder/test``; what an earlier call has made is kept.

    With a folder of label maps, every fifth is kept for the test studies.
    """
    maps = split_anatomies(find_anatomies(anatomy), TrainSettings().hold_out_every) if anatomy else (None, None)
    wanted = {"training": preset.training_studies, "test": preset.test_studies}
    cases = {}
    for (part, count), chosen in zip(wanted.items(), maps, strict=True):
        target = folder / part
        there = len(list(target.glob("*/synthesis.json")))
        if there < count:
            options = [] if chosen is None else ["--anatomy", str(_linked(chosen, folder / f"anatomy-{part}"))]
            if task != "metastases":
                options += ["--task", task]
            first = FIRST_NUMBER[part] + there
            sgnet("synthesize", "--output", str(target), "--seed", str(first), "--count", str(count - there), *options)
        cases[part] = read_cases(target)[:count]
    return cases


def _linked(maps: tuple[Path, ...], folder: Path) -> Path:
    """A folder of links, because `sgnet synthesize` takes every map of one."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in maps:
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path.resolve())
    return folder


def real_folder() -> Path:
    """Where the real scans lie that no training may see: under SGNET_DATA, by default ../shared/data."""
    return Path(os.environ.get("SGNET_DATA", Path(__file__).parents[3] / "shared" / "data")) / "real"


def real_cases() -> list[Case]:
    """The labelled real scans under SGNET_DATA, for evaluation only; none where there is no such folder.

    Gliomas with expert labels (BraTS 2013): core = necrosis, non-enhancing and enhancing; whole = all.
    """
    return [
        Case(
            path.parent.name,
            path.parent.name,
            {"t1ce": path.parent / "t1ce.nii.gz", "flair": path.parent / "flair.nii.gz"},
            {"core": LabelFile(path, (1, 3, 4)), "whole": LabelFile(path)},
        )
        for path in sorted(real_folder().glob("*/seg_brats2013.nii.gz"))
    ]
