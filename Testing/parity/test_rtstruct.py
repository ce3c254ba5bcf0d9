"""RTSTRUCT against readers that are not ours: plastimatch, bare pydicom with even-odd filling, dicom3tools."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from even_odd import polygons, rasterised, slices_of
from pydicom.uid import generate_uid
from series_grids import grids_of_extent
from shapes import lesions

from sgnet.config import RtStructSettings
from sgnet.data.dicom_headers import find_series
from sgnet.errors import InputError
from sgnet.export.rtstruct import build_rtstruct
from sgnet.geometry import Volume

EXTENT_MM = (62.0, 52.0, 26.0)
GRIDS = grids_of_extent(EXTENT_MM)
# plastimatch knows axial slices only.
AXIAL = [name for name in GRIDS if name not in ("sagittal", "coronal", "oblique")]


@pytest.fixture(scope="module", params=GRIDS, ids=str)
def case(request, tmp_path_factory, write_dicom):
    """A label map, the series it lies on, and its structure set, with holes in both ways."""
    folder = tmp_path_factory.mktemp("case")
    labels = lesions(GRIDS[request.param])
    image = Volume((labels.array * 50 + 100).astype(np.float32), labels.grid)
    write_dicom(
        image, folder / "series", StudyInstanceUID=generate_uid(), FrameOfReferenceUID=generate_uid(),
        StudyDate="20260102", StudyTime="030405", StudyID="1", AccessionNumber="A7", PatientName="Müller^Zoë",
        SpecificCharacterSet="ISO_IR 192", PatientBirthDate="19700101", PatientSex="F",
    )  # fmt: skip
    (series,) = find_series(folder / "series")
    for holes in ("xor", "keyhole"):
        build_rtstruct(labels, series, (2.0,), RtStructSettings(holes=holes)).write(folder / f"{holes}.dcm")
    return request.param, folder, labels


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_even_odd_filling_at_pixel_centres_gives_the_mask(case, holes):
    _, folder, labels = case
    dataset, slices = pydicom.dcmread(folder / f"{holes}.dcm"), slices_of((folder / "series").iterdir())
    names = {item.ROINumber: item.ROIName for item in dataset.StructureSetROISequence}
    for item in dataset.ROIContourSequence:
        name = names[item.ReferencedROINumber]
        if name.startswith("GTV"):
            np.testing.assert_array_equal(rasterised(item, slices, labels.grid), labels.array == int(name[4:]), name)


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_area_times_slice_spacing_is_the_volume_and_their_centroid_the_lesions(case, holes):
    _, folder, labels = case
    dataset = pydicom.dcmread(folder / f"{holes}.dcm")
    lps_to_ras = np.diag([-1.0, -1.0, 1.0])
    normal = np.cross(*(lps_to_ras @ labels.grid.direction).T[:2])
    for item, roi in zip(dataset.ROIContourSequence, dataset.StructureSetROISequence, strict=True):
        if not roi.ROIName.startswith("GTV"):
            continue
        area, moment = 0.0, np.zeros(3)
        for _, points in polygons(item):
            origin = points[0]
            one, two = points[1:-1] - origin, points[2:] - origin
            triangles = np.cross(one, two) @ normal / 2
            area += triangles.sum()
            moment += (triangles[:, None] * (origin + (one + two) / 3)).sum(axis=0)
        mask = labels.array == int(roi.ROIName[4:])
        volume = mask.sum() * labels.grid.voxel_volume_mm3
        assert abs(area) * labels.grid.spacing_mm[2] == pytest.approx(volume, rel=1e-3)
        assert float(roi.ROIVolume) == pytest.approx(volume / 1000, rel=1e-3)
        centroid = labels.grid.to_ras(np.argwhere(mask)).mean(axis=0)
        assert np.linalg.norm(lps_to_ras @ (moment / area) - centroid) < 0.1


def test_every_uid_resolves_and_the_patient_is_the_series_own(case):
    _, folder, _ = case
    dataset, slices = pydicom.dcmread(folder / "xor.dcm"), slices_of((folder / "series").iterdir())
    first = next(iter(slices.values()))
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
                    "StudyTime", "StudyID", "AccessionNumber", "FrameOfReferenceUID"):  # fmt: skip
        assert dataset[keyword].value == first[keyword].value
    (frame,) = dataset.ReferencedFrameOfReferenceSequence
    assert frame.FrameOfReferenceUID == first.FrameOfReferenceUID
    (study,) = frame.RTReferencedStudySequence
    assert study.ReferencedSOPInstanceUID == first.StudyInstanceUID
    (series,) = study.RTReferencedSeriesSequence
    assert series.SeriesInstanceUID == first.SeriesInstanceUID != dataset.SeriesInstanceUID
    assert sorted(item.ReferencedSOPInstanceUID for item in series.ContourImageSequence) == sorted(
        uid for uid, _ in slices
    )
    numbers = [item.ROINumber for item in dataset.StructureSetROISequence]
    assert len(set(numbers)) == len(numbers) == 20
    assert {item.ReferencedFrameOfReferenceUID for item in dataset.StructureSetROISequence} == {
        first.FrameOfReferenceUID
    }
    assert [item.ReferencedROINumber for item in dataset.ROIContourSequence] == numbers
    assert [item.ReferencedROINumber for item in dataset.RTROIObservationsSequence] == numbers
    for item in dataset.ROIContourSequence:
        for key, _ in polygons(item):
            assert slices[key].SOPClassUID == first.SOPClassUID


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_dicom3tools_finds_no_error(case, holes):
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy is not there: apt-get install dicom3tools")
    done = subprocess.run([tool, str(case[1] / f"{holes}.dcm")], capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    assert "RTStructureSet" in lines, lines
    assert [line for line in lines if line.startswith("Error")] == []


def test_dicom3tools_finds_patient_and_study_alike_in_series_and_structure_set(case):
    tool = shutil.which("dcentvfy")
    if tool is None:
        pytest.skip("dcentvfy is not there: apt-get install dicom3tools")
    files = [case[1] / "xor.dcm", *(case[1] / "series").iterdir()]
    done = subprocess.run([tool, *map(str, files)], capture_output=True, text=True)
    # Attributes that the series lacks altogether are there, empty, in the structure set, as they must be.
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "ReferringPhysicianName" not in line]
    assert lines == []


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_plastimatch_reads_the_mask(case, holes, tmp_path):
    name, folder, labels = case
    tool = shutil.which("plastimatch")
    if tool is None:
        pytest.skip("plastimatch is not there: apt-get install plastimatch")
    if name not in AXIAL:
        pytest.skip("plastimatch fills axial contours only")
    # Without --xor-contours plastimatch fills holes.
    done = subprocess.run(
        [tool, "convert", "--input", folder / f"{holes}.dcm", "--referenced-ct", folder / "series",
         "--output-prefix", tmp_path, "--prefix-format", "nrrd", *(["--xor-contours"] if holes == "xor" else [])],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for number in np.unique(labels.array[labels.array > 0]):
        image = sitk.ReadImage(str(tmp_path / f"GTV_{number:02d}.nrrd"))
        filled = sitk.GetArrayFromImage(image).T > 0
        if np.dot(image.GetDirection()[6:], np.diag([-1, -1, 1]) @ labels.grid.direction[:, 2]) < 0 or not np.allclose(
            image.GetOrigin()[2], labels.grid.origin_ras_mm[2], atol=1e-3
        ):
            filled = filled[:, :, ::-1]
        np.testing.assert_array_equal(filled, labels.array == number, f"GTV_{number:02d}")


def test_nothing_to_contour_is_said(tmp_path, write_dicom):
    on = GRIDS["axial"]
    write_dicom(Volume(np.ones(on.shape, np.float32), on), tmp_path, StudyInstanceUID="1.2.3")
    (series,) = find_series(tmp_path)
    with pytest.raises(InputError, match="no lesion"):
        build_rtstruct(Volume(np.zeros(on.shape, np.uint16), on, "empty.nii.gz"), series)
