"""What is said about an image - its name, its DICOM header - and what that makes of it: T1ce, FLAIR or neither.

The one set of rules for DICOM folders (:mod:`sgnet.data.dicom_roles`), for files of a batch and for the volumes
of a scene (:mod:`sgnet.mrml.guess`). No voxel is looked at here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Role(Enum):
    """The two channels of a study."""

    T1CE = "T1ce"
    FLAIR = "FLAIR"


class Described(Protocol):
    """What the rules read: a name, and timing and contrast agent where a header states them."""

    @property
    def description(self) -> str:
        """Series description, file name or node name."""

    @property
    def contrast_agent(self) -> str:
        """ContrastBolusAgent; "" where none is stated."""

    @property
    def echo_time_ms(self) -> float | None:
        """EchoTime."""

    @property
    def inversion_time_ms(self) -> float | None:
        """InversionTime."""

    @property
    def repetition_time_ms(self) -> float | None:
        """RepetitionTime."""


@dataclass(frozen=True)
class ImageDescription:
    """An image as its name and header describe it; fields as in :class:`Described`."""

    description: str
    contrast_agent: str = ""
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    repetition_time_ms: float | None = None
    modality: str = ""
    patient_id: str = ""
    study_uid: str = ""
    derived: bool = False


@dataclass(frozen=True)
class Evidence:
    """How surely an image plays a role: 0 not at all, 1 a hint, 2 by timing, 3 by name; ``reason`` says by what."""

    score: int
    reason: str = ""


_FLAIR = re.compile(r"flair|dark ?fluid|fluid ?atten|\btirm\b|\bt2 ?f\b|\bda ?fl\b")
_T1 = re.compile(r"t1|mp2?rage|spgr|\bbravo\b|\bvibe\b|\btfe\b|\bflash\b|\btfl\b|tfl3d")
_CONTRAST = re.compile(
    r"\+ ?(c|gd|km|k)\b|\bc ?\+|t1 ?w? ?(ce|c|gd|km|post|contrast|enh\w*)\b|mprage ?(ce|c|gd|km)\b"
    r"|\b(gd|gad\w*|post|ce|km|kontrast\w*|contrast|enhanced|dotarem|vueway)\b"
)
_NATIVE = re.compile(
    r"\bpre\b(?! ?op)|\bnativ\w*|\bunenhanced\b|\bt1 ?w? ?n\b"
    r"|\b(without|no|non|ohne|w ?o)\b ?(contrast|km|gd|gad\w*|c)?\b|\bnoncontrast\b|\bprecontrast\b"
)
# Computed from an image: never the scan itself, whatever else the name says.
_COMPUTED = re.compile(r"\b(seg|segmentation\w*|label\w*|mask\w*|prob\w*|adc|sub|subtract\w*|difference|map)\b")
# Not an anatomical T1, even where its name or its echo time says T1.
_OTHER = re.compile(
    r"\b(t2\w*|pd|ct|dwi|dti|trace\w*|swi|swan|perf\w*|dsc|dce|asl|cb[fv]|tof|mra|mrv|angio\w*|mip"
    r"|loc\w*|scout|survey|scano\w*|spectro\w*|fmri|bold|fiesta|ciss)\b"
)
_NO_AGENT = ("", "no", "none", "n", "0", "n/a", "without")


def evidence(image: Described, role: Role) -> Evidence:
    """How surely name and header of ``image`` say that it is the ``role``.

    Examples
    --------
    >>> evidence(ImageDescription("AX T1 POST"), Role.T1CE)
    Evidence(score=3, reason='name')
    >>> evidence(ImageDescription("AXIAL", "Gadovist", echo_time_ms=3, repetition_time_ms=8), Role.T1CE)
    Evidence(score=2, reason='timing (TE 3, TR 8 ms), contrast agent Gadovist')
    >>> evidence(ImageDescription("AX T1 PRE"), Role.T1CE).score
    0
    """
    return _t1ce(image) if role is Role.T1CE else _flair(image)


def states_contrast(image: Described) -> str:
    """What says that contrast agent was given, "the name" or the header; "" where nothing does."""
    if _agent(image):
        return f"the header (contrast agent {image.contrast_agent.strip()})"
    return "the name" if _CONTRAST.search(_words(image.description)) and not states_native(image) else ""


def states_native(image: Described) -> bool:
    """Whether the name says that the image was taken before, or without, contrast agent."""
    return bool(_NATIVE.search(_words(image.description)))


def _flair(image: Described) -> Evidence:
    name = _words(image.description)
    inversion, echo = image.inversion_time_ms, image.echo_time_ms
    if _COMPUTED.search(name):
        return Evidence(0)
    if _FLAIR.search(name):
        is_t1 = _T1.search(name) and not re.search(r"\bt2", name)
        return Evidence(0) if is_t1 or (inversion and inversion < 1400) else Evidence(3, "name")
    if inversion is None or inversion < 1500 or echo is None or echo < 60 or _T1.search(name):
        return Evidence(0)
    return Evidence(2, f"timing (TE {echo:.0f}, TI {inversion:.0f} ms)")


def _t1ce(image: Described) -> Evidence:
    name = _words(image.description)
    if _COMPUTED.search(name) or _OTHER.search(name) or _NATIVE.search(name) or _flair(image).score:
        return Evidence(0)
    named_contrast = bool(_CONTRAST.search(name))
    agent = f"contrast agent {image.contrast_agent.strip()}" if _agent(image) else ""
    if not (named_contrast or agent):
        return Evidence(0)
    contrast = agent or "contrast in the name"
    if _T1.search(name):
        return Evidence(3, "name" if named_contrast else f"name and {agent}")
    timing = _t1_timing(image)
    if timing:
        return Evidence(2, f"{timing}, {contrast}")
    long_echo = image.echo_time_ms is not None and image.echo_time_ms > 30
    return Evidence(1, contrast) if named_contrast and not _FLAIR.search(name) and not long_echo else Evidence(0)


def _t1_timing(image: Described) -> str:
    echo, repetition, inversion = image.echo_time_ms, image.repetition_time_ms, image.inversion_time_ms
    if echo is None or echo > 30:
        return ""
    if inversion is not None and 500 <= inversion <= 1400:
        return f"timing (TE {echo:.0f}, TI {inversion:.0f} ms)"
    return f"timing (TE {echo:.0f}, TR {repetition:.0f} ms)" if repetition is not None and repetition <= 1200 else ""


def _agent(image: Described) -> bool:
    return image.contrast_agent.strip().lower() not in _NO_AGENT


def _words(text: str) -> str:
    # The subject of a BIDS name ("sub-01_ses-1_T1w") is no subtraction.
    text = re.sub(r"\bsub-[a-z0-9]+", " ", text.lower())
    return re.sub(r"[\s_\-./\\^(),:;|]+", " ", text).strip()
