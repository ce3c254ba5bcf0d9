"""Whatever happens in a run, the panel is usable afterwards, no process or file is left, and one sentence says why."""

import os
import random
import resource
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def ready(panel):
    panel.add_volume("FLAIR")
    panel.add_volume("T1ce")
    return panel


def pids(panel):
    """The launcher and the Python behind it, once both are there."""
    run = panel.widget._run._run
    panel.wait(lambda: run._pid is not None)
    return int(run._process._process.processId()), run._pid


def gone(pid):
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def wait_until_idle(panel):
    panel.wait(lambda: not panel.widget._run.running)
    panel.wait(lambda: not list(panel.temporary.iterdir()))
    panel.settle()
    panel.idle_and_clean()


def works_again(panel, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "")
    panel.click("segmentButton")
    panel.wait(lambda: not panel.widget._run.running)
    panel.settle()
    assert "Finished" in panel.ui.messageLabel.text


def at_moment(panel, moment):
    panel.click("segmentButton")
    panel.wait(lambda: panel.ui.phaseLabel.text.startswith(moment))


# Whole runs take about a second and a half with this child.
@pytest.mark.parametrize("after_s", [round(random.Random(seed).uniform(0, 1.6), 2) for seed in range(5)])
def test_cancelling_at_any_moment(ready, monkeypatch, after_s):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    before = ready.node_ids()
    ready.click("segmentButton")
    end = time.monotonic() + after_s
    ready.wait(lambda: time.monotonic() >= end)
    ready.click("segmentButton")
    wait_until_idle(ready)
    assert ready.ui.messageLabel.text.startswith("Cancelled. The scene is as it was.")
    assert ready.node_ids() == before
    works_again(ready, monkeypatch)


MOMENTS = ["Writing the volumes", "Segmenting", "Showing the result"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_scene_is_closed_during_the_run(ready, monkeypatch, moment):
    at_moment(ready, moment)
    ready.scene.Clear(0)
    assert "scene was closed" in ready.ui.messageLabel.text
    wait_until_idle(ready)
    assert ready.segmentations() == 0
    ready.add_volume("FLAIR")
    ready.add_volume("T1ce")
    works_again(ready, monkeypatch)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_application_closes_during_the_run(ready, moment):
    at_moment(ready, moment)
    python = ready.widget._run._run._pid
    ready.widget.cleanup()
    # At once: nobody will be there to clean up later.
    assert list(ready.temporary.iterdir()) == []
    ready.wait(lambda: python is None or gone(python))


def test_the_scene_and_then_the_application_close(ready, monkeypatch):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    ready.click("segmentButton")
    _launcher, python = pids(ready)
    ready.scene.Clear(0)
    ready.widget.cleanup()
    assert list(ready.temporary.iterdir()) == []
    ready.wait(lambda: gone(python))


@pytest.mark.parametrize("victim", ["launcher", "python"])
def test_the_child_is_killed_from_outside(ready, monkeypatch, victim):
    monkeypatch.setenv("SGNET_FAKE_CHILD", "slow")
    ready.click("segmentButton")
    launcher, python = pids(ready)
    os.kill(launcher if victim == "launcher" else python, signal.SIGKILL)
    wait_until_idle(ready)
    ready.wait(lambda: gone(launcher) and gone(python))
    assert "ended from outside, most likely because memory ran out" in ready.ui.messageLabel.text
    works_again(ready, monkeypatch)


def test_a_child_that_does_not_listen_and_has_children_of_its_own(ready, monkeypatch):
    import SGNetSegmentationLib.run_controller as controller

    monkeypatch.setattr(controller, "GRACE_MS", 300)
    monkeypatch.setenv("SGNET_FAKE_CHILD", "deaf")
    ready.click("segmentButton")
    ready.wait(lambda: "window 3 of 5" in ready.ui.phaseLabel.text)
    ready.click("segmentButton")
    wait_until_idle(ready)
    works_again(ready, monkeypatch)


def test_a_child_that_never_stops_talking_can_be_cancelled_and_does_not_block_the_window(ready, monkeypatch):
    from heartbeat import Heartbeat

    monkeypatch.setenv("SGNET_FAKE_CHILD", "flood")
    ready.click("segmentButton")
    pids(ready)
    with Heartbeat(lambda: "flooded") as heart:
        end = time.monotonic() + 1.5
        ready.wait(lambda: time.monotonic() >= end)
        ready.click("segmentButton")
        wait_until_idle(ready)
    print(f"\nflood: longest gap {heart.longest_ms:.0f} ms")
    assert heart.longest_ms < 100
    assert "Cancelled" in ready.ui.messageLabel.text
    assert len(ready.ui.detailsText.plainText.splitlines()) <= 5000
    works_again(ready, monkeypatch)


def test_many_lines_reach_the_details_in_order_a_few_at_a_time_and_not_another_run_s(ready):
    view, details = ready.widget._run.progress, ready.ui.detailsText
    lines = [f"line {n}" for n in range(250)]
    view.log("\n".join(lines[:200]))
    view.log("\n".join(lines[200:]))
    seen = []
    while not seen or seen[-1] < len(lines):
        before = len(details.plainText.splitlines())
        ready.wait(lambda before=before: len(details.plainText.splitlines()) > before)
        seen.append(len(details.plainText.splitlines()))
    assert seen == [100, 200, 250] and details.plainText.splitlines() == lines
    view.log("of the run before")
    view.begin("Reading volumes")
    end = time.monotonic() + 0.3
    ready.wait(lambda: time.monotonic() >= end)
    assert details.plainText == ""
    view.end("")


@contextmanager
def no_file_larger_than(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_temporary_folder_takes_no_more(ready, monkeypatch):
    before = ready.node_ids()
    # The volumes have 393 216 bytes each.
    with no_file_larger_than(100_000):
        ready.click("segmentButton")
        wait_until_idle(ready)
    assert "cannot be written" in ready.ui.messageLabel.text and "free space there" in ready.ui.messageLabel.text
    assert ready.node_ids() == before
    works_again(ready, monkeypatch)


def test_the_temporary_folder_cannot_be_made(ready, monkeypatch):
    import slicer

    before = slicer.app.temporaryPath
    monkeypatch.setattr(slicer.app, "temporaryPath", before + "/missing")
    ready.click("segmentButton")
    assert "No temporary folder can be made" in ready.ui.messageLabel.text
    ready.idle_and_clean()
    monkeypatch.setattr(slicer.app, "temporaryPath", before)
    works_again(ready, monkeypatch)


@pytest.mark.parametrize("damage", ["cut", "removed", "another number of lesions"])
def test_what_the_child_wrote_is_damaged(ready, monkeypatch, damage):
    from sgnet.mrml.child_job import ChildJob

    collect = ChildJob.collect

    def damaged(self, result):
        path = self.output / "lesions.nii.gz"
        if damage == "cut":
            path.write_bytes(path.read_bytes()[:-20])
        elif damage == "removed":
            path.unlink()
        else:
            result = type(result)(result.folder, result.lesions[:1])
        return collect(self, result)

    monkeypatch.setattr(ChildJob, "collect", damaged)
    before = ready.node_ids()
    ready.click("segmentButton")
    wait_until_idle(ready)
    assert "run the segmentation again" in ready.ui.messageLabel.text or "run it again" in ready.ui.messageLabel.text
    assert ready.node_ids() == before
    monkeypatch.setattr(ChildJob, "collect", collect)
    works_again(ready, monkeypatch)


def test_the_real_child_segments_a_small_study(panel, launcher, head):
    """The only test here with the real network: `python -m sgnet segment` behind the launcher, and nothing replaced."""
    from sgnet.mrml.labelmap import labels_from_node
    from sgnet.mrml.segmentation import lesion_segment_ids, lesions_of
    from sgnet.mrml.volumes import voxels

    launcher.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nexit $?\n', encoding="utf-8")
    study = head(spacing_mm=2.0, skull=True)
    # A box of it, of two windows of the network: this test is about the way, not about the network.
    box = (slice(8, 44), slice(12, 48), slice(12, 36))
    i, j, k = np.meshgrid(*(np.arange(n) for n in study.t1ce.array[box].shape), indexing="ij")
    spot = (i - 24) ** 2 + (j - 18) ** 2 + (k - 14) ** 2
    for name, volume, near, bright in (("FLAIR", study.flair, 36, 1300), ("T1ce", study.t1ce, 12, 2000)):
        array = volume.array[box]
        node = panel.add_volume(name, array.shape)
        voxels(node)[:] = np.where(spot < near, bright, array)
        node.SetSpacing(2.0, 2.0, 2.0)
        node.SetIJKToRASDirections(1, 0, 0, 0, 1, 0, 0, 0, 1)
    panel.ui.deviceComboBox.currentIndex = 1
    phases = set()

    def done():
        phases.add(panel.ui.phaseLabel.text.split(":")[0].split(" · ")[0])
        return not panel.widget._run.running

    panel.click("segmentButton")
    panel.wait(done, 180)
    panel.settle()
    assert "Finished" in panel.ui.messageLabel.text, panel.ui.detailsText.plainText
    assert {"Loading model", "Segmenting", "Showing the result"} <= phases
    node = panel.ui.resultSelector.currentNode()
    lesions = lesions_of(node)
    assert len(lesions) >= 1 and panel.ui.lesionTable.rowCount >= 1
    labels = labels_from_node(panel.scene, node, panel.ui.t1ceSelector.currentNode(), lesion_segment_ids(node))
    # The spot is found, and where it is.
    assert labels[24, 18, 14] > 0
    panel.idle_and_clean()
