"""Which series of a DICOM folder is the T1ce and which the FLAIR."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from sgnet.data.check import MIN_VOXELS
from sgnet.data.dicom_headers import Series
from sgnet.errors import InputError


class Role(Enum):
    """The two channels of a study."""

    T1CE = "T1ce"
    FLAIR = "FLAIR"


_FLAIR = re.compile(r"flair|dark ?fluid|fluid ?atten|\btirm\b")
_T1 = re.compile(r"t1|mp2?rage|spgr|\bbravo\b|\bvibe\b|\btfe\b|\bflash\b|\btfl\b")
_CONTRAST = re.compile(
    r"\+ ?(c|gd|km|k)\b|\bc ?\+|t1 ?w? ?(ce|c|gd|km|post)\b|mprage ?(ce|c|gd|km)\b"
    r"|\b(gd|gad\w*|post|ce|km|kontrast\w*|contrast|enhanced)\b"
)
_NATIVE = re.compile(
    r"\bpre\b(?! ?op)|\bnativ\w*|\bunenhanced\b|\b(without|no|non|ohne|w ?o)\b ?(contrast|km|gd|gad\w*|c)?\b"
    r"|\bnoncontrast\b|\bprecontrast\b"
)
# Not an anatomical T1, even where its name or its echo time says T1.
_OTHER = re.compile(
    r"\b(t2\w*|pd|dwi|dti|adc|trace\w*|swi|swan|perf\w*|dsc|dce|asl|cb[fv]|tof|mra|mrv|angio\w*|mip|sub|subtract\w*"
    r"|loc\w*|scout|survey|scano\w*|spectro\w*|fmri|bold|fiesta|ciss|map)\b"
)


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
    name = _words(series.description)
    inversion, echo = series.inversion_time_ms, series.echo_time_ms
    if _FLAIR.search(name):
        return not (_T1.search(name) and not re.search(r"\bt2", name)) and not (inversion and inversion < 1400)
    return inversion is not None and inversion >= 1500 and echo is not None and echo >= 60 and not _T1.search(name)


def is_t1ce(series: Series) -> bool:
    """Whether description or timing say T1-weighted, and a contrast agent is stated."""
    name = _words(series.description)
    if is_flair(series) or _OTHER.search(name) or _NATIVE.search(name):
        return False
    agent = series.contrast_agent.lower() not in ("", "no", "none", "n", "0", "n/a", "without")
    return _is_t1(series, name) and (agent or bool(_CONTRAST.search(name)))


def _is_t1(series: Series, name: str) -> bool:
    if _T1.search(name):
        return True
    echo, repetition, inversion = series.echo_time_ms, series.repetition_time_ms, series.inversion_time_ms
    if echo is None or echo > 30:
        return False
    return (repetition is not None and repetition <= 1200) or (inversion is not None and 500 <= inversion <= 1400)


def _words(text: str) -> str:
    return re.sub(r"[\s_\-./\\^(),:]+", " ", text.lower()).strip()


def _listed(series: Sequence[Series]) -> str:
    shown = [f"{one.label.rpartition(', series ')[2]}, {len(one.slices)} slices" for one in series[:8]]
    more = len(series) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
