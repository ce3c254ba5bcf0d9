"""The DICOM object of a structure set, attribute by attribute (PS3.3 A.19)."""

from __future__ import annotations

import colorsys
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from sgnet import __version__
from sgnet.data.dicom_headers import Slice

_CONTOUR_DATA = Tag("ContourData")
# Retired, but what planning systems write and expect as the class of the study.
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"

_COPIED = (
    "SpecificCharacterSet", "PatientAge", "PatientSize", "PatientWeight", "StudyInstanceUID", "StudyDescription",
    "FrameOfReferenceUID",
)  # fmt: skip
# Required, but may be empty.
_COPIED_OR_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName", "PositionReferenceIndicator",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Source:
    """The planning series.

    Attributes
    ----------
    header : pydicom.Dataset
        Of one of its files, at least :attr:`KEYWORDS`.
    slices : sequence of Slice
        In order along their normal, each with position, orientation and spacing.
    instances : sequence of str
        The SOP instance UID of each slice.
    """

    header: Dataset
    slices: Sequence[Slice]
    instances: Sequence[str]

    KEYWORDS: ClassVar[tuple[str, ...]] = (
        *_COPIED, *_COPIED_OR_EMPTY, "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "NumberOfFrames",
    )  # fmt: skip

    def to_lps(self, index: int, ij: NDArray[np.float64]) -> NDArray[np.float64]:
        """Patient coordinates in mm, shape (N, 3), of (column, row) positions ``ij``, shape (N, 2), on a slice."""
        one = self.slices[index]
        # arrange_slices has refused slices without these.
        assert one.orientation_lps is not None and one.spacing_mm is not None
        row, column = np.array(one.orientation_lps).reshape(2, 3)
        between_rows, between_columns = one.spacing_mm
        place = np.array(one.position_lps_mm, dtype=np.float64)
        return place + ij[:, :1] * between_columns * row + ij[:, 1:] * between_rows * column

    def image(self, index: int) -> Dataset:
        """The reference to a slice (Image SOP Instance Reference Macro)."""
        item = Dataset()
        item.ReferencedSOPClassUID = self.header.SOPClassUID
        item.ReferencedSOPInstanceUID = self.instances[index]
        if "NumberOfFrames" in self.header:
            item.ReferencedFrameNumber = self.slices[index].frame + 1
        return item


@dataclass(frozen=True, eq=False)
class Contour:
    """A closed polygon on one slice: corners in patient coordinates (LPS mm), shape (N, 3), N >= 3."""

    slice_index: int
    points_lps_mm: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Structure:
    """One region of interest: ``kind`` is GTV or PTV; ``lesion`` and ``tracking_uid`` say which lesion it is about."""

    name: str
    description: str
    kind: str
    lesion: int
    tracking_uid: str
    volume_ml: float
    contours: tuple[Contour, ...]


def structure_set(structures: Sequence[Structure], source: Source) -> FileDataset:
    """A complete RT Structure Set with new series and instance UIDs, in the study of ``source``."""
    now = datetime.datetime.now()
    date, time = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    # Explicit VR limits a contour to 64 KB of text; implicit VR does not, and every system reads it.
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    for keyword in _COPIED:
        if keyword in source.header:
            dataset[keyword] = source.header[keyword]
    for keyword in _COPIED_OR_EMPTY:
        setattr(dataset, keyword, source.header.get(keyword, ""))
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = generate_uid()
    dataset.SeriesNumber = 301
    dataset.SeriesDescription = "Brain metastases, for review"
    dataset.SeriesDate, dataset.SeriesTime = date, time
    dataset.OperatorsName = ""
    dataset.InstanceNumber = 1
    dataset.Manufacturer = "SGNetExtension"
    dataset.ManufacturerModelName = "sgnet"
    dataset.SoftwareVersions = __version__
    dataset.StructureSetLabel = "METASTASES"
    dataset.StructureSetName = "Brain metastases"
    dataset.StructureSetDescription = "Contoured automatically; research use only, not reviewed"
    dataset.StructureSetDate, dataset.StructureSetTime = date, time
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.ReferencedFrameOfReferenceSequence = DicomSequence([_frame_of_reference(source)])
    numbered = list(enumerate(structures, start=1))
    dataset.StructureSetROISequence = DicomSequence(
        [_roi(number, one, str(dataset.FrameOfReferenceUID)) for number, one in numbered]
    )
    dataset.ROIContourSequence = DicomSequence([_roi_contour(number, one, source) for number, one in numbered])
    dataset.RTROIObservationsSequence = DicomSequence([_observation(number, one) for number, one in numbered])
    return dataset


def _frame_of_reference(source: Source) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = source.header.SeriesInstanceUID
    series.ContourImageSequence = DicomSequence([source.image(index) for index in range(len(source.slices))])
    study = Dataset()
    study.ReferencedSOPClassUID = _STUDY_CLASS
    study.ReferencedSOPInstanceUID = source.header.StudyInstanceUID
    study.RTReferencedSeriesSequence = DicomSequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = source.header.FrameOfReferenceUID
    frame.RTReferencedStudySequence = DicomSequence([study])
    return frame


def _roi(number: int, structure: Structure, frame_of_reference: str) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame_of_reference
    item.ROIName = structure.name
    item.ROIDescription = structure.description
    item.ROIVolume = f"{structure.volume_ml:.6g}"
    item.ROIGenerationAlgorithm = "AUTOMATIC"
    item.ROIGenerationDescription = f"sgnet {__version__}"
    return item


def _roi_contour(number: int, structure: Structure, source: Source) -> Dataset:
    contours = []
    for contour in structure.contours:
        item = Dataset()
        item.ContourImageSequence = DicomSequence([source.image(contour.slice_index)])
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(contour.points_lps_mm)
        text = coordinates(contour.points_lps_mm)
        # As finished text: pydicom would turn each of a million numbers into an object and back.
        item[_CONTOUR_DATA] = RawDataElement(_CONTOUR_DATA, "DS", len(text), text, 0, True, True)
        contours.append(item)
    result = Dataset()
    result.ROIDisplayColor = colour(structure)
    result.ReferencedROINumber = number
    result.ContourSequence = DicomSequence(contours)
    return result


def coordinates(points_lps_mm: NDArray[np.float64]) -> bytes:
    """The numbers of Contour Data as DICOM text, to 0.01 um and an even number of bytes.

    Five decimals keep each within the 16 characters of a decimal string.

    Examples
    --------
    >>> coordinates(np.array([[-0.5, 12.25, 0.0]]))
    b'-0.50000\\\\12.25000\\\\0.00000 '
    """
    values = (points_lps_mm.ravel() + 0.0).tolist()
    text = "\\".join(["%.5f"] * len(values)) % tuple(values)
    return (text + " " * (len(text) % 2)).encode("ascii")


def _observation(number: int, structure: Structure) -> Dataset:
    item = Dataset()
    item.ObservationNumber = number
    item.ReferencedROINumber = number
    item.ROIObservationLabel = structure.name[:16]
    item.RTROIInterpretedType = structure.kind
    item.ROIInterpreter = ""
    return item


def colour(structure: Structure) -> list[int]:
    """Red, green, blue, 0 to 255: a hue a lesion, paler for its PTV."""
    # The golden angle keeps neighbouring numbers apart in hue.
    hue = (0.99 + 0.381966 * (structure.lesion - 1)) % 1.0
    saturation = 0.85 if structure.kind == "GTV" else 0.4
    return [round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, 1.0)]
