from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sgnet.config import FollowUpSettings
from sgnet.errors import InputError
from sgnet.lesions.track import Change, LesionSize, Parts, Track


def size(number: int = 1, ml: float = 1.0, longest: float = 10.0) -> LesionSize:
    return LesionSize(number, ml, longest, longest, 5, (1.0, -2.5, 3.0))


def track(*scans: tuple[LesionSize, ...]) -> Track:
    return Track(1, scans, (0.5, 1.5, 2.5))


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        (((), (size(),)), Change.NEW),
        (((size(),), ()), Change.GONE),
        (((size(),), (), (size(),)), Change.RETURNED),
        (((size(),), (), ()), Change.GONE),
        (((), (), (size(),)), Change.NEW),
        (((), (size(),), (size(),)), Change.STABLE),
        (((size(ml=1.0),), (size(ml=1.24),)), Change.STABLE),
        (((size(ml=1.0),), (size(ml=1.30),)), Change.GROWN),
        (((size(ml=1.30),), (size(ml=1.0),)), Change.SHRUNK),
        # 60 % more, yet spheres of 3.0 and 3.5 mm: less than a voxel.
        (((size(ml=0.014),), (size(ml=0.0224),)), Change.STABLE),
        (((size(ml=0.014),), (size(ml=0.0340),)), Change.GROWN),
        (((size(ml=1.0), size(2, 1.0)), (size(ml=2.1),)), Change.STABLE),
    ],
)
def test_change_is_judged_by_volume_against_the_previous_scan(scans, expected):
    assert track(*scans).change(FollowUpSettings()) is expected


def test_settings_decide_from_when_on_a_lesion_has_changed():
    one = track((size(ml=1.0),), (size(ml=1.30),))
    assert one.change(FollowUpSettings(change_percent=40)) is Change.STABLE
    assert one.change(FollowUpSettings(change_mm=2)) is Change.STABLE


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(1, 1, Parts.ONE), (0, 1, Parts.ONE), (2, 0, Parts.ONE), (1, 2, Parts.SPLIT), (3, 1, Parts.MERGED),
     (2, 2, Parts.BOTH), (0, 2, Parts.ONE)],
)  # fmt: skip
def test_parts(before, now, expected):
    assert track((size(),) * before, (size(),) * now).parts is expected


def test_components_are_added_up():
    one = track((size(ml=1.0, longest=11.0), size(2, 0.5, 8.0)), (size(ml=1.2, longest=12.0),))
    assert one.diameters_mm == (19.0, 12.0)
    assert (one.volume_ml(-2), one.volume_ml()) == (1.5, 1.2)


def test_name_tells_the_numbers_on_the_scan_that_shows_it():
    assert track((size(4),), (size(1), size(3))).name == "1+3"
    assert track((size(4), size(5)), ()).name == "was 4+5"
    assert track((size(7),), (size(4),), ()).name == "was 4"


def test_a_name_of_its_own_stands_for_the_number():
    one = track((), (size(1), replace(size(2), name="cerebellum")))
    assert one.name == "1+cerebellum"
    assert Track.from_dict(one.to_dict()) == one


def test_dictionaries_through_json_are_the_same_track():
    one = track((size(4),), (size(1), size(3)))
    assert Track.from_dict(json.loads(json.dumps(one.to_dict()))) == one


@pytest.mark.parametrize("damage", [{"sizes": [[{"number": 1}]]}, {"place_ras_mm": [1, 2]}, {"sizes": None}])
def test_a_damaged_record_is_refused(damage):
    with pytest.raises(InputError, match=r"compare again|two scans"):
        Track.from_dict(track((size(),), (size(),)).to_dict() | damage)


def test_a_lesion_that_no_scan_shows_is_refused():
    with pytest.raises(InputError, match="is seen on one of them"):
        track((), ())
