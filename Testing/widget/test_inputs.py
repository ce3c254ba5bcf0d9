"""Guess, input check, swap and alignment, clicked through in the panel."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

_SPEC = importlib.util.spec_from_file_location("brain_phantom", Path(__file__).parents[1] / "brain_phantom.py")
phantom = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(phantom)
ROWS = ("volumes", "contrast", "coverage", "slices", "alignment")


@pytest.fixture(scope="module")
def labels():
    return phantom.brain()


@pytest.fixture
def add(panel):
    """Adds a volume node of an array (I, J, K) and its affine; ``uid`` makes it one that came as DICOM."""

    def add(name, array, affine=phantom.AFFINE, uid=""):
        from sgnet.mrml.volumes import voxels

        node = panel.scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
        node.SetName(name)
        made = panel.add_volume("scratch", array.shape)
        voxels(made)[:] = array
        node.SetAndObserveImageData(made.GetImageData())
        panel.scene.RemoveNode(made)
        node.SetIJKToRASMatrix(matrix(affine))
        if uid:
            node.SetAttribute("DICOM.instanceUIDs", uid)
        node = panel.scene.AddNode(node)
        panel.settle()
        return node

    return add


@pytest.fixture
def pair(panel, add, labels):
    """A plain T1ce and FLAIR, chosen by their names, and checked."""
    t1ce = add("AX T1 POST", phantom.image(labels, phantom.T1CE))
    flair = add("AX T2 FLAIR", phantom.image(labels, phantom.FLAIR, seed=2))
    checked(panel)
    return t1ce, flair


def matrix(values):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    made = vtkMatrix4x4()
    made.DeepCopy(np.asarray(values, float).ravel().tolist())
    return made


def checked(panel):
    panel.settle()
    panel.wait(lambda: not panel.widget._check.busy)
    panel.settle()


def words(panel):
    """The rows that are shown: their word and their sentence."""
    shown = [row for row in ROWS if getattr(panel.ui, f"{row}StateLabel").visible]
    return {
        row: (getattr(panel.ui, f"{row}StateLabel").text, getattr(panel.ui, f"{row}CheckLabel").text) for row in shown
    }


def test_a_plain_pair_is_green_but_for_the_phantoms_coarse_slices(panel, pair):
    assert {row: word for row, (word, _text) in words(panel).items()} == {
        "volumes": "✔ OK", "contrast": "✔ OK", "coverage": "✔ OK", "slices": "! Check", "alignment": "✔ OK",
    }  # fmt: skip
    assert not panel.ui.swapButton.visible and not panel.ui.alignButton.visible
    assert panel.ui.segmentButton.enabled


def test_nothing_is_shown_before_a_t1ce_is_chosen_and_a_t1ce_alone_is_checked(panel, add, labels):
    assert words(panel) == {}
    add("T1ce", phantom.image(labels, phantom.T1CE))
    checked(panel)
    assert list(words(panel)) == ["contrast", "coverage", "slices"]


def test_guess_reads_the_dicom_database_once_a_volume(panel, add, labels, monkeypatch):
    import slicer

    from sgnet.mrml.guess import TAGS

    headers = {
        "1.1": {"description": "AXIAL", "modality": "MR", "echo_time_ms": "120", "inversion_time_ms": "2500"},
        "1.2": {"modality": "MR", "echo_time_ms": "12", "repetition_time_ms": "600", "contrast_agent": "GADOBUTROL"},
    }
    asked = []

    def value(uid, tag):
        asked.append((uid, tag))
        name = next(name for name, one in TAGS.items() if one == tag)
        return headers[uid].get(name, "__TAG_NOT_IN_INSTANCE__")

    database = SimpleNamespace(isOpen=True, instanceValue=value)
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    flair = add("5: AXIAL", phantom.image(labels, phantom.FLAIR), uid="1.1 1.99")
    t1ce = add("7: AXIAL", phantom.image(labels, phantom.T1CE), uid="1.2")
    assert panel.ui.t1ceSelector.currentNode() is t1ce
    assert panel.ui.flairSelector.currentNode() is flair
    assert "by its timing (TE 12, TR 600 ms), contrast agent GADOBUTROL" in panel.ui.guessLabel.text
    assert len(asked) == len(set(asked)) == 2 * len(TAGS)
    checked(panel)
    assert "contrast agent GADOBUTROL" in words(panel)["contrast"][1]


def test_a_closed_database_counts_as_none(panel, add, labels, monkeypatch):
    import slicer

    monkeypatch.setattr(slicer, "dicomDatabase", SimpleNamespace(isOpen=False), raising=False)
    t1ce = add("T1ce", phantom.image(labels, phantom.T1CE), uid="1.1")
    assert panel.ui.t1ceSelector.currentNode() is t1ce


def test_reason_of_the_guess_goes_when_the_user_chooses_otherwise(panel, pair, add, labels):
    assert panel.ui.guessLabel.visible
    other = add("other", phantom.image(labels, phantom.T1CE))
    panel.ui.t1ceSelector.setCurrentNode(other)
    panel.settle()
    assert not panel.ui.guessLabel.visible
    panel.ui.t1ceSelector.setCurrentNode(pair[0])
    panel.settle()
    assert panel.ui.guessLabel.visible


def test_swapped_volumes_are_noticed_and_one_click_puts_them_right(panel, add, labels):
    one = add("one", phantom.image(labels, phantom.T1CE))
    two = add("two", phantom.image(labels, phantom.FLAIR, seed=2))
    panel.ui.t1ceSelector.setCurrentNode(two)
    panel.ui.flairSelector.setCurrentNode(one)
    checked(panel)
    word, sentence = words(panel)["volumes"]
    assert word == "✖ Problem" and "look swapped" in sentence
    panel.click("swapButton")
    checked(panel)
    assert panel.ui.t1ceSelector.currentNode() is one and panel.ui.flairSelector.currentNode() is two
    assert words(panel)["volumes"][0] == "✔ OK"
    assert not panel.ui.swapButton.visible


def test_the_same_volume_and_the_same_image_are_noticed(panel, pair, add, labels):
    panel.ui.flairSelector.setCurrentNode(pair[0])
    checked(panel)
    assert words(panel) == {"volumes": ("✖ Problem", "Volumes: The same volume is chosen twice; choose the FLAIR.")}
    copy = add("copy", phantom.image(labels, phantom.T1CE))
    panel.ui.flairSelector.setCurrentNode(copy)
    checked(panel)
    assert "the same image" in words(panel)["volumes"][1]


def test_a_volume_without_voxels_is_told_and_harms_nothing(panel, pair):
    empty = panel.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    panel.ui.flairSelector.setCurrentNode(empty)
    checked(panel)
    assert words(panel) == {"volumes": ("✖ Problem", 'Volumes: "nothing" is empty; choose another volume.')}


def test_check_follows_a_transform_and_the_voxels(panel, pair):
    transform = panel.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    pair[1].SetAndObserveTransformNodeID(transform.GetID())
    moved = np.eye(4)
    moved[:3, 3] = (0, 12, 9)
    transform.SetMatrixTransformToParent(matrix(moved))
    checked(panel)
    word, sentence = words(panel)["alignment"]
    assert word == "! Check" and "about 15 mm" in sentence
    transform.SetMatrixTransformToParent(matrix(np.eye(4)))
    checked(panel)
    assert words(panel)["alignment"][0] == "✔ OK"
    from sgnet.mrml.volumes import voxels

    voxels(pair[1])[:] = voxels(pair[0])
    pair[1].GetImageData().Modified()
    pair[1].InvokeEvent(pair[1].ImageDataModifiedEvent)
    checked(panel)
    assert "the same image" in words(panel)["volumes"][1]


def test_align_now_registers_in_a_real_child_process_and_the_check_turns_green(panel, add, labels, launcher):
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    add("T1ce", phantom.image(labels, phantom.T1CE))
    flair = add("FLAIR", phantom.image(labels, phantom.FLAIR, seed=2), phantom.shifted((0, 12, 9)))
    checked(panel)
    assert words(panel)["alignment"][0] == "! Check" and panel.ui.alignButton.visible
    panel.click("alignButton")
    assert panel.ui.alignButton.text == "Cancel aligning"
    panel.wait(lambda: not panel.widget._align.running, seconds=60)
    checked(panel)
    assert words(panel)["alignment"][0] == "✔ OK", panel.ui.messageLabel.text
    assert not panel.ui.alignButton.visible
    transform = flair.GetParentTransformNode()
    assert transform.GetName() == "FLAIR to T1ce"
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    found = vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(found)
    moved = [found.GetElement(row, 3) for row in range(3)]
    np.testing.assert_allclose(moved, (0, -12, -9), atol=1.0)
    assert list(panel.temporary.iterdir()) == []


def test_aligning_can_be_cancelled_and_leaves_nothing(panel, add, labels, launcher):
    launcher.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    add("T1ce", phantom.image(labels, phantom.T1CE))
    flair = add("FLAIR", phantom.image(labels, phantom.FLAIR, seed=2), phantom.shifted((0, 12, 9)))
    checked(panel)
    panel.click("alignButton")
    panel.click("alignButton")
    panel.wait(lambda: not panel.widget._align.running)
    assert flair.GetParentTransformNode() is None
    assert list(panel.temporary.iterdir()) == []
    assert panel.ui.alignButton.text == "Align FLAIR now"


def test_closing_the_scene_while_checking_and_aligning_harms_nothing(panel, add, labels, launcher):
    launcher.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    add("T1ce", phantom.image(labels, phantom.T1CE))
    add("FLAIR", phantom.image(labels, phantom.FLAIR, seed=2), phantom.shifted((0, 12, 9)))
    assert panel.widget._check.busy
    panel.scene.Clear(0)
    panel.settle()
    assert not panel.widget._check.busy and words(panel) == {}
    add("T1ce", phantom.image(labels, phantom.T1CE))
    add("FLAIR", phantom.image(labels, phantom.FLAIR, seed=2), phantom.shifted((0, 12, 9)))
    checked(panel)
    panel.click("alignButton")
    panel.scene.Clear(0)
    panel.settle()
    assert not panel.widget._align.running
    panel.wait(lambda: list(panel.temporary.iterdir()) == [])


def test_the_window_answers_while_volumes_are_checked(panel, add, labels):
    from heartbeat import Heartbeat

    big = phantom.image(labels, phantom.T1CE).astype(np.int16)
    for axis, times in enumerate((4, 4, 4)):
        big = big.repeat(times, axis)
    add("T1ce", big, phantom.AFFINE @ np.diag([0.25, 0.25, 0.25, 1]))
    other = panel.add_volume("scratch", phantom.SHAPE)
    with Heartbeat(lambda: "checking") as heart:
        panel.ui.flairSelector.setCurrentNode(other)
        checked(panel)
    assert heart.beats > 10
    assert heart.longest_ms < 100


def test_every_state_fits_into_the_narrowest_panel(panel, pair, add, labels, tmp_path):
    native = add("AX T1 POST late, a name that is rather long", phantom.image(labels, phantom.NATIVE))
    second = phantom.image(labels, phantom.FLAIR, seed=2)
    moved = add("moved", second[:, :, 20:40], phantom.shifted((15, 10, 60)))
    swapped = add("swapped", second)
    for name, t1ce, flair in (
        ("well", *pair),
        ("amber", pair[0], moved),
        ("native", native, pair[1]),
        ("red", swapped, native),
    ):
        panel.ui.t1ceSelector.setCurrentNode(t1ce)
        panel.ui.flairSelector.setCurrentNode(flair)
        checked(panel)
        assert panel.ui.InputCheckPanel.minimumSizeHint.width() <= 290
        # As in Slicer, whose panel scrolls: as high as it needs to be.
        panel.widget.window.resize(320, 1400)
        panel.picture(tmp_path / f"{name}.png")
        for row in words(panel):
            text, state = getattr(panel.ui, f"{row}CheckLabel"), getattr(panel.ui, f"{row}StateLabel")
            assert text.height >= text.heightForWidth(text.width), (name, row)
            assert state.width >= state.sizeHint.width(), (name, row)
