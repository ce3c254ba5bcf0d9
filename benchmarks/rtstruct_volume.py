"""RTSTRUCT against rt-utils and pydicomRT: what is left of a lesion's volume, and the time and memory of a large case.

    pip install rt-utils==1.2.7 pydicomRT==0.9.1      (not into the environment of Slicer)
    python benchmarks/rtstruct_volume.py --output benchmarks/results

Every library runs with its defaults, in a process of its own, on the same label map and series. Volumes are
measured from the coordinates in the files: area of the polygons times distance of the slices. Needs Linux.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from sgnet.data.dicom_headers import find_series
from sgnet.export.rtstruct import build_rtstruct
from sgnet.geometry import LPS_TO_RAS, Grid, Volume

MEASURED = ("seconds", "processor_seconds", "peak_memory_mb")
DIAMETERS_MM = (2.5, 4.0, 6.0, 10.0, 15.0, 30.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=2, metavar=("LIBRARY", "CASE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker[0], Path(arguments.worker[1]))
        return
    if arguments.output is None:
        parser.error("--output is required")
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        spheres(Path(folder) / "spheres", arguments.output / "rtstruct_volume.csv")
        large(Path(folder) / "large", arguments.output / "rtstruct_speed.csv")
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}")


def spheres(case: Path, table: Path) -> None:
    """Spheres in voxels of 1 mm: volume of the contours as a share of the mask's."""
    labels = np.zeros((110, 60, 40), np.uint8)
    i, j, k = np.indices(labels.shape)
    left = 2.0
    for number, diameter in enumerate(DIAMETERS_MM, start=1):
        centre = round(left + diameter / 2)
        labels[(i - centre) ** 2 + (j - 30) ** 2 + (k - 20) ** 2 <= diameter**2 / 4] = number
        left += diameter + 4
    write_case(case, labels, (1.0, 1.0, 1.0))
    shares = {}
    for library in LIBRARIES:
        run(library, case)
        volumes = contour_volumes_mm3(case / f"{library}.dcm", 1.0)
        shares[library] = [
            volumes.get(number, 0.0) / (labels == number).sum() for number in range(1, 1 + len(DIAMETERS_MM))
        ]
    save(table, ["diameter_mm", *LIBRARIES], [
        [diameter, *(f"{shares[library][n]:.3f}" for library in LIBRARIES)] for n, diameter in enumerate(DIAMETERS_MM)
    ])  # fmt: skip


def large_labels() -> tuple[NDArray[np.uint8], tuple[float, float, float]]:
    """80 balls of 2.5 to 25 mm, no two of them touching, and the size of their voxels in mm."""
    rng = np.random.default_rng(0)
    spacing = (0.47, 0.47, 0.6)
    labels = np.zeros((512, 512, 300), np.uint8)
    number = 0
    while number < 80:
        radius = 2.5 / 2 * 10 ** rng.uniform(0, 1)
        half = [int(radius / step) + 1 for step in spacing]
        centre = [int(rng.integers(h + 1, n - h - 1)) for h, n in zip(half, labels.shape, strict=True)]
        box = tuple(slice(c - h, c + h + 1) for c, h in zip(centre, half, strict=True))
        axes = (np.arange(-h, h + 1) * step for h, step in zip(half, spacing, strict=True))
        x, y, z = np.meshgrid(*axes, indexing="ij")
        if not labels[box].any():
            number += 1
            labels[box][x**2 + y**2 + z**2 <= radius**2] = number
    return labels, spacing


def large(case: Path, table: Path) -> None:
    """80 lesions of 2.5 to 25 mm in 512 x 512 x 300 voxels of 0.47 x 0.47 x 0.6 mm."""
    labels, spacing = large_labels()
    write_case(case, labels, spacing)
    voxels = np.bincount(labels.ravel())[1:]
    rows = []
    # Without pydicomRT, which keeps 80 masks of the whole series: more than 6 GB.
    for library in ("sgnet", "rt-utils"):
        measured = run(library, case)
        file = case / f"{library}.dcm"
        found = contour_volumes_mm3(file, spacing[2])
        share = sum(found.values()) / (voxels.sum() * np.prod(spacing))
        size = file.stat().st_size / 1e6
        rows.append([library, *(f"{measured[name]:.1f}" for name in MEASURED), f"{size:.1f}", f"{share:.3f}"])
    save(table, ["library", *MEASURED, "file_mb", "volume_share"], rows)


def run(library: str, case: Path) -> dict[str, float]:
    """:data:`MEASURED` from the series on disk to the file; processor time hardly depends on what else runs."""
    command = [sys.executable, __file__, "--worker", library, str(case)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def work(library: str, case: Path) -> None:
    labels = np.load(case / "labels.npy")
    began = time.perf_counter(), time.process_time()
    LIBRARIES[library](labels, case)
    seconds = time.perf_counter() - began[0], time.process_time() - began[1]
    # Not ru_maxrss, which a child takes over from the process that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps(dict(zip(MEASURED, (*seconds, megabytes), strict=True))))


def with_sgnet(labels: NDArray[np.uint8], case: Path) -> None:
    (series,) = find_series(case / "series")
    affine = np.diag([*json.loads((case / "spacing.json").read_text()), 1.0])
    build_rtstruct(Volume(labels, Grid(labels.shape, LPS_TO_RAS @ affine)), series).write(case / "sgnet.dcm")


def with_rt_utils(labels: NDArray[np.uint8], case: Path) -> None:
    from rt_utils import RTStructBuilder

    structures = RTStructBuilder.create_new(str(case / "series"))
    for number in range(1, labels.max() + 1):
        structures.add_roi((labels == number).transpose(1, 0, 2), name=f"GTV_{number:02d}")
    structures.save(str(case / "rt-utils"))


def with_pydicomrt(labels: NDArray[np.uint8], case: Path) -> None:
    from pydicomrt.rs import RTStructBuilder
    from pydicomrt.utils import load_sorted_image_series

    builder = RTStructBuilder(load_sorted_image_series(str(case / "series")))
    for number in range(1, labels.max() + 1):
        builder.add_roi((labels == number).transpose(2, 1, 0), f"GTV_{number:02d}")
    builder.build().save_as(case / "pydicomRT.dcm", enforce_file_format=True)


LIBRARIES: dict[str, Callable[[NDArray[np.uint8], Path], None]] = {
    "sgnet": with_sgnet,
    "rt-utils": with_rt_utils,
    "pydicomRT": with_pydicomrt,
}


def contour_volumes_mm3(path: Path, slice_mm: float) -> dict[int, float]:
    """By lesion number, taken from the name; these spheres have no holes."""
    dataset = pydicom.dcmread(path)
    names = {item.ROINumber: item.ROIName for item in dataset.StructureSetROISequence}
    volumes = {}
    for item in dataset.ROIContourSequence:
        area = 0.0
        for contour in item.get("ContourSequence", ()):
            x, y, _ = np.array(contour.ContourData, dtype=float).reshape(-1, 3).T
            area += abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
        volumes[int(names[item.ReferencedROINumber].split("_")[1])] = area * slice_mm
    return volumes


def write_case(case: Path, labels: NDArray[np.uint8], spacing_mm: tuple[float, float, float]) -> None:
    """The label map, and an axial MR series of its grid with the first voxel at the origin."""
    (case / "series").mkdir(parents=True)
    np.save(case / "labels.npy", labels)
    (case / "spacing.json").write_text(json.dumps(spacing_mm))
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    for k in range(labels.shape[2]):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID = MRImageStorage
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID = generate_uid()
        one.Modality, one.PatientID, one.PatientName = "MR", "phantom", "Phantom"
        one.PatientBirthDate = one.PatientSex = one.StudyID = one.StudyDate = one.StudyTime = ""
        one.AccessionNumber = one.ReferringPhysicianName = ""
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = study, series, frame
        one.SeriesNumber, one.InstanceNumber, one.SamplesPerPixel = 1, k + 1, 1
        one.PhotometricInterpretation = "MONOCHROME2"
        one.Columns, one.Rows = labels.shape[:2]
        one.PixelSpacing = [spacing_mm[1], spacing_mm[0]]
        one.SliceThickness = spacing_mm[2]
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        one.ImagePositionPatient = [0, 0, round(k * spacing_mm[2], 6)]
        one.BitsAllocated = one.BitsStored = 16
        one.HighBit, one.PixelRepresentation = 15, 0
        one.PixelData = labels[:, :, k].T.astype(np.uint16).tobytes()
        one.save_as(case / "series" / f"{k:03d}.dcm", enforce_file_format=True)


def save(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    for row in [header, *rows]:
        print("  ".join(str(cell).rjust(14) for cell in row))


if __name__ == "__main__":
    main()
