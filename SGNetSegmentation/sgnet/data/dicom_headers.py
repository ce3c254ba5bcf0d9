"""What a DICOM folder holds: its MR series, from the headers alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from sgnet.errors import InputError

_TAGS = [
    "SOPInstanceUID",
    "Modality",
    "PatientID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "ProtocolName",
    "FrameOfReferenceUID",
    "ImageType",
    "ContrastBolusAgent",
    "ContrastBolusAgentSequence",
    "ScanningSequence",
    "EchoTime",
    "InversionTime",
    "RepetitionTime",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "NumberOfFrames",
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "RescaleSlope",
    "RescaleIntercept",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]


@dataclass(frozen=True)
class Slice:
    """One slice: a classic file, or one frame of an enhanced multi-frame file.

    Attributes
    ----------
    path, frame : Path, int
        Where its pixels are.
    position_lps_mm : tuple of three float, or None where the header states none
        Centre of the first pixel.
    orientation_lps : tuple of six float, or None
        Unit vectors along a row, then along a column.
    spacing_mm : tuple of two float, or None
        Distance between rows, then between columns (DICOM's order).
    slope, intercept : float
        Value = stored * slope + intercept.
    """

    path: Path
    frame: int
    rows: int
    columns: int
    position_lps_mm: tuple[float, ...] | None
    orientation_lps: tuple[float, ...] | None
    spacing_mm: tuple[float, ...] | None
    slope: float
    intercept: float


@dataclass(frozen=True)
class Series:
    """One MR series of a folder, its slices in the order of their files.

    Attributes
    ----------
    label : str
        What messages call it.
    contrast_agent : str
        "" where none is stated.
    echo_time_ms, inversion_time_ms, repetition_time_ms : float or None
    """

    uid: str
    label: str
    description: str
    patient_id: str
    frame_of_reference: str
    image_type: tuple[str, ...]
    contrast_agent: str
    scanning_sequence: str
    echo_time_ms: float | None
    inversion_time_ms: float | None
    repetition_time_ms: float | None
    slices: tuple[Slice, ...]

    @property
    def derived(self) -> bool:
        """Whether it was computed from another series (a reformat, a subtraction, a map)."""
        return "DERIVED" in self.image_type or "MPR" in self.image_type


def find_series(path: Path, modalities: Collection[str] = ("MR",)) -> list[Series]:
    """Every image series of the ``modalities`` in a folder and its sub-folders (or in one file).

    Sorted by series number and UID. Files that are not DICOM and objects that are no such images are passed over.

    Raises
    ------
    InputError
        If a DICOM file's header is damaged.
    """
    found: dict[str, tuple[Dataset, list[Slice]]] = {}
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        header = _header(file)
        if header is None or header.get("Modality") not in modalities or not header.get("Rows"):
            continue
        if int(header.get("SamplesPerPixel") or 1) != 1:
            continue  # colour: a report page or a fused picture, never the scan
        slices = found.setdefault(str(header.get("SeriesInstanceUID", "")), (header, []))[1]
        slices.extend(_slices(header, file))
    series = [_series(path, uid, header, slices) for uid, (header, slices) in found.items()]
    numbers = {uid: int(header.get("SeriesNumber") or 0) for uid, (header, _) in found.items()}
    return sorted(series, key=lambda one: (numbers[one.uid], one.uid))


def _header(file: Path) -> Dataset | None:
    try:
        return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(_TAGS))
    except InvalidDicomError:
        return None
    except (EOFError, OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(f"{file}: the DICOM file is damaged; copy or export it again.") from error


def _series(path: Path, uid: str, header: Dataset, slices: list[Slice]) -> Series:
    name = str(header.get("SeriesDescription") or header.get("ProtocolName") or "").strip()
    number = header.get("SeriesNumber")
    title = f"series {number} '{name}'" if number is not None else f"series '{name}'"
    agent = str(header.get("ContrastBolusAgent") or "").strip()
    if not agent and header.get("ContrastBolusAgentSequence"):
        agent = "stated"
    sequence = header.get("ScanningSequence") or ""
    return Series(
        uid=uid,
        label=f"{path.name}, {title}",
        description=name,
        patient_id=str(header.get("PatientID") or "").strip(),
        frame_of_reference=str(header.get("FrameOfReferenceUID") or ""),
        image_type=tuple(str(v).upper() for v in header.get("ImageType") or ()),
        contrast_agent=agent,
        scanning_sequence=sequence if isinstance(sequence, str) else "\\".join(sequence),
        echo_time_ms=_number(header.get("EchoTime")),
        inversion_time_ms=_number(header.get("InversionTime")),
        repetition_time_ms=_number(header.get("RepetitionTime")),
        slices=tuple(slices),
    )


def _slices(header: Dataset, file: Path) -> Iterator[Slice]:
    frames = header.get("PerFrameFunctionalGroupsSequence")
    if frames is None:
        # An old-style multi-frame file without positions a frame ends as one slice here, and is refused as such.
        yield _slice(header, [header], file, 0)
        return
    shared = list(header.get("SharedFunctionalGroupsSequence") or ())
    for n, frame in enumerate(frames):
        yield _slice(header, [group for item in [frame, *shared] for group in _groups(item)], file, n)


def _groups(item: Dataset) -> Iterator[Dataset]:
    for keyword in (
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
    ):
        yield from item.get(keyword) or ()


def _slice(header: Dataset, sources: list[Dataset], file: Path, frame: int) -> Slice:
    def first(keyword: str) -> Any:
        return next((one.get(keyword) for one in sources if one.get(keyword) is not None), None)

    slope, intercept = _number(first("RescaleSlope")), _number(first("RescaleIntercept"))
    return Slice(
        path=file,
        frame=frame,
        rows=int(header.Rows),
        columns=int(header.Columns),
        position_lps_mm=_numbers(first("ImagePositionPatient"), 3),
        orientation_lps=_numbers(first("ImageOrientationPatient"), 6),
        spacing_mm=_numbers(first("PixelSpacing"), 2),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
    )


def _numbers(value: Any, count: int) -> tuple[float, ...] | None:
    if value is None or isinstance(value, str | float | int) or len(value) != count:
        return None
    return tuple(float(v) for v in value)


def _number(value: Any) -> float | None:
    return None if value in (None, "") else float(value)
