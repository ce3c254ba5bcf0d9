"""The report page of a segmentation node as it is now, made by the child process."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import slicer

from sgnet.atomic import os_errors_as_input_errors
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.mrml.child_events import Result
from sgnet.mrml.export_job import lesion_numbers, reference_volume
from sgnet.mrml.job import Job
from sgnet.mrml.labelmap import labels_in_steps
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.review_status import kept_segment_ids
from sgnet.mrml.segmentation import PROVENANCE_ATTRIBUTE, lesions_of
from sgnet.mrml.steps import Steps
from sgnet.mrml.volumes import volume_from_node, world_affine


class ReportJob(Job[Path]):
    """A page of the lesions that are not rejected; its result is the file, in a folder of its own.

    Parameters
    ----------
    scene : vtkMRMLScene
    segmentation_node : vtkMRMLSegmentationNode
        A result, edited or not.
    flair_node : vtkMRMLScalarVolumeNode or None
        Shown beside the T1ce.
    temporary_root : Path, optional

    Raises
    ------
    InputError
        If the node is no result or its T1ce is gone.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        segmentation_node: slicer.vtkMRMLSegmentationNode,
        flair_node: slicer.vtkMRMLScalarVolumeNode | None = None,
        temporary_root: Path | None = None,
    ) -> None:
        lesions = lesions_of(segmentation_node)
        if lesions is None:
            raise InputError(
                f'"{segmentation_node.GetName()}" was not made by SG-Net; a report needs a result of the segmentation.'
            )
        self._scene, self._node = scene, segmentation_node
        self._t1ce, self._flair = reference_volume(segmentation_node), flair_node
        self._ids = kept_segment_ids(segmentation_node)
        provenance = json.loads(segmentation_node.GetAttribute(PROVENANCE_ATTRIBUTE) or "{}")
        self._content = {"lesions": [lesion.to_dict() for lesion in lesions], "provenance": provenance}
        super().__init__(temporary_root)
        self._root = temporary_root
        self.arguments = [
            "-u", "-m", "sgnet", "report", str(self.folder),
            "--t1ce", str(self.folder / "t1ce.nrrd"),
            *(["--flair", str(self.folder / "flair.nrrd")] if flair_node is not None else []),
            "--labelmap", str(self.folder / "lesions.nrrd"),
            "--output", str(self.folder / "report.html"),
            "--json",
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        with os_errors_as_input_errors(self.folder):
            (self.folder / "lesions.json").write_text(json.dumps(self._content), encoding="utf-8")
        for node, name in ((self._t1ce, "t1ce"), (self._flair, "flair")):
            if node is not None:
                yield from write_nrrd(volume_from_node(node), self.folder / f"{name}.nrrd")
        labels = yield from labels_in_steps(self._scene, self._node, self._t1ce, self._ids, lesion_numbers(self._ids))
        grid = Grid(tuple(self._t1ce.GetImageData().GetDimensions()), world_affine(self._t1ce))
        yield from write_nrrd(Volume(labels, grid, "lesions.nrrd"), self.folder / "lesions.nrrd")

    def collect(self, result: Result) -> Steps[Path]:
        yield
        with os_errors_as_input_errors(self.folder):
            # Out of the job's own folder, which goes when the job is closed.
            kept = Path(tempfile.mkdtemp(prefix="sgnet-report-", dir=self._root))
            return (self.folder / "report.html").replace(kept / "report.html")
