import numpy as np
import pytest

from sgnet.lesions.changes import compare
from sgnet.lesions.placed import PlacedMask


def box(first, size):
    return PlacedMask(first, np.ones(size, bool))


CUBE = box((0, 0, 0), (4, 4, 4))
FAR = box((20, 20, 20), (2, 2, 2))


def test_nothing_changed():
    changes = compare([("1", CUBE), ("2", FAR)], [("1", CUBE), ("2", FAR)], 2.0)
    assert (changes.changed, changes.unchanged, changes.added, changes.removed) == ((), 2, (), ())
    assert changes.dice == 1.0
    assert changes.before_ml == changes.after_ml == pytest.approx(72 * 2 / 1000)


def test_an_edited_an_added_and_a_removed_lesion_are_told_apart():
    edited, new = box((0, 0, 0), (5, 4, 4)), box((10, 0, 0), (1, 1, 3))
    changes = compare([("1", CUBE), ("2", FAR)], [("1", edited), ("mine", new)], 1000.0)
    (one,) = changes.changed
    assert (one.before_name, one.after_name, one.before_ml, one.after_ml) == ("1", "1", 64, 80)
    assert one.dice == pytest.approx(2 * 64 / (64 + 80))
    assert changes.added == (("mine", 3.0),)
    assert changes.removed == (("2", 8.0),)
    assert changes.dice == pytest.approx(2 * 64 / (72 + 83))


def test_two_that_became_one_are_one_changed_and_one_removed():
    small = box((6, 0, 0), (2, 4, 4))
    changes = compare([("1", CUBE), ("2", small)], [("1", box((0, 0, 0), (8, 4, 4)))], 1.0)
    assert [one.before_name for one in changes.changed] == ["1"]
    assert [name for name, _ in changes.removed] == ["2"]
    assert changes.dice == pytest.approx(2 * 96 / (96 + 128))


def test_same_size_but_other_voxels_is_a_change():
    changes = compare([("1", CUBE)], [("1", box((1, 0, 0), (4, 4, 4)))], 1.0)
    assert changes.unchanged == 0 and changes.changed[0].dice == pytest.approx(0.75)


def test_no_lesions_at_all_is_no_change():
    assert compare([], [], 1.0).dice == 1.0
    assert compare([("1", CUBE)], [], 1.0).dice == 0.0
