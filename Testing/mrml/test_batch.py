"""A batch from the module's side: .seg.nrrd files that Slicer reads, a scene that stays as it was."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from sgnet.config import InferenceSettings, LesionSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.mrml.child_job import RunSettings
from sgnet.mrml.child_run import run_blocking

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from sgnet.mrml.batch_job import BatchJob, save_segmentation, studies_from_sequences  # noqa: E402
from sgnet.mrml.labelmap import labels_from_node  # noqa: E402
from sgnet.mrml.segmentation import OEDEMA_ID, lesion_segment_ids  # noqa: E402
from sgnet.mrml.steps import finish  # noqa: E402

SETTINGS = RunSettings(LesionSettings(min_volume_mm3=5.0), InferenceSettings(device="cpu"), oedema=True)


CHILD = """
import itertools, json, sys
from pathlib import Path
import numpy as np
from sgnet.cli.batch_table import DONE, FAILED, BatchRow, row_of_result, write_table
from sgnet.data.read import read_volume
from sgnet.data.studies import find_study, study_folders
from sgnet.errors import InputError
from sgnet.export.volume import write_volume
from sgnet.geometry import Volume
from sgnet.lesions.lesion import Lesion

options = dict(itertools.pairwise(sys.argv))
output, rows = Path(options["--output"]), []
for folder in study_folders(Path(options["--input"])):
    try:
        t1ce = read_volume(find_study(folder).t1ce)
    except InputError as error:
        rows.append(BatchRow(folder.name, FAILED, message=str(error)))
        continue
    labels = (t1ce.array > 600).astype(np.uint8)
    target = output / folder.name
    target.mkdir(parents=True)
    write_volume(Volume(labels, t1ce.grid), target / "lesions.nii.gz")
    write_volume(Volume(np.maximum(np.roll(labels, 1, 0), labels), t1ce.grid), target / "whole.nii.gz")
    lesion = Lesion(1, 1.5, 12.0, 8.0, 13.0, (1.0, 2.0, 3.0), 0.8, 0.99).to_dict()
    found = [lesion] if labels.any() else []
    (target / "lesions.json").write_text(json.dumps({"lesions": found, "total_volume_ml": 1.5 * len(found)}))
    rows.append(row_of_result(folder.name, DONE, target))
write_table(rows, output / "studies.csv")
values = {"output": str(output), "files": ["studies.csv"], "studies": [row.to_dict() for row in rows]}
print(json.dumps({"event": "result", **values}))
"""


@pytest.fixture
def child(tmp_path):
    """What `sgnet batch` does, without its network: every bright voxel is a lesion."""
    path = tmp_path / "child.py"
    path.write_text(CHILD, encoding="utf-8")
    return [sys.executable, str(path)]


@pytest.fixture
def arrays(head):
    """T1ce with a bright block, FLAIR, and their affine."""
    study = head(spacing_mm=3.0)
    t1ce = np.clip(study.t1ce.array.astype(np.float32), 0, 550)
    t1ce[10:14, 15:20, 12:15] = 900
    return t1ce, study.flair.array.astype(np.float32), study.t1ce.grid


@pytest.fixture
def folder(tmp_path, arrays, save):
    from sgnet.geometry import Volume

    t1ce, flair, grid = arrays
    for name in ("one", "two"):
        made = tmp_path / "studies" / name
        made.mkdir(parents=True)
        if name == "one":
            save(Volume(t1ce, grid), made / "t1ce.nii.gz")
            save(Volume(flair, grid), made / "flair.nii.gz")
        else:
            save(Volume(flair, grid), made / "t2.nii.gz")
    return tmp_path / "studies"


def run(job, child):
    with job:
        return run_blocking(job, child, Progress())


def test_every_setting_reaches_the_command(scene, folder, tmp_path):
    from sgnet.cli.batch import command

    settings = RunSettings(
        LesionSettings(threshold=0.25, min_volume_mm3=7.0, min_confidence=0.65, split_touching=True),
        InferenceSettings(device="cpu", precision="float32", flips=True),
        model=tmp_path / "model",
    )
    with BatchJob(scene, folder, tmp_path / "out", settings, temporary_root=tmp_path) as job:
        # The names of the help option as in the program: click remembers them with the command.
        context = command.make_context("batch", job.arguments[4:], help_option_names=["-h", "--help"])
    given = context.params
    assert (given["threshold"], given["min_volume_mm3"], given["split_touching"]) == (0.25, 7.0, True)
    assert given["min_confidence"] == 0.65
    assert (given["device"], given["precision"], given["flips"]) == ("cpu", "float32", True)
    assert given["model"] == tmp_path / "model"


def test_results_lie_beside_as_seg_nrrd_that_slicer_reads(scene, ids_of, folder, arrays, child, add_volume, tmp_path):
    before = ids_of(scene)
    job = BatchJob(scene, folder, tmp_path / "out", SETTINGS, temporary_root=tmp_path)
    one, two = run(job, child)
    assert ids_of(scene) == before
    assert (one.study, one.status, one.lesions) == ("one", "done", 1)
    assert (two.study, two.status, two.segmentation) == ("two", "failed", None)
    assert "named as a T1ce" in two.message
    with (tmp_path / "out" / "studies.csv").open(newline="", encoding="utf-8") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["done", "failed"]
    assert not job.folder.exists()

    assert one.segmentation == tmp_path / "out" / "one" / "one.seg.nrrd"
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "read")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(one.segmentation))
    assert storage.ReadData(node)
    assert lesion_segment_ids(node) == ["Lesion_1"]
    segment = node.GetSegmentation().GetSegment("Lesion_1")
    assert segment.GetName() == "Lesion 1"
    assert node.GetSegmentation().GetSegment(OEDEMA_ID) is not None
    from vtkmodules.vtkCommonCore import reference

    value = reference("")
    assert segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), value)
    assert "14799000^Neoplasm, Secondary" in str(value)
    t1ce, _flair, grid = arrays
    reference_node = add_volume(t1ce, grid.affine_ijk_to_ras)
    labels = labels_from_node(scene, node, reference_node, ["Lesion_1"])
    np.testing.assert_array_equal(labels > 0, t1ce > 600)


def test_a_file_that_cannot_be_written_is_told(scene, tmp_path):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    with pytest.raises(InputError, match="missing"):
        save_segmentation(node, tmp_path / "missing" / "one.seg.nrrd")


@pytest.fixture
def sequences(scene, add_volume, arrays):
    """Two time points; the second one without a lesion."""
    t1ce, flair, grid = arrays
    made = []
    for name, items in (("T1ce", (t1ce, np.minimum(t1ce, 550))), ("FLAIR", (flair, flair))):
        sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
        for n, array in enumerate(items):
            node = add_volume(array, grid.affine_ijk_to_ras, name)
            sequence.SetDataNodeAtValue(node, str(n))
            scene.RemoveNode(node)
        made.append(sequence)
    return made


def test_volumes_of_sequences_are_segmented_one_by_one(scene, ids_of, sequences, child, tmp_path):
    before = ids_of(scene)
    studies = studies_from_sequences(*sequences)
    job = BatchJob(scene, studies, tmp_path / "out", SETTINGS, temporary_root=tmp_path)
    outcomes = run(job, child)
    assert [(one.study, one.status, one.lesions) for one in outcomes] == [("001", "done", 1), ("002", "done", 0)]
    assert all(one.segmentation.is_file() for one in outcomes)
    assert ids_of(scene) == before
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / "001" / "lesions.nii.gz")))
    assert labels.any()


def test_sequences_of_different_length_are_refused(sequences):
    sequences[1].RemoveDataNodeAtValue("1")
    with pytest.raises(InputError, match="same length"):
        studies_from_sequences(*sequences)
    assert len(studies_from_sequences(sequences[0], None)) == 2


def test_two_studies_of_one_name_are_refused(scene, sequences, tmp_path):
    (name, study), _other = studies_from_sequences(*sequences)
    with pytest.raises(InputError, match="same name"):
        BatchJob(scene, [(name, study), (name, study)], tmp_path / "out", SETTINGS)


def test_transform_file_is_read_by_slicer_as_what_moves_flair(scene, tmp_path):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    from sgnet.export.transform import write_transform
    from sgnet.mrml.volumes import matrix_array

    turn = np.array([[0.8, -0.6, 0, 5], [0.6, 0.8, 0, -7], [0, 0, 1, 11], [0, 0, 0, 1]])
    write_transform(turn, tmp_path / "moved.tfm")
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    storage = slicer.vtkMRMLTransformStorageNode()
    storage.SetFileName(str(tmp_path / "moved.tfm"))
    assert storage.ReadData(node)
    found = vtkMatrix4x4()
    node.GetMatrixTransformToParent(found)
    np.testing.assert_allclose(matrix_array(found), turn, atol=1e-6)


def test_sample_study_is_asked_for_by_number_and_read(scene, tmp_path, head):
    from sgnet.cli.demo import DEFAULT_SEED
    from sgnet.export.volume import write_volume
    from sgnet.mrml.child_events import Result
    from sgnet.mrml.new_volume import add_volume_node
    from sgnet.mrml.sample_job import SampleJob
    from sgnet.mrml.volumes import volume_from_node

    with SampleJob(tmp_path) as job:
        options = dict(zip(job.arguments, job.arguments[1:], strict=False))
        assert "synthesize" in job.arguments and options["--seed"] == str(DEFAULT_SEED)
        # What the child writes (Testing/unit/cli/test_demo_and_synthesize.py).
        made = Path(options["--output"]) / "study-00007"
        made.mkdir(parents=True)
        for role, volume in zip(("t1ce", "flair"), head().volumes, strict=True):
            write_volume(volume, made / f"{role}.nii.gz")
        study = finish(job.collect(Result(made.parent, (), {"files": ["study-00007"]})))
    assert (study.t1ce.name, study.flair.name) == ("Sample T1ce", "Sample FLAIR")
    np.testing.assert_array_equal(study.flair.array, head().flair.array)
    back = volume_from_node(add_volume_node(scene, study.t1ce))
    assert back.grid.matches(head().t1ce.grid, 1e-3)
    np.testing.assert_array_equal(back.array, head().t1ce.array)
    assert list(tmp_path.iterdir()) == []
