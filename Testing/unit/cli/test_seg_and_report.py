from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from sgnet.config import LesionSettings
from sgnet.data.labels import read_labels
from sgnet.export.files import write_results
from sgnet.geometry import Volume
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.find import find_lesions
from sgnet.lesions.tracking import tracking_uids

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def case(tmp_path_factory, head, save, write_dicom) -> Path:
    """T1ce as file and series, FLAIR, and a result folder with three lesions and oedema."""
    folder = tmp_path_factory.mktemp("case")
    study = head()
    save(study.t1ce, folder / "t1ce.nii.gz")
    save(study.flair, folder / "flair.nii.gz")
    write_dicom(study.t1ce, folder / "dicom", StudyInstanceUID=generate_uid())
    grid = study.t1ce.grid
    core = np.zeros(grid.shape, np.float32)
    core[15:19, 30:34, 24:27] = core[30:33, 28:31, 20:23] = core[35:37, 40:42, 30:32] = 0.9
    whole = np.maximum(core, np.roll(core, 2, axis=1))
    labels, mask, lesions = find_lesions(core, whole, grid, LesionSettings())
    shape = {"shape_ijk": list(grid.shape), "spacing_mm": list(grid.spacing_mm)}
    provenance = {"input": {"t1ce": {"name": "JANE_DOE.nii.gz", **shape}}}
    write_results(Segmentation(study, core, whole, labels, mask, lesions, provenance), folder / "result", True)
    return folder


def test_seg_sr_rtstruct_table_json_check_and_report_call_each_lesion_by_one_uid(sgnet: Call, case, tmp_path) -> None:
    pytest.importorskip("highdicom")
    result = case / "result"
    given = ("--labelmap", str(result / "lesions.nii.gz"), "--series", str(case / "dicom"), "--output")
    for arguments in (
        ("export", "seg", *given, str(tmp_path / "seg.dcm")),
        ("export", "sr", *given, str(tmp_path / "sr.dcm"), "--seg", str(tmp_path / "seg.dcm")),
        ("export", "rtstruct", *given, str(tmp_path / "rtstruct.dcm")),
        ("export", "all", *given, str(tmp_path / "all")),
        ("report", str(result), "--t1ce", str(case / "t1ce.nii.gz"), "--flair", str(case / "flair.nii.gz"),
         "--output", str(tmp_path / "report.html")),
    ):  # fmt: skip
        code, _, err = sgnet(*arguments)
        assert code == 0, err

    records = json.loads((result / "lesions.json").read_text())["lesions"]
    names = [(one["tracking_id"], one["tracking_uid"]) for one in records]
    assert len(names) == 3
    with (result / "lesions.csv").open() as file:
        assert [(row["tracking_id"], row["tracking_uid"]) for row in csv.DictReader(file)] == names
    segments = pydicom.dcmread(tmp_path / "seg.dcm").SegmentSequence
    assert [(one.TrackingID, one.TrackingUID) for one in segments] == names
    for file in (tmp_path / "sr.dcm", tmp_path / "all" / "sr.dcm"):
        assert tracked(pydicom.dcmread(file)) == names
    checks = json.loads((tmp_path / "all" / "volumes.json").read_text())["structures"]
    assert [(f"Lesion {one['lesion']}", one["tracking_uid"]) for one in checks] == names
    page = (tmp_path / "report.html").read_text()
    assert re.findall(r"<b>(Lesion \d+)</b>.*?Tracking UID ([\d.]+)<", page) == names
    assert page.count("data:image/png;base64,") == 3
    structures = str(pydicom.dcmread(tmp_path / "rtstruct.dcm"))
    assert all(f"{name}, tracking UID {uid}" in structures for name, uid in names)


def tracked(item: pydicom.Dataset) -> list[tuple[str, str]]:
    """(tracking identifier, tracking UID) of every measurement group of a Structured Report, by their DICOM codes."""
    found: dict[str, list[str]] = {"112039": [], "112040": []}

    def walk(one: pydicom.Dataset) -> None:
        for child in one.get("ContentSequence", ()):
            code = child.ConceptNameCodeSequence[0].CodeValue if "ConceptNameCodeSequence" in child else ""
            if code in found:
                found[code].append(str(child.get("TextValue") or child.get("UID")))
            walk(child)

    walk(item)
    return list(zip(found["112039"], found["112040"], strict=True))


def test_a_report_of_edited_lesions_as_page_and_pdf(sgnet: Call, case, tmp_path, save) -> None:
    labels = read_labels(case / "result" / "lesions.nii.gz")
    edited = labels.array.copy()
    edited[edited == 2] = 0
    edited[tuple(np.argwhere(edited == 1)[0])] = 0
    save(Volume(edited.astype(np.uint8), labels.grid), tmp_path / "edited.nrrd")
    code, out, err = sgnet(
        "report", str(case / "result"), "--t1ce", str(case / "t1ce.nii.gz"), "--labelmap",
        str(tmp_path / "edited.nrrd"), "--output", str(tmp_path / "report.html"), "--pdf", "--json",
    )  # fmt: skip
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["files"] == ["report.html", "report.pdf"]
    page = (tmp_path / "report.html").read_text()
    assert re.findall(r"<b>(Lesion \d+)</b>", page) == ["Lesion 1", "Lesion 3"]
    assert page.count("data:image/png;base64,") == 2
    uids = tracking_uids(edited.astype(np.uint16))
    assert all(f"Tracking UID {uid}" in page for uid in uids.values())
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_probabilities_make_a_fractional_file(sgnet: Call, case, tmp_path) -> None:
    pytest.importorskip("highdicom")
    result = case / "result"
    code, _, err = sgnet(
        "export", "seg", "--labelmap", str(result / "lesions.nii.gz"), "--series", str(case / "dicom"),
        "--probabilities", str(result / "probability_core.nii.gz"), "--output", str(tmp_path / "p.dcm"),
    )  # fmt: skip
    assert code == 0, err
    assert pydicom.dcmread(tmp_path / "p.dcm").SegmentationType == "FRACTIONAL"


def test_oedema_and_probabilities_in_one_file_are_refused(sgnet: Call, case, tmp_path) -> None:
    path = str(case / "result" / "lesions.nii.gz")
    code, _, err = sgnet(
        "export", "seg", "--labelmap", path, "--whole", path, "--probabilities", path, "--series", str(case / "dicom"),
        "--output", str(tmp_path / "x.dcm"),
    )  # fmt: skip
    assert code == 2
    assert "--probabilities into one of its own" in err
    assert not list(tmp_path.iterdir())


def test_a_report_without_images_lies_in_the_folder_and_names_no_patient(sgnet: Call, case) -> None:
    code, _, err = sgnet("report", str(case / "result"))
    assert code == 0, err
    assert "JANE" not in (case / "result" / "report.html").read_text()


def test_a_report_of_no_result_folder_is_refused(sgnet: Call, tmp_path) -> None:
    code, _, err = sgnet("report", str(tmp_path))
    assert code == 2
    assert "holds no lesions.json; give a folder that `sgnet segment` wrote." in err


def test_a_flair_alone_is_refused(sgnet: Call, case) -> None:
    code, _, err = sgnet("report", str(case / "result"), "--flair", str(case / "flair.nii.gz"))
    assert code == 2
    assert "give --t1ce besides --flair, or neither" in err


def test_another_t1ce_than_the_segmented_one_is_refused(sgnet: Call, case, tmp_path, save, head) -> None:
    study = head(spacing_mm=2.5)
    for volume, name in ((study.t1ce, "t1ce"), (study.flair, "flair")):
        save(volume, tmp_path / f"{name}.nii.gz")
    code, _, err = sgnet(
        "report", str(case / "result"), "--t1ce", str(tmp_path / "t1ce.nii.gz"), "--flair",
        str(tmp_path / "flair.nii.gz"), "--output", str(tmp_path / "page.html"),
    )  # fmt: skip
    assert code == 2
    assert "give the T1ce that was segmented" in err
    assert not (tmp_path / "page.html").exists()
