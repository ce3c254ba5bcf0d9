"""Enhanced multi-frame MR in and out, against readers that are not ours.

highdicom makes the enhanced object of a classic series, its frames in shuffled order.
"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from even_odd import rasterised, slices_of
from pydicom.uid import generate_uid
from series_grids import grids_of_extent
from shapes import lesions

from sgnet.config import ExportSettings
from sgnet.data.dicom import read_series
from sgnet.data.dicom_headers import find_series
from sgnet.export.together import export_together
from sgnet.geometry import LPS_TO_RAS, Volume

hd = pytest.importorskip("highdicom")

GRIDS = {
    name: grid
    for name, grid in grids_of_extent((62.0, 52.0, 40.0)).items()
    if name in ("axial", "sagittal", "oblique", "anisotropic")
}
TAGS = {
    "StudyDate": "20260102", "StudyTime": "030405", "StudyID": "1", "AccessionNumber": "A7", "PatientName": "A^B",
    "PatientBirthDate": "19700101", "PatientSex": "F", "ReferringPhysicianName": "", "SeriesDate": "20260102",
    "SeriesTime": "030405", "ContentDate": "20260102", "ContentTime": "030405", "AcquisitionDateTime": "20260102030405",
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "NONE"], "Manufacturer": "none", "MagneticFieldStrength": "3",
    "ScanningSequence": "GR", "SequenceVariant": "SP", "ScanOptions": "", "MRAcquisitionType": "3D", "EchoTime": "3",
    "RepetitionTime": "8", "EchoTrainLength": "1", "InversionTime": "900", "FlipAngle": "8", "SliceThickness": "1",
    "PatientPosition": "HFS", "PositionReferenceIndicator": "", "RescaleSlope": "2", "RescaleIntercept": "-100",
    "BodyPartExamined": "BRAIN", "Laterality": "", "ImagingFrequency": "123", "PixelBandwidth": "200",
}  # fmt: skip


@pytest.fixture(scope="module", params=GRIDS, ids=str)
def case(request, tmp_path_factory, write_dicom):
    """A label map, the values of its image, the enhanced series and everything exported onto it."""
    folder = tmp_path_factory.mktemp("case")
    labels = lesions(GRIDS[request.param])
    values = (np.arange(labels.array.size).reshape(labels.array.shape) % 1000 + 100).astype(np.float32) // 2 * 2
    write_dicom(Volume(values, labels.grid), folder / "classic", StudyInstanceUID=generate_uid(),
                FrameOfReferenceUID=generate_uid(), **TAGS)  # fmt: skip
    classic = [pydicom.dcmread(path) for path in sorted((folder / "classic").iterdir())]
    enhanced = hd.legacy.LegacyConvertedEnhancedMRImage(
        legacy_datasets=classic, series_instance_uid=generate_uid(), series_number=2, sop_instance_uid=generate_uid(),
        instance_number=1,
    )  # fmt: skip
    (folder / "series").mkdir()
    enhanced.save_as(folder / "series" / "enhanced.dcm")
    (series,) = find_series(folder / "series")
    export_together(labels, series, folder / "plan", ExportSettings(margins_mm=(2.0,)))
    return folder, labels, values, series


def at(grid, points_lps):
    """Indices of the voxels at whose centres the points lie."""
    index = grid.to_ijk(np.asarray(points_lps) @ LPS_TO_RAS[:3, :3])
    assert np.abs(index - np.rint(index)).max() < 0.01
    return tuple(np.rint(index).astype(int).T)


def test_the_enhanced_series_is_read_as_gdcm_reads_the_classic_one(case):
    folder, labels, values, series = case
    volume = read_series(series)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder / "classic"))
    image = sitk.ReadImage(names)
    array = sitk.GetArrayFromImage(image).transpose(2, 1, 0)
    # Every 97th voxel, by its place in the patient.
    indices = np.argwhere(np.ones(array.shape, bool))[::97]
    points = [image.TransformIndexToPhysicalPoint(index) for index in indices.tolist()]
    np.testing.assert_array_equal(volume.array[at(volume.grid, points)], array[tuple(indices.T)])
    np.testing.assert_array_equal(array[tuple(indices.T)], values[at(labels.grid, points)])


def test_even_odd_filling_of_the_structure_set_gives_the_mask(case):
    folder, labels, _, _ = case
    dataset = pydicom.dcmread(folder / "plan" / "rtstruct.dcm")
    places = slices_of((folder / "series").iterdir())
    names = {item.ROINumber: item.ROIName for item in dataset.StructureSetROISequence}
    gtvs = [item for item in dataset.ROIContourSequence if names[item.ReferencedROINumber].startswith("GTV")]
    assert len(gtvs) == 10
    for item in gtvs:
        name = names[item.ReferencedROINumber]
        np.testing.assert_array_equal(rasterised(item, places, labels.grid), labels.array == int(name[4:]), name)


@pytest.mark.skipif(shutil.which("segimage2itkimage") is None, reason="dcmqi is not installed (pip install dcmqi)")
def test_dcmqi_reads_the_mask_of_every_lesion_from_the_segmentation(case, tmp_path):
    folder, labels, _, _ = case
    command = ["segimage2itkimage", "--inputDICOM", str(folder / "plan" / "seg.dcm"), "--outputDirectory",
               str(tmp_path), "--outputType", "nrrd"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    found = np.zeros(labels.grid.shape, int)
    for path in tmp_path.glob("*.nrrd"):
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image).transpose(2, 1, 0)
        for value in np.unique(array[array > 0]).tolist():
            points = [image.TransformIndexToPhysicalPoint(index) for index in np.argwhere(array == value).tolist()]
            found[at(labels.grid, points)] += value
    np.testing.assert_array_equal(found, labels.array)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (apt install dicom3tools)")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("seg.dcm", "Segmentation"), ("sr.dcm", "Comprehensive3DSR"), ("rtstruct.dcm", "RTStructureSet")],
)
def test_dciodvfy_finds_no_error(case, name, kind):
    done = subprocess.run(["dciodvfy", str(case[0] / "plan" / name)], capture_output=True, text=True, timeout=60)
    lines = (done.stdout + done.stderr).splitlines()
    assert kind in lines
    assert [line for line in lines if line.startswith("Error")] == []


@pytest.mark.skipif(shutil.which("dcentvfy") is None, reason="dcentvfy is not installed (apt install dicom3tools)")
def test_dcentvfy_finds_patient_study_and_frame_of_reference_alike_in_the_whole_set(case):
    files = [*(case[0] / "plan").glob("*.dcm"), *(case[0] / "series").iterdir()]
    done = subprocess.run(["dcentvfy", *map(str, files)], capture_output=True, text=True, timeout=60)
    # highdicom writes these into the enhanced series: the one there is no trial for, the other as its series' own.
    known = ("<ClinicalTrialTimePointID>", "<AccessionNumber> IE <S")
    lines = (done.stdout + done.stderr).splitlines()
    assert [line for line in lines if not any(one in line for one in known)] == []
