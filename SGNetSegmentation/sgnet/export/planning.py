"""Which series of a DICOM folder the structures are drawn on."""

from __future__ import annotations

from pathlib import Path

from sgnet.data.dicom import arrange_slices
from sgnet.data.dicom_headers import Series, find_series
from sgnet.errors import InputError
from sgnet.export.onto import same_lattice
from sgnet.geometry import Grid

_MODALITIES = ("MR", "CT")


def find_planning_series(folder: Path, labels: Grid) -> Series:
    """The MR or CT series of ``folder``; among several, the one whose voxels are those of the label map.

    Raises
    ------
    InputError
        If the folder holds no image series, or several of which not exactly one has the voxels of ``labels``.
    """
    folder = Path(folder)
    if not folder.exists():
        raise InputError(f"{folder}: no such folder; check the path.")
    found = [one for one in find_series(folder, _MODALITIES) if len(one.slices) > 1]
    if not found:
        raise InputError(f"{folder} holds no MR or CT series; give the DICOM folder of the planning images.")
    if len(found) == 1:
        return found[0]
    fitting = [one for one in found if _fits(one, labels)]
    if len(fitting) == 1:
        return fitting[0]
    which = f"{len(fitting)} of them have" if fitting else "none of them has"
    raise InputError(
        f"{folder} holds {len(found)} series and {which} the grid of the label map; "
        "give a folder with the planning series alone."
    )


def _fits(series: Series, labels: Grid) -> bool:
    try:
        return same_lattice(arrange_slices(series)[1], labels)
    except InputError:
        # A scout or an incomplete series beside the wanted one is no reason to stop.
        return False
