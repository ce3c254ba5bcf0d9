"""The synthetic sample study, made by the child process: no download, no patient."""

from __future__ import annotations

from pathlib import Path

from sgnet.data.study import Study
from sgnet.geometry import Volume
from sgnet.mrml.child_events import Result
from sgnet.mrml.job import Job
from sgnet.mrml.nifti import read_nifti, read_nifti_grid
from sgnet.mrml.steps import Steps

SEED = 7
"""The study of ``sgnet demo``."""


class SampleJob(Job[Study]):
    """``sgnet synthesize``; its result is the study, T1ce and FLAIR on one grid of 1 mm."""

    def __init__(self, temporary_root: Path | None = None) -> None:
        super().__init__(temporary_root)
        self.arguments = [
            "-u", "-m", "sgnet", "synthesize", "--output", str(self.folder / "out"), "--seed", str(SEED), "--json",
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        yield

    def collect(self, result: Result) -> Steps[Study]:
        folder = self.folder / "out" / str(result.values["files"][0])
        volumes = []
        for name, file in (("Sample T1ce", "t1ce.nii.gz"), ("Sample FLAIR", "flair.nii.gz")):
            grid = read_nifti_grid(folder / file)
            array = yield from read_nifti(folder / file, grid)
            volumes.append(Volume(array, grid, name))
        return Study(volumes[0], volumes[1])
