"""Tissue classes of the synthetic head, and where they come from in FreeSurfer-style label maps."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Tissue(IntEnum):
    """What a voxel of the healthy anatomy is made of."""

    AIR = 0
    CSF = 1
    VENTRICLE = 2
    WHITE_MATTER = 3
    CORTEX = 4
    DEEP_GREY = 5
    PALLIDUM = 6
    CEREBELLAR_WHITE = 7
    CEREBELLAR_CORTEX = 8
    BRAINSTEM = 9
    CHOROID_PLEXUS = 10
    WHITE_MATTER_HYPERINTENSITY = 11
    DURA = 12
    SINUS = 13
    ARTERY = 14
    BONE = 15
    MARROW = 16
    MUSCLE = 17
    SKIN = 18
    EYE = 19
    MUCOSA = 20
    PITUITARY = 21
    NERVE = 22
    PLEXUS_STRAND = 23


BRAIN = (
    Tissue.VENTRICLE, Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.DEEP_GREY, Tissue.PALLIDUM,
    Tissue.CEREBELLAR_WHITE, Tissue.CEREBELLAR_CORTEX, Tissue.BRAINSTEM, Tissue.CHOROID_PLEXUS,
    Tissue.WHITE_MATTER_HYPERINTENSITY, Tissue.PLEXUS_STRAND,
)  # fmt: skip
"""Classes inside the pia."""

PLEXUS = (Tissue.CHOROID_PLEXUS, Tissue.PLEXUS_STRAND)

DRAWN = tuple(tissue for tissue in Tissue if tissue not in (Tissue.AIR, Tissue.PLEXUS_STRAND))
"""Classes whose brightness is drawn, in the order of their numbers."""

LEFT_HEMISPHERE = (2, 3)
RIGHT_HEMISPHERE = (41, 42)
CEREBELLUM = (7, 8, 46, 47)

FREESURFER: dict[int, Tissue] = {
    **dict.fromkeys((2, 41), Tissue.WHITE_MATTER),
    **dict.fromkeys((3, 42, 17, 53, 18, 54), Tissue.CORTEX),
    **dict.fromkeys((4, 43, 5, 44, 14, 15, 72), Tissue.VENTRICLE),
    **dict.fromkeys((7, 46), Tissue.CEREBELLAR_WHITE),
    **dict.fromkeys((8, 47), Tissue.CEREBELLAR_CORTEX),
    **dict.fromkeys((10, 49, 11, 50, 12, 51, 26, 58), Tissue.DEEP_GREY),
    **dict.fromkeys((13, 52), Tissue.PALLIDUM),
    **dict.fromkeys((16, 28, 60, 85), Tissue.BRAINSTEM),
    **dict.fromkeys((31, 63, 136, 137, 163, 164), Tissue.CHOROID_PLEXUS),
    **dict.fromkeys((25, 57, 77), Tissue.WHITE_MATTER_HYPERINTENSITY),
    # "Vessel" below the putamen: perivascular spaces, which hold fluid.
    **dict.fromkeys((30, 62), Tissue.VENTRICLE),
    24: Tissue.CSF, 506: Tissue.EYE, 507: Tissue.MUSCLE, 508: Tissue.NERVE, 509: Tissue.MUCOSA,
    502: Tissue.ARTERY, 511: Tissue.SKIN, 512: Tissue.NERVE, 514: Tissue.DURA, 515: Tissue.BONE, 516: Tissue.MARROW,
    530: Tissue.PITUITARY,
}  # fmt: skip
"""FreeSurfer numbers (5xx: extracerebral labels of the SynthSeg maps) to tissue; other numbers are air."""


def tissue_of(labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Tissue classes, uint8, of a FreeSurfer-style label map of any shape; unknown numbers become air."""
    table = np.zeros(int(max(labels.max(initial=0), 600)) + 1, np.uint8)
    for number, tissue in FREESURFER.items():
        table[number] = tissue
    return table[labels]


def all_levels(drawn: Sequence[float]) -> tuple[float, ...]:
    """The level of each class by its number, from those of :data:`DRAWN`: air is 0, a strand of plexus half fluid."""
    levels = (0.0, *drawn)
    return (*levels, (levels[Tissue.VENTRICLE] + levels[Tissue.CHOROID_PLEXUS]) / 2)
