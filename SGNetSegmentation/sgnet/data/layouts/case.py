"""One record for a case of any data set: where its images and labels lie, and what the labels mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class LabelFile:
    """The voxels of one label map that make a mask.

    Attributes
    ----------
    path : Path
    values : tuple of int
        The labels that count; empty for every label that is not 0.
    """

    path: Path
    values: tuple[int, ...] = ()


@dataclass(frozen=True)
class Case:
    """One visit of one patient.

    Attributes
    ----------
    name : str
        Unique within its data set.
    patient : str
        Visits of one patient share it; a split keeps them together.
    images : mapping of str to Path
        By what they show: ``t1ce``, ``flair``, ``t2``. Any may be missing.
    labels : mapping of str to LabelFile
        ``core`` (tumour without its oedema) and ``whole`` (with it). Either may be missing.
    """

    name: str
    patient: str
    images: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, LabelFile] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """A way in which data sets are laid out in folders.

    Attributes
    ----------
    name : str
    looks_for : str
        What a folder of this layout holds, for messages and the help.
    find_cases : callable
        The cases of a folder, in any order; none if the folder is not of this layout.
        Raises InputError if it is, but cannot be used.
    """

    name: str
    looks_for: str
    find_cases: Callable[[Path], list[Case]]


def stem(path: Path) -> str:
    """The file's name without ``.nii``, ``.nii.gz``, ``.nrrd`` or ``.mha``.

    Examples
    --------
    >>> stem(Path("folder/BraTS-MET-00002-000-seg.nii.gz"))
    'BraTS-MET-00002-000-seg'
    """
    name = path.name
    for ending in IMAGE_ENDINGS:
        name = name.removesuffix(ending)
    return name


IMAGE_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")
