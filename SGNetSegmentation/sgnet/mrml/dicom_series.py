"""Where the DICOM series of a volume lies on disk, as far as Slicer knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INSTANCES_ATTRIBUTE = "DICOM.instanceUIDs"


def series_folder(volume_node: Any, database: Any) -> Path | None:
    """The folder with the files that ``volume_node`` was loaded from; None where that is not known.

    Parameters
    ----------
    volume_node : vtkMRMLScalarVolumeNode
        Slicer's DICOM module notes on it the SOP instance UIDs of its slices.
    database : ctkDICOMDatabase or None
        ``slicer.dicomDatabase``; asked for ``fileForInstance(uid)``.
    """
    instances = (volume_node.GetAttribute(INSTANCES_ATTRIBUTE) or "").split()
    if not instances or database is None:
        return None
    # Each question is one to a data base on disk, so not all slices are asked for.
    asked = dict.fromkeys((instances[0], instances[len(instances) // 2], instances[-1]))
    files = [str(database.fileForInstance(one) or "") for one in asked]
    folders = {Path(one).parent for one in files if one}
    if "" in files or len(folders) != 1:
        return None
    (folder,) = folders
    return folder if folder.is_dir() else None
