"""DICOM Segmentation of the lesions, by highdicom, referring to every slice of the series they were drawn on."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from sgnet import RESEARCH_USE_ONLY, __version__
from sgnet.atomic import atomic_path
from sgnet.data.dicom import arrange_slices
from sgnet.data.dicom_headers import Series
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.export.onto import labels_onto, same_lattice
from sgnet.geometry import LPS_TO_RAS, Grid, Volume
from sgnet.lesions.tracking import tracking_id, tracking_uid, tracking_uids
from sgnet.preprocessing.itk import resample

if TYPE_CHECKING:
    from highdicom.seg import Segmentation, SegmentDescription

# (value, meaning) in SNOMED CT.
_ALTERED = ("49755003", "Morphologically Altered Structure")
_METASTASIS = ("14799000", "Neoplasm, Secondary")
_OEDEMA = ("79654002", "Edema")
_BRAIN = ("12738006", "Brain")

# What a patient without that entry has in every DICOM object: the attribute, empty.
_MAY_BE_EMPTY = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate",
    "StudyTime", "ReferringPhysicianName",
)  # fmt: skip


def write_seg(
    labels: Volume,
    series: Series,
    path: Path,
    *,
    whole: Volume | None = None,
    probability: Volume | None = None,
    progress: Progress | None = None,
) -> tuple[int, ...]:
    """Write what :func:`build_seg` makes; returns the numbers of the lesions in it.

    ``path`` appears only once it is complete. Raises InputError as :func:`build_seg` does, or if the file cannot
    be written.
    """
    segmentation, kept = build_seg(labels, series, whole=whole, probability=probability, progress=progress)
    with atomic_path(path) as temporary:
        segmentation.save_as(temporary)
    return kept


def build_seg(
    labels: Volume,
    series: Series,
    *,
    whole: Volume | None = None,
    probability: Volume | None = None,
    progress: Progress | None = None,
) -> tuple[Segmentation, tuple[int, ...]]:
    """The lesions as one DICOM SEG object.

    Without ``probability`` it is BINARY, one segment a lesion in the order of the numbers, named and
    tracked as :mod:`sgnet.lesions.tracking` says; with ``whole`` a last segment holds the oedema, which
    is the whole lesion without the cores. With ``probability`` it is FRACTIONAL (PROBABILITY, steps of
    1/255) and holds the whole core-probability map as one segment, of which the lesions are a threshold.

    Volumes on another grid than the series are resampled onto it: masks by the nearest voxel, the
    probability linearly. ``progress`` is warned of it, and of each lesion that leaves no voxel there.

    Parameters
    ----------
    labels : Volume
        0 is background, n is lesion n. In the frame of reference of the series.
    series : Series
        Classic single-frame or enhanced multi-frame MR, as :func:`sgnet.data.dicom_headers.find_series` finds it.
    whole, probability : Volume, optional
        Mask of the whole lesions; core probability in [0, 1]. Not both.
    progress : Progress, optional

    Returns
    -------
    segmentation : highdicom.seg.Segmentation
    numbers : tuple of int
        Of the lesions in it.

    Raises
    ------
    InputError
        If highdicom is missing, there is no lesion, the volumes do not lie in the series, or the series is
        incomplete.
    """
    progress = progress or Progress()
    require_highdicom()
    if whole is not None and probability is not None:
        raise InputError("A probability map and an oedema mask cannot share a DICOM SEG; export them one by one.")
    slices, grid = arrange_slices(series)
    sources = source_headers(series, [one.path for one in slices], grid)
    uids = tracking_uids(labels.array.astype(np.uint16, copy=False))
    if not uids:
        raise InputError(f"{labels.name} holds no lesion; there is nothing to export.")
    for volume in filter(None, (labels, whole, probability)):
        if not same_lattice(volume.grid, grid):
            progress.warn(
                f"{volume.name} ({volume.grid.describe()}) lies on another grid than {series.label} "
                f"({grid.describe()}) and was resampled onto it."
            )
    there = labels_onto(labels, grid)
    progress.check()
    present = set(np.unique(there[there != 0]).tolist())
    kept = [number for number in uids if number in present]
    for number in sorted(set(uids) - set(kept)):
        progress.warn(f"{tracking_id(number)} has no voxel on the grid of {series.label} and is not in the file.")
    if probability is not None:
        _check_probability(probability)
        stored: NDArray[Any] = resample(probability.array.astype(np.float32), probability.grid, grid).clip(0, 1)
        uid = tracking_uid(np.flatnonzero(labels.array), labels.array.shape)
        described = [_describe(1, "Metastases, core probability", _METASTASIS, "All lesions", uid)]
    else:
        segment_of = np.zeros(np.iinfo(np.uint16).max + 1, np.uint16)
        segment_of[kept] = np.arange(1, len(kept) + 1)
        stored = segment_of[there]
        described = [_describe(n, tracking_id(old), _METASTASIS, tracking_id(old), uids[old])
                     for n, old in enumerate(kept, start=1)]  # fmt: skip
        if whole is not None:
            oedema = (labels_onto(whole, grid) > 0) & (there == 0)
            # A segment without any frame is not valid; a study without oedema has no such segment.
            if oedema.any():
                stored[oedema] = len(kept) + 1
                uid = tracking_uid(np.flatnonzero(whole.array), whole.array.shape)
                described.append(_describe(len(kept) + 1, "Oedema", _OEDEMA, "Oedema", uid))
        if len(described) < 256:
            stored = stored.astype(np.uint8)
    progress.check()
    frames = _frames(stored, grid, sources)
    return _segmentation(sources, frames, described, fractional=probability is not None), tuple(kept)


def require_highdicom() -> None:
    """Raise one sentence with the remedy where highdicom is not installed."""
    try:
        import highdicom  # noqa: F401
    except ImportError as error:
        raise InputError(
            "DICOM SEG and SR need the package highdicom; install it with: pip install highdicom"
        ) from error


def source_headers(series: Series, paths: list[Path], grid: Grid) -> list[Dataset]:
    """Headers of the files of a series, each once; what patient and study may lack is there, empty."""
    headers: list[Dataset] = []
    for path in dict.fromkeys(paths):
        header = pydicom.dcmread(path, stop_before_pixels=True)
        for keyword in ("StudyInstanceUID", "FrameOfReferenceUID"):
            if not header.get(keyword):
                raise InputError(f"{series.label}: slices state no {keyword}; export the original series again.")
        for keyword in _MAY_BE_EMPTY:
            if keyword not in header:
                setattr(header, keyword, "")
        if "PerFrameFunctionalGroupsSequence" not in header and not header.get("SliceThickness"):
            # Required of a segmentation though not of an image; the distance of the slices is what is known.
            header.SliceThickness = f"{grid.spacing_mm[2]:.6g}"
        headers.append(header)
    return headers


def _frames(array: NDArray[Any], grid: Grid, sources: list[Dataset]) -> NDArray[Any]:
    """Slices of ``array``, shape (I, J, K), as (frame, row, column) in the order in which ``sources`` are given."""
    planes = np.ascontiguousarray(array.transpose(2, 1, 0))
    return np.ascontiguousarray(planes[[_slice_index(position, grid) for position in _positions(sources)]])


def _positions(sources: list[Dataset]) -> Iterator[NDArray[np.float64]]:
    for source in sources:
        if "PerFrameFunctionalGroupsSequence" not in source:
            yield np.array(source.ImagePositionPatient, dtype=np.float64)
            continue
        shared = source.SharedFunctionalGroupsSequence[0]
        for frame in source.PerFrameFunctionalGroupsSequence:
            group = frame if "PlanePositionSequence" in frame else shared
            yield np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=np.float64)


def _slice_index(position_lps_mm: NDArray[np.float64], grid: Grid) -> int:
    return round(float(grid.to_ijk([LPS_TO_RAS[:3, :3] @ position_lps_mm])[0, 2]))


def _check_probability(probability: Volume) -> None:
    values = probability.array
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise InputError(f"{probability.name} holds values outside 0 to 1; give a probability map.")


def _describe(number: int, label: str, kind: tuple[str, str], track: str, uid: str) -> SegmentDescription:
    import highdicom as hd

    family = hd.sr.CodedConcept("123110", "DCM", "Artificial Intelligence")
    algorithm = hd.AlgorithmIdentificationSequence(name="SG-Net", version=__version__, family=family)
    # The golden angle keeps neighbouring numbers apart in hue; oedema is the yellow of the overview.
    hue = 0.13 if kind is _OEDEMA else (0.99 + 0.381966 * (number - 1)) % 1.0
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.7, 1.0))
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=_code(_ALTERED),
        segmented_property_type=_code(kind),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm,
        tracking_id=track,
        tracking_uid=uid,
        anatomic_regions=[_code(_BRAIN)],
        display_color=hd.color.CIELabColor.from_rgb(red, green, blue),
    )


def _code(concept: tuple[str, str]) -> Any:
    import highdicom as hd

    return hd.sr.CodedConcept(concept[0], "SCT", concept[1])


def _segmentation(
    sources: list[Dataset], frames: NDArray[Any], described: list[SegmentDescription], fractional: bool
) -> Segmentation:
    import highdicom as hd

    if len(sources) > 1:
        # Sorted here, because frames must follow the order of the images they refer to.
        ordered = hd.spatial.sort_datasets(sources)
        place = {id(source): n for n, source in enumerate(sources)}
        frames, sources = frames[[place[id(one)] for one in ordered]], ordered
    kinds = hd.seg.SegmentationTypeValues
    segmentation = hd.seg.Segmentation(
        source_images=sources,
        pixel_array=frames,
        segmentation_type=kinds.FRACTIONAL if fractional else kinds.BINARY,
        segment_descriptions=described,
        series_instance_uid=generate_uid(),
        series_number=300,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="SGNetExtension",
        manufacturer_model_name="sgnet",
        software_versions=__version__,
        device_serial_number="0",
        content_label="METASTASES",
        content_description=RESEARCH_USE_ONLY[:64],
        omit_empty_frames=True,
    )
    segmentation.SeriesDescription = "Brain metastases" + (", core probability" if fractional else "")
    return segmentation
