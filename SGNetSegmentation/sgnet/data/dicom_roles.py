"""Which series of a DICOM folder is the T1ce and which the FLAIR."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sgnet.data.check import MIN_VOXELS
from sgnet.data.dicom_headers import Series
from sgnet.data.roles import Role, evidence
from sgnet.errors import InputError

__all__ = ["Role", "choose_series", "is_flair", "is_t1ce"]


def choose_series(series: Sequence[Series], role: Role, folder: Path) -> Series:
    """The one series of ``folder`` that plays ``role``.

    A folder with a single series of at least 5 slices is taken at its word. Among several, T1ce is a
    T1-weighted series (by its description, or short echo with short repetition or inversion time) with a
    contrast agent stated in its header or its description, and FLAIR is a series called so, or one with a
    long inversion and echo time. A reformat gives way to an original.

    Raises
    ------
    InputError
        If no series or more than one qualifies; the message lists the candidates.
    """
    images = [one for one in series if len(one.slices) >= MIN_VOXELS]
    if not images:
        raise InputError(
            f"{folder}: the folder holds no MR series of {MIN_VOXELS} slices or more; "
            "give the DICOM folder of the scan, or a NIfTI, NRRD or MetaImage file."
        )
    if len(images) == 1:
        return images[0]
    qualified = [one for one in images if (is_t1ce(one) if role is Role.T1CE else is_flair(one))]
    found = [one for one in qualified if not one.derived] or qualified
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            f"{folder}: none of the {len(images)} series is recognised as {role.value} ({_listed(images)}); "
            "give the folder that holds that series alone."
        )
    raise InputError(
        f"{folder}: {len(found)} series may be the {role.value} ({_listed(found)}); "
        "give the folder that holds the wanted series alone."
    )


def is_flair(series: Series) -> bool:
    """Whether description or timing say T2-weighted fluid-attenuated inversion recovery."""
    return evidence(series, Role.FLAIR).score >= 2


def is_t1ce(series: Series) -> bool:
    """Whether description or timing say T1-weighted, and a contrast agent is stated."""
    return evidence(series, Role.T1CE).score >= 2


def _listed(series: Sequence[Series]) -> str:
    shown = [f"{one.label.rpartition(', series ')[2]}, {len(one.slices)} slices" for one in series[:8]]
    more = len(series) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
