"""The real scans at hand, read one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.studies import real_cases, real_folder
from sgnet.cli.cases import reference_masks
from sgnet.data.load import load_study
from sgnet.data.study import Study
from sgnet.events import Progress


@dataclass(frozen=True, eq=False)
class LabelledScan:
    """A study with the experts' masks, on its grid."""

    name: str
    study: Study
    core: NDArray[np.bool_]
    whole: NDArray[np.bool_]


def labelled_scans() -> Iterator[LabelledScan]:
    """The scans of :func:`harness.studies.real_cases`."""
    for case in real_cases():
        masks = reference_masks(case)
        study = load_study(case.images["t1ce"], case.images["flair"], Progress())
        yield LabelledScan(case.name, study, masks["core"].array > 0, masks["whole"].array > 0)


def unlabelled_scans() -> Iterator[tuple[str, Study]]:
    """Name and study of those without labels."""
    labelled = {case.name for case in real_cases()}
    for t1ce in sorted(real_folder().glob("*/t1ce.nii.gz")):
        if t1ce.parent.name not in labelled:
            yield t1ce.parent.name, load_study(t1ce, t1ce.parent / "flair.nii.gz", Progress())
