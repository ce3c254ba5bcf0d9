"""BraTS-METS, 2023 and later (Moawad et al., arXiv 2306.00838).

=====  ===============================================================  ====  =====
Label  Tissue                                                           core  whole
=====  ===============================================================  ====  =====
1      NETC (2023: NCR), non-enhancing or necrotic tumour core          yes   yes
2      SNFH (2023: ED), surrounding FLAIR hyperintensity: oedema        no    yes
3      ET, enhancing tumour                                             yes   yes
4      RC, resection cavity (2025 and later); 2023 and 2024 lack it     no    no
=====  ===============================================================  ====  =====

In glioma data up to 2022 the value 4 was the enhancing tumour. Their files are named otherwise
(``_t1ce``, ``_flair``), so that the two are never mistaken for each other.
"""

from __future__ import annotations

import re
from pathlib import Path

from sgnet.data.layouts.case import Case, LabelFile, Layout

CORE = (1, 3)
WHOLE = (1, 2, 3)
_IMAGES = {"t1ce": "t1c", "flair": "t2f", "t2": "t2w"}


def find_cases(folder: Path) -> list[Case]:
    """Folders ``NAME-000`` with ``NAME-000-t1c.nii.gz``; the last three figures number a patient's visits."""
    cases = []
    for t1c in folder.glob("*/*-t1c.nii*"):
        name, ending = t1c.name.split("-t1c.nii")
        files = {image: t1c.with_name(f"{name}-{mark}.nii{ending}") for image, mark in _IMAGES.items()}
        seg = t1c.with_name(f"{name}-seg.nii{ending}")
        labels = {"core": LabelFile(seg, CORE), "whole": LabelFile(seg, WHOLE)} if seg.is_file() else {}
        images = {image: file for image, file in files.items() if file.is_file()}
        cases.append(Case(name, patient_of(name), images, labels))
    return cases


def patient_of(name: str) -> str:
    """The patient of a case: its name without the number of the visit.

    Examples
    --------
    >>> patient_of("BraTS-MET-00002-001"), patient_of("study-00002")
    ('BraTS-MET-00002', 'study-00002')
    """
    return re.sub(r"(?<=-\d{5})-\d{3}$", "", name)


BRATS_METS = Layout(
    "brats-mets", "folders, one a visit, with NAME-t1c.nii.gz, NAME-t2f.nii.gz, NAME-seg.nii.gz", find_cases
)
