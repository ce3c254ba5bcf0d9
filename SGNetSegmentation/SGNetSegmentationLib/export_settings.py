"""The parameter node as settings of an export."""

from typing import Any

from sgnet.config import DICOM_FORMATS, ExportSettings
from sgnet.mrml.export_job import margins_from_text


def export_settings(chosen: Any, has_series: bool) -> ExportSettings:
    """The settings that ``chosen``, the parameter node, holds; without a series those of the label map alone.

    Raises
    ------
    sgnet.errors.InputError
        If the margins are no numbers.
    """
    wanted = {
        "labelmap": chosen.exportLabelmap,
        "seg": chosen.exportSeg,
        "sr": chosen.exportSeg and chosen.exportSr,
        "rtstruct": chosen.exportRtstruct,
    }
    formats = tuple(name for name, on in wanted.items() if on and (has_series or name not in DICOM_FORMATS))
    margins = margins_from_text(chosen.exportMargins) if "rtstruct" in formats else ()
    return ExportSettings(
        names=chosen.exportNames,
        holes=chosen.exportHoles,
        overlap=chosen.exportOverlap,
        formats=formats,
        margins_mm=margins,
    )
