"""What Slicer's DICOM database says about a volume."""

from typing import Any

import slicer

from sgnet.mrml.guess import TAGS


class DicomHeaders:
    """Reads the tags of :data:`sgnet.mrml.guess.TAGS` for the first image of a volume, once a volume.

    ``DICOM.instanceUIDs`` is set by DICOMLib (Modules/Scripted/DICOMPlugins/DICOMScalarVolumePlugin.py);
    ``isOpen`` and ``instanceValue(uid, tag)`` belong to ctkDICOMDatabase (CTK/Libs/DICOM/Core/ctkDICOMDatabase.h).
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def of(self, node: Any) -> dict[str, str]:
        """Text by the names of the tags; empty for a volume that did not come as DICOM."""
        uids = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
        database = getattr(slicer, "dicomDatabase", None)
        if not uids or database is None or not database.isOpen:
            return {}
        if uids[0] not in self._known:
            values = {name: str(database.instanceValue(uids[0], tag) or "") for name, tag in TAGS.items()}
            # Older databases mark what is missing with a word of their own, "__TAG_NOT_IN_INSTANCE__".
            self._known[uids[0]] = {name: value for name, value in values.items() if not value.startswith("__")}
        return self._known[uids[0]]
