"""The input check on phantoms with one fault each, and (marked real) on real scans."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

from sgnet.geometry import Grid
from sgnet.mrml import glance
from sgnet.mrml.glance import take_glance
from sgnet.mrml.guess import describe
from sgnet.mrml.input_check import Candidate, Check, Fix, Level, check_inputs, check_volumes
from sgnet.mrml.pose import estimate_pose
from sgnet.mrml.steps import finish

_SPEC = importlib.util.spec_from_file_location("brain_phantom", Path(__file__).parents[2] / "brain_phantom.py")
phantom = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(phantom)
AFFINE, SHAPE, T1CE, NATIVE, FLAIR = phantom.AFFINE, phantom.SHAPE, phantom.T1CE, phantom.NATIVE, phantom.FLAIR
brain, image, shifted = phantom.brain, phantom.image, phantom.shifted


def candidate(array, affine=AFFINE, name="volume", **header):
    return Candidate(describe(name, header), finish(take_glance(array, Grid(array.shape, affine), name)))


@pytest.fixture(scope="module")
def labels():
    return brain()


@pytest.fixture(scope="module")
def t1ce(labels):
    return candidate(image(labels, T1CE), name="one")


@pytest.fixture(scope="module")
def flair(labels):
    return candidate(image(labels, FLAIR, seed=2), name="two")


def found(t1ce, flair):
    return {one.check: one for one in finish(check_inputs(t1ce, flair))}


def levels(t1ce, flair):
    return {check: one.level for check, one in found(t1ce, flair).items()}


ALL_WELL = {
    Check.VOLUMES: Level.OK, Check.CONTRAST: Level.OK, Check.COVERAGE: Level.OK,
    Check.SLICES: Level.CHECK,  # the phantom is 3 mm coarse
    Check.ALIGNMENT: Level.OK,
}  # fmt: skip


def test_a_plain_pair_is_well(t1ce, flair):
    assert levels(t1ce, flair) == ALL_WELL


def test_a_t1ce_alone_is_checked_alone(t1ce):
    assert levels(t1ce, None) == {k: ALL_WELL[k] for k in (Check.CONTRAST, Check.COVERAGE, Check.SLICES)}


def test_swapped_images_are_seen_without_any_name(t1ce, flair):
    one = found(flair, t1ce)[Check.VOLUMES]
    assert (one.level, one.fix) == (Level.PROBLEM, Fix.SWAP)


def test_names_that_contradict_the_image_turn_red_into_amber(labels):
    first = candidate(image(labels, FLAIR, seed=2), name="T1ce")
    second = candidate(image(labels, T1CE), name="FLAIR")
    one = found(first, second)[Check.VOLUMES]
    assert (one.level, one.fix) == (Level.CHECK, Fix.SWAP)


def test_swapped_names_are_seen(labels):
    first = candidate(image(labels, T1CE), name="AX FLAIR")
    second = candidate(image(labels, FLAIR, seed=2), name="AX T1 POST")
    one = found(first, second)[Check.VOLUMES]
    assert (one.level, one.fix) == (Level.PROBLEM, Fix.SWAP)
    assert "by their name" in one.sentence


def test_one_wrong_volume_is_named(labels, flair):
    one = found(candidate(image(labels, T1CE), name="AX FLAIR"), flair)[Check.VOLUMES]
    assert (one.level, one.fix) == (Level.PROBLEM, None)
    assert '"AX FLAIR" is a FLAIR, by its name' in one.sentence


@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_the_same_image_twice_is_seen_also_when_rescaled(t1ce, labels, factor):
    copy = candidate(image(labels, T1CE) * factor, name="copy")
    one = found(t1ce, copy)[Check.VOLUMES]
    assert one.level is Level.PROBLEM and "same image" in one.sentence


def test_patients_and_visits_are_compared(labels):
    def pair(**other):
        return (
            candidate(image(labels, T1CE), patient_id="1", study_uid="a"),
            candidate(image(labels, FLAIR, seed=2), **{"patient_id": "1", "study_uid": "a", **other}),
        )

    assert levels(*pair())[Check.VOLUMES] is Level.OK
    assert levels(*pair(patient_id="2"))[Check.VOLUMES] is Level.PROBLEM
    assert levels(*pair(study_uid="b"))[Check.VOLUMES] is Level.CHECK


def test_a_t1_without_contrast_is_seen(labels, flair):
    native = image(labels, NATIVE)
    assert levels(candidate(native), flair)[Check.CONTRAST] is Level.CHECK
    stated = found(candidate(native, contrast_agent="Gadovist"), flair)[Check.CONTRAST]
    assert stated.level is Level.CHECK and "contrast agent Gadovist" in stated.sentence
    assert levels(candidate(image(labels, T1CE), name="T1 pre contrast"), flair)[Check.CONTRAST] is Level.PROBLEM


def test_stated_contrast_that_is_seen_is_said(labels, flair):
    one = found(candidate(image(labels, T1CE), contrast_agent="Gadovist"), flair)[Check.CONTRAST]
    assert one.level is Level.OK and "Gadovist" in one.sentence


@pytest.mark.parametrize(("slices", "level"), [(1, Level.CHECK), (2, Level.PROBLEM)])
def test_thick_slices_are_seen(labels, flair, slices, level):
    array = image(labels, T1CE)
    thick = array.reshape(*SHAPE[:2], -1, slices).mean(-1)
    affine = AFFINE @ np.diag([1, 1, slices, 1])
    assert levels(candidate(thick, affine), flair)[Check.SLICES] is level


def test_thin_slices_are_well(labels):
    fine = np.repeat(image(labels, T1CE), 2, axis=2)
    thin = candidate(fine, AFFINE @ np.diag([1, 1, 0.5, 1]))
    assert levels(thin, None)[Check.SLICES] is Level.OK or max(thin.seen.native.spacing_mm) > 1.5
    wholly = candidate(
        np.kron(image(labels, T1CE), np.ones((2, 2, 2), np.float32)), AFFINE @ np.diag([0.5, 0.5, 0.5, 1])
    )
    assert levels(wholly, None)[Check.SLICES] is Level.OK


def test_a_slab_of_t1ce_and_a_slab_of_flair_are_seen(labels, t1ce, flair):
    lower, affine = slice(20, 40), shifted((0, 0, 60))
    slab = candidate(image(labels, T1CE)[:, :, lower], affine)
    assert "covers 60 mm" in found(slab, flair)[Check.COVERAGE].sentence
    flair_slab = candidate(image(labels, FLAIR, seed=2)[:, :, lower], affine)
    one = found(t1ce, flair_slab)[Check.COVERAGE]
    assert one.level is Level.CHECK and "FLAIR covers" in one.sentence


def test_a_head_cut_off_at_the_vertex_is_seen(labels, flair):
    cut = candidate(image(labels, T1CE)[:, :, :42])
    assert "cut off at the top" in found(cut, flair)[Check.COVERAGE].sentence


@pytest.mark.parametrize("mm", [(8, 0, 0), (0, -10, 6), (-15, 20, 10)])
def test_a_displaced_flair_is_seen_and_measured(labels, t1ce, mm):
    moved = candidate(image(labels, FLAIR, seed=2), shifted(mm))
    one = found(t1ce, moved)[Check.ALIGNMENT]
    assert (one.level, one.fix) == (Level.CHECK, Fix.ALIGN)
    said = float(one.sentence.split("about ")[1].split(" mm")[0])
    assert abs(said - np.linalg.norm(mm)) < 2.5


def test_another_head_fits_nowhere(t1ce):
    other = candidate(image(brain(seed=7), FLAIR, seed=2))
    assert levels(t1ce, other)[Check.ALIGNMENT] is Level.PROBLEM


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_volume_without_a_head_is_told(t1ce, value):
    empty = candidate(np.full(SHAPE, value, np.float32), name="nothing")
    (one,) = finish(check_inputs(t1ce, empty))
    assert one.level is Level.PROBLEM and '"nothing"' in one.sentence


@pytest.mark.parametrize("codes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, 1), (1, -1, -1)])
def test_the_order_of_the_axes_changes_nothing(labels, codes, signs):
    array, affine = image(labels, T1CE), AFFINE.copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (SHAPE[axis] - 1)
            affine[:3, axis] *= -1
    turned = affine.copy()
    turned[:3, :3] = affine[:3, codes]
    seen = finish(take_glance(array.transpose(codes), Grid(tuple(np.array(SHAPE)[list(codes)]), turned), "x"))
    plain = finish(take_glance(image(labels, T1CE), Grid(SHAPE, AFFINE), "x"))
    np.testing.assert_allclose(seen.grid.affine_ijk_to_ras, plain.grid.affine_ijk_to_ras, atol=1e-9)
    np.testing.assert_array_equal(seen.array, plain.array)
    np.testing.assert_array_equal(seen.depth_mm, plain.depth_mm)


def test_depth_counts_from_every_face_but_the_lowest():
    depth, rest = np.zeros((7, 7, 7), int), np.ones((7, 7, 7), bool)
    for _ in range(4):
        depth += rest
        rest = glance._eroded(rest)
    # The head goes on below the volume, as a neck; elsewhere its face is where the head ends.
    assert depth[3, 3].tolist() == [4, 4, 4, 4, 3, 2, 1]
    assert depth[:, 3, 0].tolist() == depth[3, :, 0].tolist() == [1, 2, 3, 4, 3, 2, 1]


def step_by_step(steps):
    """How long each step took (ms of processor time of this thread: other processes do not count), and the result."""
    taken_ms = []
    while True:
        began = time.thread_time()
        try:
            next(steps)
        except StopIteration as end:
            return [*taken_ms, 1000 * (time.thread_time() - began)], end.value
        taken_ms.append(1000 * (time.thread_time() - began))


@pytest.mark.parametrize("times", [1, 3])
def test_the_look_works_on_3_mm_voxels_step_by_step(labels, times):
    """However fine the scan: what a step costs, and so how long a window waits, does not grow with it."""
    fine = image(labels, T1CE).repeat(times, 0).repeat(times, 1).repeat(times, 2)
    taken_ms, seen = step_by_step(take_glance(fine, Grid(fine.shape, AFFINE @ np.diag([1 / times] * 3 + [1])), "fine"))
    assert seen.array.shape == SHAPE
    # Reading, the head, filling it, one step for each 3 mm of depth to 45 mm, and the result.
    assert len(taken_ms) == 3 + 15 + 1


@pytest.mark.timing
def test_no_step_keeps_a_window_waiting():
    # As large as clinical scans come: 0.5 mm, 384 x 456 x 300.
    big = image(brain(), T1CE).astype(np.int16)
    for axis, times in enumerate((6, 6, 5)):
        big = big.repeat(times, axis)
    affine = AFFINE @ np.diag([1 / 6, 1 / 6, 1 / 5, 1])
    look_ms, seen = step_by_step(take_glance(big, Grid(big.shape, affine), "big"))
    other = candidate(image(brain(), FLAIR, seed=2))
    check_ms, _ = step_by_step(check_inputs(Candidate(describe("big"), seen), other))
    assert max(look_ms + check_ms) < 60


# What all four and more faults gave stands in docs/reference/input-check.md.
REAL = ["glioma_0004", "metastasis_unlabelled"]


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_real_scans_are_well_and_their_faults_are_seen(real_data, name):
    nibabel = pytest.importorskip("nibabel")

    def volume(file):
        loaded = nibabel.load(real_data / name / file)
        return np.asarray(loaded.dataobj, np.float32), loaded.affine

    (one, affine), (two, other_affine) = volume("t1ce.nii.gz"), volume("flair.nii.gz")
    t1ce, flair = candidate(one, affine, "one"), candidate(two, other_affine, "two")
    assert set(levels(t1ce, flair).values()) == {Level.OK}
    assert check_volumes(flair, t1ce).level is Level.PROBLEM
    assert check_volumes(t1ce, candidate(3 * one + 7, affine, "copy")).level is Level.PROBLEM
    moved = found(t1ce, candidate(two, shifted((10, 5, -6), other_affine), "moved"))[Check.ALIGNMENT]
    assert moved.fix is Fix.ALIGN and abs(float(moved.sentence.split("about ")[1].split(" mm")[0]) - 12.7) < 2.5


def test_a_head_that_lies_far_off_and_at_the_rim_of_its_volume_is_found(labels):
    far = np.pad(image(labels, FLAIR, seed=2), ((0, 45), (0, 0), (0, 0)))
    fixed, moving = candidate(image(labels, T1CE)), candidate(far, shifted((150, 0, 0)))
    pose = finish(estimate_pose(fixed.seen, moving.seen))
    np.testing.assert_allclose(pose.t1ce_to_flair[:3, 3], (150, 0, 0), atol=3)
