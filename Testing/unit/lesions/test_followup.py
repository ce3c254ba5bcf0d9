"""Pairs of label maps with a known truth: turned, shifted, on other grids, with lesions changed in every way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.lesions.followup import Scan, follow_up
from sgnet.lesions.track import Change, Parts

DEFAULT = FollowUpSettings()
RAS_1MM = Grid((60, 60, 60), np.array([[1, 0, 0, -30], [0, 1, 0, -30], [0, 0, 1, -30], [0, 0, 0, 1.0]]))
# Left-posterior, other spacing, turned axes: nothing fits the first grid.
OTHER = Grid((90, 70, 32), np.array([[-0.8, 0, 0, 36], [0, -1, 0, 35], [0, 0, 2.0, -32], [0, 0, 0, 1.0]]))


def rigid(angles=(0.0, 0.0, 0.0), shift=(0.0, 0.0, 0.0)):
    transform = np.eye(4)
    transform[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    transform[:3, 3] = shift
    return transform


def drawn(balls, grid=RAS_1MM, from_current=None):
    """A scan with one ball for each (centre in current RAS, radius); a list of balls is one lesion."""
    transform = np.eye(4) if from_current is None else from_current
    inverse = np.linalg.inv(transform)
    points = grid.to_ras(np.argwhere(np.ones(grid.shape))) @ inverse[:3, :3].T + inverse[:3, 3]
    labels = np.zeros(len(points), np.uint16)
    for number, parts in enumerate(balls, start=1):
        for centre, radius in parts if isinstance(parts, list) else [parts]:
            labels[np.linalg.norm(points - centre, axis=1) <= radius] = number
    return Scan(Volume(labels.reshape(grid.shape), grid), transform)


def summary(tracks):
    return [(track.name, track.change(DEFAULT).value, track.parts.value) for track in tracks]


MOTION = rigid((12.0, -7.0, 20.0), (8.0, -5.0, 3.0))


@pytest.mark.parametrize("grid", [RAS_1MM, OTHER], ids=["same grid", "other grid"])
@pytest.mark.parametrize("motion", [np.eye(4), MOTION], ids=["in place", "moved"])
def test_every_fate_is_recognised_whatever_the_motion_and_the_grid(grid, motion):
    before = [((-12, 0, 0), 6), ((12, 0, 0), 6), ((0, 14, 5), 5), ((0, -13, -4), 5)]
    now = [((-12, 0, 0), 8), ((12, 0, 0), 4), ((0, 14, 5), 5), ((0, 0, 14), 4)]
    tracks = follow_up([drawn(before, grid, motion), drawn(now)], DEFAULT)
    assert summary(tracks) == [
        ("1", "grown", "one"), ("2", "shrunk", "one"), ("3", "stable", "one"), ("4", "new", "one"),
        ("was 4", "gone", "one"),
    ]  # fmt: skip
    assert [len(one.sizes[0]) for one in tracks] == [1, 1, 1, 0, 1]
    # A lesion that is gone is looked up where it would lie now.
    np.testing.assert_allclose(tracks[4].place_ras_mm, (0, -13, -4), atol=0.3)
    np.testing.assert_allclose(tracks[0].volume_ml(-2), 4 / 3 * np.pi * 6**3 / 1000, rtol=0.06)
    np.testing.assert_allclose(tracks[0].diameters_mm, (12, 16), atol=2.5)


def test_sizes_are_those_of_the_native_grids_and_are_not_changed_by_the_registration():
    before = drawn([((-12, 0, 0), 6)], OTHER, MOTION)
    track = follow_up([before, drawn([((-12, 0, 0), 6)])], DEFAULT)[0]
    voxels = np.count_nonzero(before.labels.array)
    assert track.sizes[0][0].volume_ml == pytest.approx(voxels * OTHER.voxel_volume_mm3 / 1000)
    assert track.sizes[0][0].axial_slices == len(np.unique(np.argwhere(before.labels.array)[:, 2]))


def test_merged_and_split_lesions_are_one_finding_each():
    before = [((-10, 0, 0), 5), ((-2, 0, 0), 3), ((14, 0, 0), 7)]
    now = [[((-10, 0, 0), 6), ((-2, 0, 0), 4)], ((10, 0, 0), 3), ((18, 0, 0), 3)]
    tracks = follow_up([drawn(before), drawn(now)], DEFAULT)
    assert [(one.name, one.parts) for one in tracks] == [("1", Parts.MERGED), ("2+3", Parts.SPLIT)]
    assert [size.number for size in tracks[0].sizes[0]] == [1, 2]


def test_neighbours_that_touch_stay_two_when_the_registration_is_a_millimetre_off():
    balls = [((-2.0, 0, 0), 2.2), ((2.6, 0, 0), 2.2)]
    for shift in np.eye(3):
        tracks = follow_up([Scan(drawn(balls).labels, rigid(shift=shift)), drawn(balls)], DEFAULT)
        assert summary(tracks) == [("1", "stable", "one"), ("2", "stable", "one")]


def test_a_lesion_that_slipped_out_of_its_place_is_found_within_the_tolerance_only():
    small = [((0, 0, 0), 1.5)]
    off = Scan(drawn(small).labels, rigid(shift=(5, 0, 0)))  # 2 mm between their edges
    assert summary(follow_up([off, drawn(small)], FollowUpSettings(tolerance_mm=2.5))) == [("1", "stable", "one")]
    assert [n for n, *_ in summary(follow_up([off, drawn(small)], FollowUpSettings(tolerance_mm=1)))] == ["1", "was 1"]


def test_of_two_near_lesions_the_nearer_is_taken_and_the_other_is_new():
    now = [((4.0, 0, 0), 1.5), ((-3.5, 0, 0), 1.5)]
    tracks = follow_up([drawn([((0, 0, 0), 1.5)]), drawn(now)], FollowUpSettings(tolerance_mm=3))
    assert summary(tracks) == [("1", "new", "one"), ("2", "stable", "one")]


def test_a_lesion_missed_on_the_scan_between_is_followed_and_returns():
    ball, other = ((0, 0, 0), 5), ((15, 0, 0), 5)
    tracks = follow_up([drawn([ball, other]), drawn([other]), drawn([ball, other])], DEFAULT)
    assert summary(tracks) == [("1", "returned", "one"), ("2", "stable", "one")]
    assert [len(scan) for scan in tracks[0].sizes] == [1, 0, 1]


def test_numbers_with_holes_are_kept():
    scan = drawn([((0, 0, 0), 5)])
    scan.labels.array[scan.labels.array == 1] = 7
    assert [one.name for one in follow_up([drawn([]), scan], DEFAULT)] == ["7"]


@pytest.mark.parametrize(("before", "now", "expected"), [(0, 0, 0), (0, 2, 2), (2, 0, 2)])
def test_empty_scans(before, now, expected):
    balls = [((-10, 0, 0), 4), ((10, 0, 0), 4)]
    tracks = follow_up([drawn(balls[:before]), drawn(balls[:now])], DEFAULT)
    assert len(tracks) == expected
    assert {one.change(DEFAULT) for one in tracks} <= {Change.NEW if now else Change.GONE}


def test_a_lesion_outside_the_other_scan_is_gone_or_new_and_no_error():
    far = Grid((20, 20, 20), np.array([[1, 0, 0, 100], [0, 1, 0, 100], [0, 0, 1, 100], [0, 0, 0, 1.0]]))
    tracks = follow_up([drawn([((110, 110, 110), 4)], far), drawn([((0, 0, 0), 4)])], DEFAULT)
    assert [one.change(DEFAULT).value for one in tracks] == ["new", "gone"]


def test_one_scan_alone_is_refused():
    with pytest.raises(InputError, match="two scans at least"):
        follow_up([drawn([])], DEFAULT)


SWAPPED = {"new": "gone", "gone": "new", "grown": "shrunk", "shrunk": "grown", "stable": "stable"}
SWAPPED_PARTS = {"one": "one", "split": "merged", "merged": "split", "merged and split": "merged and split"}
balls = st.lists(
    st.tuples(st.tuples(*[st.integers(-18, 18)] * 3), st.floats(1.0, 7.0)), max_size=5, unique_by=lambda ball: ball[0]
)


@settings(max_examples=25, deadline=None)
@given(
    before=balls, now=balls, angles=st.tuples(*[st.floats(-20, 20)] * 3), shift=st.tuples(*[st.floats(-8, 8)] * 3)
)  # fmt: skip
def test_swapping_previous_and_current_swaps_every_fate(before, now, angles, shift):
    motion = rigid(angles, shift)
    grid = Grid((30, 34, 24), np.array([[2, 0, 0, -30], [0, 0, -2.5, 30], [0, 1.8, 0, -30], [0, 0, 0, 1.0]]))
    one, other = drawn(before, grid, motion).labels, drawn(now, grid).labels
    there = follow_up([Scan(one, motion), Scan(other, np.eye(4))], DEFAULT)
    back = follow_up([Scan(other, np.linalg.inv(motion)), Scan(one, np.eye(4))], DEFAULT)

    def facts(tracks, swapped):
        found = []
        for track in tracks:
            fate, parts = track.change(DEFAULT).value, track.parts.value
            numbers = [tuple(size.number for size in scan) for scan in track.sizes]
            if swapped:
                fate, parts, numbers = SWAPPED[fate], SWAPPED_PARTS[parts], numbers[::-1]
            found.append((fate, parts, *numbers))
        return sorted(found)

    assert facts(back, swapped=True) == facts(there, swapped=False)
    # Every lesion of either scan is in exactly one track.
    for scan, labels in enumerate((one, other)):
        numbers = sorted(size.number for track in there for size in track.sizes[scan])
        assert numbers == np.unique(labels.array[labels.array > 0]).tolist()
