"""Nodes in, child process, nodes out: the very labels that the command line writes for the same volumes."""

import sys

import numpy as np
import pytest

from sgnet.config import InferenceSettings, LesionSettings, NetworkSettings, PreprocessSettings
from sgnet.data.read import read_image
from sgnet.events import Progress
from sgnet.mrml.child_job import ChildJob, RunSettings
from sgnet.mrml.child_run import run_blocking

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from sgnet.lesions.rethreshold import find_again
from sgnet.mrml.labelmap import labels_from_node
from sgnet.mrml.probability_nodes import stored_map
from sgnet.mrml.result import create_result
from sgnet.mrml.segmentation import OEDEMA_ID, lesion_segment_ids, lesions_of
from sgnet.mrml.steps import finish
from sgnet.mrml.volumes import study_from_nodes

SHAPE = (36, 36, 16)
# The weights are drawn at random: what is found means nothing, but has to arrive unchanged.
SETTINGS = RunSettings(
    LesionSettings(threshold=0.5, min_volume_mm3=5.0, min_confidence=0),
    InferenceSettings(device="cpu"),
    oedema=True,
)


@pytest.fixture
def model(tmp_path):
    import torch

    from sgnet.inference.model import save_model
    from sgnet.networks.registry import build_network

    torch.manual_seed(3)
    settings = NetworkSettings()
    save_model(build_network(settings), tmp_path / "model", settings, PreprocessSettings(), {})
    return tmp_path / "model"


@pytest.fixture
def nodes(add_volume, oblique):
    """A head with a bright spot, on an oblique grid of 1.4 x 1.6 x 2.5 mm; FLAIR on another grid."""
    affine = oblique @ np.diag([2.0, 2.0, 1.0, 1.0])
    i, j, k = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    head = np.sqrt(i**2 + j**2 + k**2) < 0.9
    spot = np.sqrt((i - 0.3) ** 2 + j**2 + k**2) < 0.2
    texture = np.cos(7 * i) * np.cos(5 * j) * np.cos(6 * k)
    t1ce = head * (400 + 60 * texture) + 500.0 * spot
    flair = head * (300 - 40 * texture) + 200.0 * spot
    return add_volume(t1ce.astype(np.float32), affine), add_volume(flair.astype(np.int16), affine, "FLAIR")


def test_module_and_command_line_give_the_same_lesions(scene, nodes, model, tmp_path):
    t1ce, flair = nodes
    with ChildJob(study_from_nodes(t1ce, flair), SETTINGS, tmp_path) as job:
        job.arguments += ["--model", str(model)]
        result = run_blocking(job, [sys.executable], Progress())
        # What the command line has written, read by another reader before the folder goes.
        written = {name: read_image(job.output / f"{name}.nii.gz") for name in ("lesions", "whole")}
    node = finish(create_result(scene, result, t1ce, SETTINGS))
    expected = written["lesions"].array.astype(int)
    assert expected.max() >= 1, "nothing was found, so nothing is compared"
    np.testing.assert_array_equal(labels_from_node(scene, node, t1ce, lesion_segment_ids(node)), expected)
    assert [lesion.number for lesion in lesions_of(node)] == list(range(1, expected.max() + 1))

    whole = written["whole"].array > 0
    if (whole & (expected == 0)).any():
        oedema = labels_from_node(scene, node, t1ce, [OEDEMA_ID]) > 0
        np.testing.assert_array_equal(oedema, whole & (expected == 0))
    kept = stored_map(node)
    found = finish(find_again(kept, SETTINGS.lesions)).lesions
    again = np.zeros(expected.shape, bool)
    for body in found:
        again[body.placed.box] |= body.placed.mask
    np.testing.assert_array_equal(again, expected > 0)


def test_t1ce_removed_meanwhile_is_told_and_leaves_no_node(scene, nodes, ids_of):
    from sgnet.errors import InputError
    from sgnet.mrml.child_job import ChildResult

    t1ce, _flair = nodes
    scene.RemoveNode(t1ce)
    before = ids_of(scene)
    nothing = ChildResult(np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, bool), (), None)
    with pytest.raises(InputError, match="was removed from the scene"):
        finish(create_result(scene, nothing, t1ce, SETTINGS))
    assert ids_of(scene) == before
