"""A folder of studies: one sub-folder a patient and visit, its T1ce and FLAIR told apart by their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sgnet.data.roles import ImageDescription, Role, evidence
from sgnet.errors import InputError

IMAGE_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")


@dataclass(frozen=True)
class StudyFiles:
    """Where the volumes of one study are; both are the folder itself where it holds DICOM.

    Attributes
    ----------
    name : str
        Of its folder.
    t1ce : Path
    flair : Path or None
        None: the study has a T1ce alone.
    """

    name: str
    t1ce: Path
    flair: Path | None


def study_folders(root: Path) -> list[Path]:
    """The sub-folders of ``root`` that hold files, by name; hidden ones are passed over.

    Raises
    ------
    InputError
        If ``root`` is no folder or has no such sub-folder.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds one sub-folder a study.")
    found = [one for one in sorted(root.iterdir()) if one.is_dir() and not one.name.startswith(".")]
    found = [one for one in found if any(path.is_file() for path in one.rglob("*"))]
    if not found:
        raise InputError(f"{root} has no sub-folders with files; put each study into a folder of its own there.")
    return found


def find_study(folder: Path) -> StudyFiles:
    """The T1ce and the FLAIR in the folder of one study, by the names of its files (:mod:`sgnet.data.roles`).

    A folder without image files is taken for DICOM and left to :func:`sgnet.data.load.load_study`.

    Raises
    ------
    InputError
        If no file or more than one may be the T1ce, or more than one the FLAIR.
    """
    images = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name.endswith(IMAGE_ENDINGS)]
    if not images:
        return StudyFiles(folder.name, folder, folder)
    # The study's own name, in front of each file of some data sets, says nothing on a single file.
    names = [path.name[: path.name.index(".")].removeprefix(folder.name) for path in images]
    t1ce = _one(folder, images, names, Role.T1CE)
    if t1ce is None:
        listed = ", ".join(path.name for path in images[:6])
        raise InputError(f"{folder}: none of its files is named as a T1ce ({listed}); rename it to t1ce.")
    return StudyFiles(folder.name, t1ce, _one(folder, images, names, Role.FLAIR))


def _one(folder: Path, images: list[Path], names: list[str], role: Role) -> Path | None:
    scores = [evidence(ImageDescription(name), role).score for name in names]
    best = [path for path, score in zip(images, scores, strict=True) if score == max(scores) > 0]
    if len(best) > 1:
        listed = ", ".join(path.name for path in best)
        raise InputError(f"{folder}: {len(best)} files may be the {role.value} ({listed}); leave one of them there.")
    return best[0] if best else None
