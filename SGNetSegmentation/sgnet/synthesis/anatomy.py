"""The healthy head under a synthetic study: tissue classes and distances, from label maps.

Label maps in FreeSurfer numbering are what ``recon-all`` or SynthSeg write (``aseg.mgz`` converted to
NIfTI); maps with extracerebral labels (5xx), as in the SynthSeg repository (Billot et al., MedIA
2023), also give skull, dura and skin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.errors import InputError
from sgnet.synthesis.distance import distance_to
from sgnet.synthesis.tissue import BRAIN, CEREBELLUM, LEFT_HEMISPHERE, RIGHT_HEMISPHERE, Tissue, tissue_of

LEAST_PLEXUS = 500
"""Voxels: what is labelled choroid plexus and hangs together less is a strand thinner than a voxel."""
LEAST_DURA = 500
"""Voxels: what is labelled dura deep in the brain and hangs together less is fluid between the brain's parts."""
DEEP_MM = 4
"""Below the smoothed surface of the brain: deeper, only falx and tentorium are dura."""
MARGIN_MM = 34
"""Kept around the brain: enough for the skull and scalp."""


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A healthy head on a 1 mm RAS lattice.

    Attributes
    ----------
    name : str
    tissue : ndarray of uint8 (Tissue values), shape (R, A, S)
    brain_distance : ndarray of int8, same shape
        Distance in mm to the smoothed surface of the brain, negative inside.
    """

    name: str
    tissue: NDArray[np.uint8]
    brain_distance: NDArray[np.int8]


def find_anatomies(folder: Path) -> list[Path]:
    """Label maps (NIfTI or MGZ written as NIfTI) in ``folder``, sorted by name; none raises InputError."""
    found = sorted(p for p in folder.glob("*.nii*") if p.is_file())
    if not found:
        raise InputError(f"{folder} holds no label maps (*.nii, *.nii.gz); give a folder of FreeSurfer-style maps.")
    return found


def split_anatomies(maps: list[Path], hold_out_every: int) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Label maps for training and those kept out for testing: every ``hold_out_every``-th; 0 keeps none out."""
    held = tuple(m for n, m in enumerate(maps, start=1) if hold_out_every and n % hold_out_every == 0)
    return tuple(m for m in maps if m not in held), held


@lru_cache(maxsize=32)
def load_anatomy(path: Path) -> Anatomy:
    """Read one label map of about 1 mm voxels and prepare it; kept in memory for the next study."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    if max(abs(s - 1.0) for s in image.GetSpacing()) > 0.05:
        raise InputError(f"{path.name} has voxels of {image.GetSpacing()} mm; resample the label map to 1 mm first.")
    labels = np.rint(sitk.GetArrayFromImage(image)).astype(np.int32).transpose(2, 1, 0)[::-1, ::-1, :]
    return prepare_anatomy(path.name.split(".")[0], np.ascontiguousarray(labels))


def prepare_anatomy(name: str, labels: NDArray[np.int32]) -> Anatomy:
    """Classes with dural sinuses, falx and tentorium derived from where the brain's parts face each other.

    Of the choroid plexus, what is apart from its arcs in the ventricles becomes a strand: label maps show it in the
    temporal horn as balls of 3 to 6 mm, which no scan does. Bits of dura deep in the brain, apart from falx and
    tentorium, become fluid.

    Parameters
    ----------
    name : str
    labels : ndarray of int, shape (R, A, S)
        FreeSurfer numbering, 1 mm.
    """
    tissue = tissue_of(labels)
    brain = np.isin(tissue, BRAIN)
    if brain.sum() < 300_000:
        raise InputError(f"{name}: only {brain.sum() / 1e6:.2f} litres of brain labels; is it a FreeSurfer label map?")
    box = tuple(
        slice(max(0, s.start - MARGIN_MM), s.stop + MARGIN_MM) for s in ndimage.find_objects(brain.astype(np.uint8))[0]
    )
    labels, tissue, brain = labels[box], tissue[box].copy(), brain[box]
    surface = _smoothed_distance(brain, closing_mm=6.0)

    near = {
        part: distance_to(np.isin(labels, numbers))
        for part, numbers in (("left", LEFT_HEMISPHERE), ("right", RIGHT_HEMISPHERE), ("cerebellum", CEREBELLUM))
    }
    cerebrum = np.minimum(near["left"], near["right"])
    fluid = np.isin(tissue, (Tissue.CSF, Tissue.AIR, Tissue.DURA)) & (surface < 5)
    falx = fluid & (np.abs(near["left"] - near["right"]) <= 1.0) & (near["left"] < 7)
    tentorium = fluid & (np.abs(cerebrum - near["cerebellum"]) <= 1.0) & (cerebrum < 6)
    meninges = fluid & (surface >= 2) & (surface < 3.5)
    sinus = (
        fluid
        & (surface > -2.5)
        & (
            ((np.abs(near["left"] - near["right"]) <= 4) & (near["left"] < 9))
            | ((np.abs(cerebrum - near["cerebellum"]) <= 4) & (cerebrum < 8))
        )
    )
    tissue[falx | tentorium | meninges] = Tissue.DURA
    tissue[_small_parts(tissue == Tissue.DURA, LEAST_DURA) & (surface < -DEEP_MM)] = Tissue.CSF
    tissue[sinus] = Tissue.SINUS
    tissue[_small_parts(tissue == Tissue.CHOROID_PLEXUS, LEAST_PLEXUS)] = Tissue.PLEXUS_STRAND
    return Anatomy(name, tissue, np.clip(np.rint(surface), -127, 127).astype(np.int8))


def _small_parts(mask: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """The 26-connected parts of ``mask`` with fewer than ``least`` voxels."""
    parts, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    return mask & (np.bincount(parts.ravel()) < least)[parts]


def _smoothed_distance(mask: NDArray[np.bool_], closing_mm: float) -> NDArray[np.float32]:
    """Signed distance (mm, negative inside) to ``mask`` closed by a ball, so that sulci count as inside."""
    closed = distance_to(distance_to(mask) > closing_mm) > closing_mm
    closed |= mask
    return distance_to(closed) - distance_to(~closed)
