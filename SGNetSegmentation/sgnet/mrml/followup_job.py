"""Two or more segmentations of one patient compared by the child process, which registers their T1ce."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import slicer

from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.lesions.followup_record import FollowUp
from sgnet.mrml.child_events import Result
from sgnet.mrml.job import Job
from sgnet.mrml.labelmap import labels_in_steps
from sgnet.mrml.nrrd import write_nrrd
from sgnet.mrml.review_status import kept_segment_ids
from sgnet.mrml.steps import Steps
from sgnet.mrml.volumes import volume_from_node


@dataclass(frozen=True)
class SegmentedScan:
    """A segmentation with the T1ce it was drawn on."""

    segmentation: slicer.vtkMRMLSegmentationNode
    t1ce: slicer.vtkMRMLScalarVolumeNode


def reference_t1ce(segmentation: slicer.vtkMRMLSegmentationNode) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The volume whose geometry the segmentation has; None if it has none or that is no longer in the scene."""
    return segmentation.GetNodeReference(segmentation.GetReferenceImageGeometryReferenceRole())


def scans_to_compare(
    current: slicer.vtkMRMLSegmentationNode | None,
    previous: slicer.vtkMRMLSegmentationNode | None,
    previous_t1ce: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> list[SegmentedScan]:
    """Two segmentations with their T1ce, the previous one first; each T1ce is the reference volume unless given.

    Raises
    ------
    InputError
        If something was not chosen or was chosen twice.
    """
    if current is None or previous is None:
        raise InputError("Please choose a previous segmentation, and the current one under Review.")
    scans = []
    for segmentation, t1ce in (
        (previous, previous_t1ce or reference_t1ce(previous)),
        (current, reference_t1ce(current)),
    ):
        if t1ce is None:
            raise InputError(f'Please choose the T1ce that "{segmentation.GetName()}" was drawn on.')
        scans.append(SegmentedScan(segmentation, t1ce))
    if scans[0].segmentation is scans[1].segmentation:
        raise InputError("The previous segmentation is the current one; please choose the one of the earlier visit.")
    if scans[0].t1ce is scans[1].t1ce:
        raise InputError(
            "Both segmentations are of the same T1ce; a follow-up compares two visits. Please choose the T1ce of each."
        )
    return scans


class FollowUpJob(Job[FollowUp]):
    """``sgnet followup`` on the lesions of each segmentation that are not rejected, as they are now.

    Parameters
    ----------
    scene : vtkMRMLScene
    scans : sequence of SegmentedScan
        Two or more, the oldest first, the current one last.
    settings : FollowUpSettings
    temporary_root : Path, optional

    Attributes
    ----------
    scans : tuple of SegmentedScan

    Raises
    ------
    InputError
        If no segmentation holds a lesion, or a T1ce cannot be used.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        scans: Sequence[SegmentedScan],
        settings: FollowUpSettings,
        temporary_root: Path | None = None,
    ) -> None:
        self._scene, self.scans = scene, tuple(scans)
        self._ids = [kept_segment_ids(scan.segmentation) for scan in scans]
        if not any(self._ids):
            raise InputError("Neither segmentation holds a lesion that is not rejected; there is nothing to compare.")
        # Checked now, so that what cannot be used is told before anything is written.
        self._volumes = [volume_from_node(scan.t1ce) for scan in scans]
        super().__init__(temporary_root)
        *earlier, current = [
            (str(self.folder / f"lesions_{number}.nrrd"), str(self.folder / f"t1ce_{number}.nrrd"))
            for number in range(len(scans))
        ]
        given = [word for case, t1ce in earlier for word in ("--previous", case, "--previous-t1ce", t1ce)]
        self.arguments = [
            "-u", "-m", "sgnet", "followup", *given,
            "--current", current[0], "--current-t1ce", current[1],
            "--output", str(self.folder / "out"),
            "--json",
            "--tolerance-mm", repr(settings.tolerance_mm),
            "--change-percent", repr(settings.change_percent),
            "--change-mm", repr(settings.change_mm),
        ]  # fmt: skip

    def write(self) -> Steps[None]:
        for number, (scan, ids) in enumerate(zip(self.scans, self._ids, strict=True)):
            volume = self._volumes[number]
            labels = yield from labels_in_steps(self._scene, scan.segmentation, scan.t1ce, ids)
            yield from write_nrrd(Volume(labels, volume.grid, "lesions"), self.folder / f"lesions_{number}.nrrd")
            yield from write_nrrd(volume, self.folder / f"t1ce_{number}.nrrd")
        # The child has them now; here they would only hold memory.
        self._volumes.clear()

    def collect(self, result: Result) -> Steps[FollowUp]:
        yield
        found = FollowUp.from_dict(result.values)
        if len(found.scans) != len(self.scans):
            raise InputError("The comparison is of other scans than those chosen; compare again.")
        # The child knows files and numbers; people know the names of nodes and segments.
        scans = tuple(replace(one, name=scan.t1ce.GetName()) for one, scan in zip(found.scans, self.scans, strict=True))
        names = [
            [_name(scan.segmentation, one) for one in ids] for scan, ids in zip(self.scans, self._ids, strict=True)
        ]
        tracks = tuple(
            replace(
                track,
                sizes=tuple(
                    tuple(replace(size, name=known[size.number - 1]) for size in sizes)
                    for known, sizes in zip(names, track.sizes, strict=True)
                ),
            )
            for track in found.tracks
        )
        return replace(found, scans=scans, tracks=tracks)


def _name(segmentation: slicer.vtkMRMLSegmentationNode, segment_id: str) -> str:
    """The number of a lesion of ours, the name of any other segment."""
    name = str(segmentation.GetSegmentation().GetSegment(segment_id).GetName())
    return re.sub(r"^Lesion (?=\d+$)", "", name)
