"""Everything that one export writes on a classic series, looked at by dicom3tools as one set."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from pydicom.uid import generate_uid
from series_grids import grids_of_extent
from shapes import lesions

from sgnet.config import ExportSettings
from sgnet.data.dicom_headers import find_series
from sgnet.export.together import export_together
from sgnet.geometry import Volume

pytest.importorskip("highdicom")

GRIDS = grids_of_extent((62.0, 52.0, 26.0))
PATIENT = {
    "StudyDate": "20260102", "StudyTime": "030405", "StudyID": "1", "AccessionNumber": "A7", "PatientName": "A^B",
    "PatientBirthDate": "19700101", "PatientSex": "F", "ReferringPhysicianName": "",
}  # fmt: skip


@pytest.fixture(scope="module", params=["axial", "oblique"])
def case(request, tmp_path_factory, write_dicom):
    folder = tmp_path_factory.mktemp("case")
    labels = lesions(GRIDS[request.param])
    image = Volume((labels.array * 50 + 100).astype(np.float32), labels.grid)
    write_dicom(image, folder / "series", StudyInstanceUID=generate_uid(), FrameOfReferenceUID=generate_uid(),
                **PATIENT)  # fmt: skip
    (series,) = find_series(folder / "series")
    export_together(labels, series, folder / "plan", ExportSettings(margins_mm=(2.0,)))
    return folder


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed (apt install dicom3tools)")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("seg.dcm", "Segmentation"), ("sr.dcm", "Comprehensive3DSR"), ("rtstruct.dcm", "RTStructureSet")],
)
def test_dciodvfy_finds_no_error(case, name, kind):
    done = subprocess.run(["dciodvfy", str(case / "plan" / name)], capture_output=True, text=True, timeout=60)
    lines = (done.stdout + done.stderr).splitlines()
    assert kind in lines
    assert [line for line in lines if line.startswith("Error")] == []


@pytest.mark.skipif(shutil.which("dcentvfy") is None, reason="dcentvfy is not installed (apt install dicom3tools)")
def test_dcentvfy_finds_patient_study_and_frame_of_reference_alike(case):
    files = [*(case / "plan").glob("*.dcm"), *(case / "series").iterdir()]
    done = subprocess.run(["dcentvfy", *map(str, files)], capture_output=True, text=True, timeout=60)
    # An accession number belongs to the study; dcentvfy counts that of MR images to their series.
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "<AccessionNumber> IE <S" not in line]
    assert lines == []
