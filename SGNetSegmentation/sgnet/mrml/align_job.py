"""FLAIR registered to T1ce by the child process, and put under the transform that was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.mrml.child_events import Result
from sgnet.mrml.job import Job
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.steps import Steps


class AlignJob(Job[NDArray[np.float64]]):
    """``sgnet align`` on a study; its result moves FLAIR, shape (4, 4), RAS in mm."""

    def __init__(self, study: Study, temporary_root: Path | None = None) -> None:
        super().__init__(temporary_root)
        self._study = study
        self.arguments = [
            "-u", "-m", "sgnet", "align",
            "--t1ce", str(self.folder / "t1ce.nrrd"),
            "--flair", str(self.folder / "flair.nrrd"),
            "--output", str(self.folder / "flair_to_t1ce.tfm"),
            "--json",
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        for name, volume in zip(("t1ce", "flair"), self._study.volumes, strict=True):
            yield from write_nrrd(volume, self.folder / f"{name}.nrrd")

    def collect(self, result: Result) -> Steps[NDArray[np.float64]]:
        yield
        matrix = np.array(result.values.get("flair_to_t1ce_ras", ()), dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise InputError("The registration gave no transform; try again.")
        return matrix


def move_under_transform(
    scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLScalarVolumeNode, matrix_ras: NDArray[np.float64], name: str
) -> slicer.vtkMRMLLinearTransformNode:
    """Move a volume by ``matrix_ras``, shape (4, 4), with a new linear transform; voxels and header stay as they are.

    A linear transform that the volume stands under is taken into the new one; nothing else in the scene moves.
    Removing the new transform puts the volume back to where its own header has it.
    """
    before = vtkMatrix4x4()
    if (parent := node.GetParentTransformNode()) is not None:
        parent.GetMatrixTransformToWorld(before)
    old = np.array([[before.GetElement(row, column) for column in range(4)] for row in range(4)])
    after = vtkMatrix4x4()
    after.DeepCopy((matrix_ras @ old).ravel().tolist())
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", scene.GenerateUniqueName(name))
    transform.SetMatrixTransformToParent(after)
    node.SetAndObserveTransformNodeID(transform.GetID())
    return transform
