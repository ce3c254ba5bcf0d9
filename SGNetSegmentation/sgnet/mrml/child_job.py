"""One segmentation in a child process: its temporary folder, its command line, its result.

The application starts ``python -m sgnet segment`` instead of calling the package, so that its window
never freezes, torch is never loaded into it, and the GPU's memory is given back after every run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.mrml.child_events import Failed, Result
from sgnet.mrml.job import Job
from sgnet.mrml.lesion_records import lesions_from_dicts
from sgnet.mrml.nifti import read_nifti
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.steps import Steps

# The folder that holds the package: the child finds it there, whether it is installed or not.
PACKAGE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunSettings:
    """What a user chooses for a run.

    Attributes
    ----------
    lesions : LesionSettings
    inference : InferenceSettings
        ``device``, ``precision`` and ``flips`` reach the child; the rest keeps its defaults there.
    oedema : bool
        Show the oedema as a segment of its own.
    model : Path, optional
        A model folder in place of the shipped one.
    """

    lesions: LesionSettings = LesionSettings()
    inference: InferenceSettings = InferenceSettings()
    oedema: bool = False
    model: Path | None = None

    def arguments(self) -> list[str]:
        """What tells ``sgnet segment`` and ``sgnet batch`` all of it but the oedema, which they always find."""
        return [
            *(["--model", str(self.model)] if self.model else []),
            "--device", self.inference.device,
            "--precision", self.inference.precision,
            *(["--flips"] if self.inference.flips else []),
            *(["--split-touching"] if self.lesions.split_touching else []),
            "--threshold", repr(self.lesions.threshold),
            "--min-volume-mm3", repr(self.lesions.min_volume_mm3),
            "--min-confidence", repr(self.lesions.min_confidence),
        ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class ChildResult:
    """What a run brought back, on the native grid of the T1ce, arrays (I, J, K).

    Attributes
    ----------
    labels : ndarray of unsigned int
        0 background, n = voxels of ``lesions[n - 1]``.
    whole : ndarray of bool
        Core and oedema.
    lesions : tuple of Lesion
    kept : ProbabilityMap or None
        The probabilities, compact; None for a result that was not made by a run.
    provenance : dict
        Model, input, settings and versions, for the report.
    """

    labels: NDArray[np.unsignedinteger]
    whole: NDArray[np.bool_]
    lesions: tuple[Lesion, ...]
    kept: ProbabilityMap | None
    provenance: dict[str, Any] = field(default_factory=dict)


class ChildJob(Job[ChildResult]):
    """A prepared segmentation.

    Parameters
    ----------
    study : Study
    settings : RunSettings
    temporary_root : Path, optional
        Where the folder is made; the system's own place if not given.

    Raises
    ------
    InputError
        If the folder cannot be made.
    """

    def __init__(self, study: Study, settings: RunSettings, temporary_root: Path | None = None) -> None:
        super().__init__(temporary_root)
        self._study: Study | None = study
        self._grid = study.t1ce.grid
        self.output = self.folder / "out"
        self.arguments = [
            "-u", "-m", "sgnet", "segment",
            "--t1ce", str(self.folder / "t1ce.nrrd"),
            *(["--flair", str(self.folder / "flair.nrrd")] if study.flair else []),
            "--output", str(self.output),
            "--json",
            *settings.arguments(),
            "--save-map",
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        assert self._study is not None, "written already"
        for name, volume in zip(("t1ce", "flair"), self._study.volumes, strict=False):
            yield from write_nrrd(volume, self.folder / f"{name}.nrrd")
        # The child has them now; here they would only hold memory.
        self._study = None

    def collect(self, result: Result) -> Steps[ChildResult]:
        lesions = lesions_from_dicts(result.lesions)
        labels = yield from read_nifti(self.output / "lesions.nii.gz", self._grid)
        highest = int(labels.max(initial=0))
        if highest != len(lesions):
            raise InputError(f"The result names {len(lesions)} lesions but marks {highest}; run it again.")
        yield
        labels = labels.astype(np.uint8 if highest < 255 else np.uint16)
        yield
        whole = (yield from read_nifti(self.output / "whole.nii.gz", self._grid)) > 0
        yield
        kept = ProbabilityMap.load(self.output / "probability_map.npz")
        yield
        return ChildResult(labels, whole, lesions, kept, self._provenance())

    def _provenance(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.output / "lesions.json").read_text(encoding="utf-8"))["provenance"])
        except (OSError, ValueError, KeyError, TypeError):
            return {}  # the report then shows dashes; no reason to lose a result


def child_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that the child needs besides, or instead of, the inherited ones."""
    paths = [str(PACKAGE_ROOT), *([inherited["PYTHONPATH"]] if inherited.get("PYTHONPATH") else [])]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
        # The application may have chosen a plotting backend that lives in its own window.
        "MPLBACKEND": "Agg",
    }


def failure_message(code: int, crashed: bool, failed: Failed | None) -> str:
    """One sentence on a run that ended without a result."""
    if failed is not None:
        return failed.message
    # 137 = 128 + SIGKILL, as a launcher or shell hands it on.
    if crashed or code in (-9, 137):
        return (
            "The process was ended from outside, most likely because memory ran out; "
            "close other programs or choose the device cpu, then try again."
        )
    return f"The process stopped without a result (exit code {code}); Details shows what it said."
