"""Every layout gives the same record; what cannot be read is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from monai.data import load_decathlon_datalist

from sgnet.data.labels import read_mask
from sgnet.data.layouts.case import LabelFile
from sgnet.data.layouts.names import labels_of
from sgnet.data.layouts.nnunet import label_values
from sgnet.data.layouts.registry import LAYOUTS, check_usable, read_cases, recognise
from sgnet.errors import InputError

DataSet = Callable[[str], Path]
EVERY = ("lung-mets", "brats-mets", "nnunet", "datalist", "vs-seg", "sgnet")


@pytest.mark.parametrize("layout", EVERY)
def test_layout_is_recognised_and_its_cases_are_sorted_and_usable(data_set: DataSet, layout: str) -> None:
    folder = data_set(layout)
    assert recognise(folder).name == layout
    cases = read_cases(folder)
    assert [case.name for case in cases] == sorted(case.name for case in cases)
    assert len(cases) in (2, 3)
    check_usable(cases, ("t2",) if layout == "vs-seg" else ("t1ce", "flair"))


@pytest.mark.parametrize("layout", ["lung-mets", "brats-mets", "nnunet", "datalist", "sgnet"])
def test_masks_mean_the_same_in_every_layout(data_set: DataSet, layout: str) -> None:
    """All fixtures draw the same first head: necrosis and enhancing make the core, oedema too the whole."""
    case = read_cases(data_set(layout))[0]
    (core,) = {int(read_mask(case.labels["core"]).array.sum())}
    reference = read_cases(data_set("sgnet"))[0]
    assert core == int(read_mask(reference.labels["core"]).array.sum()) > 200
    if layout == "datalist":
        assert set(case.labels) == {"core"}
    else:
        whole, expected = (read_mask(one.labels["whole"]).array for one in (case, reference))
        np.testing.assert_array_equal(whole, expected)
    assert case.images["t1ce"] != case.images["flair"]


def test_study_that_lacks_a_mask_says_so(data_set: DataSet) -> None:
    assert [sorted(case.labels) for case in read_cases(data_set("lung-mets"))] == [
        ["core", "whole"],
        ["core"],
        ["whole"],
    ]


def test_visits_of_one_brats_patient_share_the_patient(data_set: DataSet) -> None:
    assert [case.patient for case in read_cases(data_set("brats-mets"))] == [
        "BraTS-MET-00002", "BraTS-MET-00002", "BraTS-MET-00003",
    ]  # fmt: skip


def test_nnunet_channels_are_taken_by_name_not_by_number(data_set: DataSet) -> None:
    case = read_cases(data_set("nnunet"))[0]
    assert case.images["t1ce"].name == "MET_000_0002.nii.gz"
    assert case.images["flair"].name == "MET_000_0001.nii.gz"


def test_nnunet_patients_may_be_given_in_its_json(data_set: DataSet, tmp_path: Path) -> None:
    folder = shutil.copytree(data_set("nnunet"), tmp_path / "set")
    content = json.loads((folder / "dataset.json").read_text())
    content["patients"] = {"MET_000": "anna", "MET_001": "anna"}
    (folder / "dataset.json").write_text(json.dumps(content))
    assert {case.patient for case in read_cases(folder)} == {"anna"}


def test_data_list_is_read_as_monai_reads_it(data_set: DataSet) -> None:
    path = data_set("datalist") / "datalist.json"
    theirs = load_decathlon_datalist(path, data_list_key="training")
    ours = read_cases(path)
    assert [[str(case.images["t1ce"]), str(case.images["flair"])] for case in ours] == [e["image"] for e in theirs]
    assert [str(case.labels["core"].path) for case in ours] == [e["label"] for e in theirs]


def test_data_list_may_name_everything_itself(tmp_path: Path) -> None:
    entry = {
        "case_id": "a-1", "patient_id": "a", "t1ce": "x.nii.gz", "flair": "y.nii.gz", "core": "c.nii.gz",
        "whole": "w.nii.gz",
    }  # fmt: skip
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"training": [entry]}))
    (case,) = read_cases(path)
    assert (case.name, case.patient) == ("a-1", "a")
    assert {image: file.name for image, file in case.images.items()} == {"t1ce": "x.nii.gz", "flair": "y.nii.gz"}
    assert {target: label.path.name for target, label in case.labels.items()} == {
        "core": "c.nii.gz", "whole": "w.nii.gz",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "core", "whole"),
    [
        ({"background": 0, "NCR": 1, "ED": 2, "ET": 3}, (1, 3), (1, 2, 3)),
        ({"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing": [3]}, (1, 3), (1, 2, 3)),
        ({"0": "background", "1": "metastasis"}, (1,), None),
        ({"background": 0, "Whole-Lesion": 1}, None, (1,)),
        (
            {"0": "background", "1": "necrotic core", "2": "peritumoural oedema", "3": "Enhancing Tumour"},
            (1, 3),
            (1, 2, 3),
        ),
    ],
)
def test_labels_make_core_and_whole_by_their_names(labels, core, whole) -> None:
    path = Path("seg.nii.gz")
    found = labels_of(label_values(labels, Path("dataset.json")), path, "dataset.json")
    expected = {"core": core, "whole": whole}
    assert found == {target: LabelFile(path, values) for target, values in expected.items() if values}


def test_unknown_label_is_named_not_dropped() -> None:
    with pytest.raises(InputError, match=r"set\.json: the label 'infarct' is not known"):
        labels_of({"core": [1], "infarct": [2]}, Path("seg.nii.gz"), "set.json")


def test_folder_of_no_layout_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "image.dcm").touch()
    with pytest.raises(InputError) as error:
        recognise(tmp_path)
    for layout in LAYOUTS.values():
        assert layout.looks_for in str(error.value)


def test_layout_that_was_asked_for_is_not_replaced_by_another(data_set: DataSet) -> None:
    with pytest.raises(InputError, match="holds no case of the layout nnunet"):
        read_cases(data_set("brats-mets"), "nnunet")


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    entries = [{"image": [f"{n}_t1ce.nii.gz", f"{n}_flair.nii.gz"], "label": f"{n}/seg.nii.gz"} for n in range(2)]
    (tmp_path / "list.json").write_text(json.dumps({"training": entries}))
    with pytest.raises(InputError, match="2 cases called 'seg'"):
        read_cases(tmp_path)


@pytest.mark.parametrize(
    ("take_away", "said"),
    [("-t2f.nii.gz", "has no flair"), ("-seg.nii.gz", "has no label map")],
)
def test_case_without_an_image_or_a_label_is_named(
    data_set: DataSet, tmp_path: Path, take_away: str, said: str
) -> None:
    folder = shutil.copytree(data_set("brats-mets"), tmp_path / "set")
    (folder / "BraTS-MET-00003-000" / f"BraTS-MET-00003-000{take_away}").unlink()
    with pytest.raises(InputError, match=f"BraTS-MET-00003-000 {said}.*split"):
        check_usable(read_cases(folder), ("t1ce", "flair"))


def test_json_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text('{"training": [')
    with pytest.raises(InputError, match=r"list\.json is no JSON"):
        read_cases(tmp_path)
