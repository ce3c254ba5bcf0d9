"""Measurements of the lesions as a DICOM Structured Report (TID 1500), each tied to its segment of a DICOM SEG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import generate_uid
from scipy import ndimage

from sgnet import __version__
from sgnet.atomic import atomic_path
from sgnet.data.dicom import arrange_slices
from sgnet.data.dicom_headers import Series
from sgnet.errors import InputError
from sgnet.export.seg import require_highdicom, source_headers
from sgnet.geometry import Volume
from sgnet.lesions.measure import axial_diameters, longest_diameter_mm
from sgnet.lesions.tracking import tracking_uids

# Of the SG-Net program, as an observer; made once, so that every report names the same device.
_DEVICE_UID = "2.25.113064763106690645121376862581757930452"

# (value, scheme, meaning) of each measurement and its unit. PS3.16 CID 7470, IBSI reference manual, UCUM.
_VOLUME = (("YEKZ", "IBSI", "Volume from Voxel Summation"), ("cm3", "UCUM", "cubic centimeter"))
_MILLIMETRE = ("mm", "UCUM", "mm")
_LONG_AXIS = (("103339001", "SCT", "Long axis"), _MILLIMETRE)
_SHORT_AXIS = (("103340004", "SCT", "Short axis"), _MILLIMETRE)
_LONGEST_3D = (("L0JK", "IBSI", "Maximum 3D Diameter of a Mesh"), _MILLIMETRE)


def write_sr(labels: Volume, series: Series, seg: Dataset, path: Path) -> None:
    """Write what :func:`build_sr` makes; ``path`` appears only once it is complete."""
    report = build_sr(labels, series, seg)
    with atomic_path(path) as temporary:
        report.save_as(temporary)


def read_seg(path: Path) -> Dataset:
    """The DICOM SEG that a report refers to, without its pixels; InputError if it is none."""
    try:
        seg = pydicom.dcmread(path, stop_before_pixels=True)
    except (OSError, InvalidDicomError) as error:
        raise InputError(f"{path} cannot be read as DICOM; give the file that `sgnet export seg` wrote.") from error
    if seg.get("Modality") != "SEG":
        raise InputError(f"{path} is no DICOM Segmentation; give the file that `sgnet export seg` wrote.")
    return seg


def build_sr(labels: Volume, series: Series, seg: Dataset) -> Any:
    """An Imaging Measurement Report with one group of measurements a segment of ``seg``.

    Each group has the tracking identifier and UID of its segment and states volume (cm3), the longest axial
    diameter and its perpendicular (RANO-BM) and the longest diameter in three dimensions (mm), measured on the
    voxels of ``labels`` as in the table of lesions.

    Parameters
    ----------
    labels : Volume
        The label map of which ``seg`` was made: 0 is background, n is lesion n.
    series : Series
        The images to which ``seg`` refers.
    seg : pydicom.Dataset
        Made by :func:`sgnet.export.seg.build_seg` without probabilities.

    Returns
    -------
    highdicom.sr.Comprehensive3DSR
        Complete, but neither final nor verified: nobody has reviewed it.

    Raises
    ------
    InputError
        If highdicom is missing, or ``seg`` holds no lesion of ``labels`` or refers to another series.
    """
    require_highdicom()
    import highdicom as hd

    slices, grid = arrange_slices(series)
    sources = source_headers(series, [one.path for one in slices], grid)
    if seg.ReferencedSeriesSequence[0].SeriesInstanceUID != sources[0].SeriesInstanceUID:
        raise InputError(f"The segmentation refers to another series than {series.label}; export it on that one.")
    numbers = {uid: number for number, uid in tracking_uids(labels.array.astype(np.uint16, copy=False)).items()}
    segments = [one for one in seg.SegmentSequence if str(one.TrackingUID) in numbers]
    if not segments:
        raise InputError(f"The segmentation holds no lesion of {labels.name}; export both from one label map.")
    boxes = ndimage.find_objects(labels.array)
    groups = []
    for segment in segments:
        number = numbers[str(segment.TrackingUID)]
        box = boxes[number - 1]
        mask = labels.array[box] == number
        groups.append(
            hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
                tracking_identifier=hd.sr.TrackingIdentifier(segment.TrackingUID, segment.TrackingID),
                referenced_segment=hd.sr.ReferencedSegment.from_segmentation(seg, segment.SegmentNumber),
                finding_category=_code(("49755003", "SCT", "Morphologically Altered Structure")),
                finding_type=_code(("14799000", "SCT", "Neoplasm, Secondary")),
                finding_sites=[hd.sr.FindingSite(_code(("12738006", "SCT", "Brain")))],
                algorithm_id=hd.sr.AlgorithmIdentification("SG-Net", __version__),
                measurements=_measurements(mask, Volume(mask, labels.grid.with_shape(mask.shape, _first(box)))),
            )
        )
    device = hd.sr.DeviceObserverIdentifyingAttributes(
        uid=_DEVICE_UID, name="SG-Net", manufacturer_name="SGNetExtension", model_name="sgnet", serial_number="0"
    )
    observer = hd.sr.ObserverContext(_code(("121007", "DCM", "Device")), device)
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=_code(("363679005", "SCT", "Imaging procedure")),
        imaging_measurements=groups,
        title=_code(("126000", "DCM", "Imaging Measurement Report")),
    )
    report = hd.sr.Comprehensive3DSR(
        evidence=[seg, *sources],
        content=content,
        series_instance_uid=generate_uid(),
        series_number=302,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="SGNetExtension",
        manufacturer_model_name="sgnet",
        software_versions=__version__,
        is_complete=True,
        is_final=False,
        is_verified=False,
        series_description="Brain metastases, measurements for review",
    )
    return report


def _measurements(mask: Any, crop: Volume) -> list[Any]:
    import highdicom as hd

    diameters = axial_diameters(mask, crop.grid)
    values = (
        (_VOLUME, float(mask.sum()) * crop.grid.voxel_volume_mm3 / 1000),
        (_LONG_AXIS, diameters.longest_mm),
        (_SHORT_AXIS, diameters.perpendicular_mm),
        (_LONGEST_3D, longest_diameter_mm(mask, crop.grid)),
    )
    return [hd.sr.Measurement(_code(name), round(value, 6), _code(unit)) for (name, unit), value in values]


def _first(box: tuple[slice, ...]) -> list[int]:
    return [part.start for part in box]


def _code(concept: tuple[str, str, str]) -> Any:
    import highdicom as hd

    value, scheme, meaning = concept
    return hd.sr.CodedConcept(value, scheme, meaning)
