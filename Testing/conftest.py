"""What tests of every part share: a small synthetic head, a DICOM writer, the way to the real scans."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid
from scipy import ndimage

from sgnet.data.study import Study
from sgnet.events import Progress
from sgnet.geometry import LPS_TO_RAS, Grid, Volume
from sgnet.preprocessing.itk import to_itk


@pytest.fixture(scope="session")
def load_tool() -> Callable[[str], ModuleType]:
    """Import a script of the folder tools by its name."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "tools" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        tool = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tool)
        return tool

    return load


class Recorder(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.warnings: list[str] = []

    def phase(self, name: str) -> None:
        self.phases.append(name)

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real scans; the test is skipped, saying so, where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SGNET_DATA", default)) / "real"
    if not folder.is_dir():
        pytest.skip(f"the real scans are not there: set SGNET_DATA to the folder that holds real/ (looked in {folder})")
    return folder


def synthetic_head(seed: int = 0, spacing_mm: float = 2.0, skull: bool = False) -> Study:
    """A brain of three tissues in random folds, 100 x 120 x 96 mm in all, T1ce and FLAIR on one RAS grid.

    Another seed is another patient. int16, background exactly 0; with ``skull`` a bright scalp and noisy air.
    """
    rng = np.random.default_rng(seed)
    fine = np.array([100, 120, 96]) / spacing_mm
    shape = tuple(int(n) for n in np.round(fine))
    axes = [(np.arange(n) - (n - 1) / 2) * spacing_mm for n in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    # Drawn at 2 mm whatever the spacing, so that one seed is one patient.
    folds = ndimage.zoom(rng.normal(size=(50, 60, 48)), np.array(shape) / (50, 60, 48), order=1)
    folds = ndimage.gaussian_filter(folds, 5.0 / spacing_mm)
    folds /= folds.std()
    radius = np.sqrt((x / 40) ** 2 + (y / 50) ** 2 + (z / 38) ** 2)
    brain = radius < 1
    tissue = np.select([folds > 0.5, folds > -0.8], [0, 1], 2)
    noise = rng.normal(0, 10, (2, *shape))
    t1ce = np.array([900, 600, 250])[tissue] + noise[0]
    flair = np.array([450, 700, 120])[tissue] + noise[1]
    volumes = []
    for name, values in (("t1ce", t1ce), ("flair", flair)):
        array = np.where(brain, values, 0.0)
        if skull:
            air = np.abs(rng.normal(0, 12, shape))
            array = np.select([brain, radius < 1.06, radius < 1.18], [values, 60 + air, 1000 + noise[0]], air)
        affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
        # Off the scanner's centre, lest a forgotten origin go unseen.
        affine[:3, 3] = np.array([axis[0] for axis in axes]) + np.array([7, -11, 23])
        volumes.append(Volume(array.astype(np.int16), Grid(shape, affine), f"{name}.nii.gz"))
    return Study(*volumes)


@pytest.fixture(scope="session")
def head() -> Callable[..., Study]:
    """:func:`synthetic_head`."""
    return synthetic_head


def write_volume(volume: Volume, path: Path) -> Path:
    """The volume as a file of the format that the suffix names."""
    sitk.WriteImage(to_itk(volume.array, volume.grid), str(path), useCompression=path.suffix in (".gz", ".nrrd"))
    return path


@pytest.fixture(scope="session")
def save() -> Callable[[Volume, Path], Path]:
    """:func:`write_volume`."""
    return write_volume


def write_dicom_series(volume: Volume, folder: Path, **tags: Any) -> list[Path]:
    """The volume as a classic MR series, one file a slice along K, in shuffled file order.

    ``tags`` are set on every slice, over the defaults (None removes one).
    """
    folder.mkdir(parents=True, exist_ok=True)
    lps = LPS_TO_RAS @ volume.grid.affine_ijk_to_ras
    row, column = (LPS_TO_RAS[:3, :3] @ volume.grid.direction).T[:2]
    series = generate_uid()
    files = []
    order = np.random.default_rng(0).permutation(volume.grid.shape[2])
    for n, k in enumerate(order):
        slope = float(tags.get("RescaleSlope") or 1)
        intercept = float(tags.get("RescaleIntercept") or 0)
        stored = np.round((volume.array[:, :, k].T - intercept) / slope).astype(np.int16)
        dataset = new_mr_dataset(stored)
        dataset.SeriesInstanceUID = series
        dataset.PixelSpacing = [volume.grid.spacing_mm[1], volume.grid.spacing_mm[0]]
        dataset.ImageOrientationPatient = [f"{v:.8f}" for v in (*row, *column)]
        dataset.ImagePositionPatient = [f"{v:.5f}" for v in (lps @ [0, 0, k, 1])[:3]]
        dataset.InstanceNumber = n + 1
        for keyword, value in tags.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        path = folder / f"{series[-6:]}_{n:03d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        files.append(path)
    return files


def new_mr_dataset(stored: NDArray[np.int16]) -> Dataset:
    """An uncompressed MR image, shape (rows, columns) or (frames, rows, columns), with what a reader needs."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "MR"
    dataset.PatientID = "phantom"
    dataset.FrameOfReferenceUID = "1.2.3"
    dataset.SeriesNumber = 1
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.PixelData = np.ascontiguousarray(stored).tobytes()
    return dataset


@pytest.fixture(scope="session")
def write_dicom() -> Callable[..., list[Path]]:
    """:func:`write_dicom_series`."""
    return write_dicom_series


@pytest.fixture(scope="session")
def mr_dataset() -> Callable[..., Dataset]:
    """:func:`new_mr_dataset`."""
    return new_mr_dataset


@pytest.fixture
def edit_dicom() -> Callable[..., None]:
    """Sets tags of one file in place."""

    def edit(path: Path, **tags: Any) -> None:
        dataset = pydicom.dcmread(path)
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)

    return edit
