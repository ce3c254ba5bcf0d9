"""Which of several volumes is the T1ce and which the FLAIR, told by their names and DICOM headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sgnet.data.roles import ImageDescription, Role, evidence

TAGS = {
    "description": "0008,103e",
    "modality": "0008,0060",
    "image_type": "0008,0008",
    "contrast_agent": "0018,0010",
    "echo_time_ms": "0018,0081",
    "inversion_time_ms": "0018,0082",
    "repetition_time_ms": "0018,0080",
    "patient_id": "0010,0020",
    "study_uid": "0020,000d",
}
"""What :func:`describe` wants to know of a volume that came as DICOM, and the tag that states it."""


@dataclass(frozen=True)
class Guess:
    """Positions in the list of volumes, or None where none fits; ``reason`` is for the user to read."""

    t1ce: int | None
    flair: int | None
    reason: str


def describe(name: str, header: Mapping[str, str] | None = None) -> ImageDescription:
    """What is said about a volume: by the name of its node, and by its DICOM header where there is one.

    Parameters
    ----------
    name : str
    header : mapping, optional
        Text by the names of :data:`TAGS`; missing or unreadable entries count as not stated.

    Examples
    --------
    >>> describe("5: AXIAL", {"description": "AX T1 POST", "echo_time_ms": "3.1"})
    ImageDescription(description='5: AXIAL; AX T1 POST', contrast_agent='', echo_time_ms=3.1, inversion_time_ms=None, \
repetition_time_ms=None, modality='', patient_id='', study_uid='', derived=False)
    """
    header = header or {}
    series = header.get("description", "").strip()
    kinds = header.get("image_type", "").upper()
    return ImageDescription(
        description=name if series in name else f"{name}; {series}",
        contrast_agent=header.get("contrast_agent", "").strip(),
        echo_time_ms=_number(header.get("echo_time_ms")),
        inversion_time_ms=_number(header.get("inversion_time_ms")),
        repetition_time_ms=_number(header.get("repetition_time_ms")),
        modality=header.get("modality", "").strip().upper(),
        patient_id=header.get("patient_id", "").strip(),
        study_uid=header.get("study_uid", "").strip(),
        derived="DERIVED" in kinds or "MPR" in kinds,
    )


def guess_inputs(names: Sequence[str], images: Sequence[ImageDescription] | None = None) -> Guess:
    """Pick the T1ce and the FLAIR out of the volumes of a scene.

    A volume is taken only when its name or header says what it is. The surest wins; of equals an original goes
    before a reformat, and the first before the others. The FLAIR is sought in the T1ce's study first. The two
    are never the same.

    Parameters
    ----------
    names : sequence of str
        What the user sees.
    images : sequence of ImageDescription, optional
        As many; made from the names alone where not given.

    Examples
    --------
    >>> guess_inputs(["AX T2 FLAIR", "AX T1", "AX T1 POST"])
    Guess(t1ce=2, flair=0, reason='T1ce: "AX T1 POST", by its name. FLAIR: "AX T2 FLAIR", by its name.')
    >>> guess_inputs(["CT"]).t1ce is None
    True
    """
    images = [describe(name) for name in names] if images is None else images
    t1ce = _best(images, Role.T1CE, None)
    flair = _best(images, Role.FLAIR, t1ce)
    sentences, missing = [], []
    for role, chosen in ((Role.T1CE, t1ce), (Role.FLAIR, flair)):
        if chosen is None:
            missing.append(role.value)
        else:
            reason = evidence(images[chosen], role).reason
            sentences.append(f'{role.value}: "{names[chosen]}", by its {reason}.')
    if missing:
        sentences.append(f"No volume says that it is the {' or the '.join(missing)}: please choose.")
    return Guess(t1ce, flair, " ".join(sentences))


def _best(images: Sequence[ImageDescription], role: Role, taken: int | None) -> int | None:
    def rank(i: int) -> tuple[int, bool, bool]:
        same_study = taken is not None and bool(images[i].study_uid) and images[i].study_uid == images[taken].study_uid
        return _score(images[i], role), same_study, not images[i].derived

    candidates = [i for i in range(len(images)) if i != taken and _score(images[i], role) > 0]
    # One visit's FLAIR for one visit's T1ce, even where another FLAIR has the better name.
    at_home = [i for i in candidates if rank(i)[1]]
    return max(at_home or candidates, key=rank, default=None)


def _score(image: ImageDescription, role: Role) -> int:
    return 0 if image.modality not in ("", "MR") else evidence(image, role).score


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
