"""A folder of studies, or the volumes of sequences, segmented in one child process; results as .seg.nrrd and CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from sgnet.atomic import atomic_path
from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.mrml.child_events import Result
from sgnet.mrml.child_job import RunSettings
from sgnet.mrml.job import Job
from sgnet.mrml.lesion_records import lesions_from_dicts
from sgnet.mrml.new_volume import add_volume_node
from sgnet.mrml.nifti import read_nifti, read_nifti_grid
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.segmentation import create_segmentation_node, remove_with_display
from sgnet.mrml.steps import Steps
from sgnet.mrml.volumes import volume_from_node


@dataclass(frozen=True)
class StudyOutcome:
    """How one study of a batch went.

    Attributes
    ----------
    study : str
    status : str
        ``done``, ``failed`` or ``skipped`` (it had a result).
    message : str
        What went wrong, or the notes of the study.
    lesions : int or None
    segmentation : Path or None
        The .seg.nrrd; None where the study failed.
    """

    study: str
    status: str
    message: str
    lesions: int | None
    segmentation: Path | None


class BatchJob(Job[tuple[StudyOutcome, ...]]):
    """``sgnet batch`` on a folder of studies, or on studies that are in memory.

    Each study's folder under ``output`` also gets ``<study>.seg.nrrd``, which Slicer opens with names, colours,
    terminology and measurements.

    Parameters
    ----------
    scene : vtkMRMLScene
        As it was before, afterwards.
    studies : Path or sequence of (str, Study)
        A folder with one sub-folder a study, or names and volumes.
    output : Path
    settings : RunSettings
    skip_done : bool
        Leave studies alone that have a result already.
    temporary_root : Path, optional

    Raises
    ------
    InputError
        If the temporary folder cannot be made, or a name occurs twice.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        studies: Path | Sequence[tuple[str, Study]],
        output: Path,
        settings: RunSettings,
        skip_done: bool = False,
        temporary_root: Path | None = None,
    ) -> None:
        self._studies: Sequence[tuple[str, Study]] = () if isinstance(studies, Path) else studies
        names = [name for name, _study in self._studies]
        if len(set(names)) < len(names):
            raise InputError("Two studies of the batch have the same name; give each its own.")
        super().__init__(temporary_root)
        self._scene, self._output, self._oedema = scene, Path(output), settings.oedema
        source = studies if isinstance(studies, Path) else self.folder / "studies"
        self.arguments = [
            "-u", "-m", "sgnet", "batch",
            "--input", str(source),
            "--output", str(output),
            "--json",
            *settings.arguments(),
            *(["--skip-done"] if skip_done else []),
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        for name, study in self._studies:
            folder = self.folder / "studies" / name
            folder.mkdir(parents=True)
            for role, volume in zip(("t1ce", "flair"), study.volumes, strict=False):
                yield from write_nrrd(volume, folder / f"{role}.nrrd")
        # The child has them now; here they would only hold memory.
        self._studies = ()

    def collect(self, result: Result) -> Steps[tuple[StudyOutcome, ...]]:
        outcomes = []
        for row in result.values.get("studies", ()):
            name, status = str(row["study"]), str(row["status"])
            path = None
            if status != "failed":
                path = yield from self._save(name)
            lesions = row.get("lesions")
            count = None if lesions is None else int(lesions)
            outcomes.append(StudyOutcome(name, status, str(row.get("message", "")), count, path))
            yield
        return tuple(outcomes)

    def _save(self, name: str) -> Steps[Path]:
        folder = self._output / name
        path = folder / f"{name}.seg.nrrd"
        content = json.loads((folder / "lesions.json").read_text(encoding="utf-8"))
        grid = read_nifti_grid(folder / "lesions.nii.gz")
        labels = yield from read_nifti(folder / "lesions.nii.gz", grid)
        whole = None
        if self._oedema:
            whole = (yield from read_nifti(folder / "whole.nii.gz", grid)) > 0
        yield
        # Stands for the T1ce, of which only the grid matters here.
        reference = add_volume_node(self._scene, Volume(np.zeros(grid.shape, np.uint8), grid, f"{name} grid"))
        made: list[Any] = [reference]
        try:
            lesions = lesions_from_dicts(content["lesions"])
            node = create_segmentation_node(self._scene, labels, lesions, reference, name=name, whole=whole)
            made.append(node)
            yield
            save_segmentation(node, path)
        finally:
            for one in made:
                remove_with_display(self._scene, one)
        return path


def studies_from_sequences(
    t1ce_sequence: slicer.vtkMRMLSequenceNode, flair_sequence: slicer.vtkMRMLSequenceNode | None
) -> list[tuple[str, Study]]:
    """The items of two sequences, one by one, as named studies.

    Raises
    ------
    InputError
        If the sequences are of different length, or an item is no grey-value volume.
    """
    count = t1ce_sequence.GetNumberOfDataNodes()
    if flair_sequence is not None and flair_sequence.GetNumberOfDataNodes() != count:
        raise InputError(
            f'"{t1ce_sequence.GetName()}" holds {count} volumes and "{flair_sequence.GetName()}" '
            f"{flair_sequence.GetNumberOfDataNodes()}; give two sequences of the same length."
        )
    sequences = [one for one in (t1ce_sequence, flair_sequence) if one is not None]
    # Not study_from_nodes(): each sequence numbers its nodes in a scene of its own, so that IDs repeat.
    studies = []
    for n in range(count):
        t1ce, *flair = (volume_from_node(one.GetNthDataNode(n)) for one in sequences)
        studies.append((f"{n + 1:03d}", Study(t1ce, flair[0] if flair else None)))
    return studies


def save_segmentation(node: slicer.vtkMRMLSegmentationNode, path: Path) -> None:
    """Write a segmentation node as .seg.nrrd; the scene stays as it is. Raises InputError if that is not possible."""
    storage = slicer.vtkMRMLSegmentationStorageNode()
    with atomic_path(path) as temporary:
        # The writer goes by the ending ".seg.nrrd", which the temporary name keeps.
        storage.SetFileName(str(temporary))
        if not storage.WriteData(node):
            raise InputError(f"{path} could not be written; free space there or choose another folder.")
