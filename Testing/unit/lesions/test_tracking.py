import numpy as np
import pytest

from sgnet.lesions.tracking import tracking_id, tracking_uid, tracking_uids


@pytest.fixture
def labels():
    array = np.zeros((4, 5, 6), np.uint16)
    array[0, 0, :2] = 1
    array[2, 3, 1:4] = 2
    array[3, 4, 5] = 7
    return array


def test_uids_are_valid_distinct_and_by_label_number(labels):
    uids = tracking_uids(labels)

    assert list(uids) == [1, 2, 7]
    assert len(set(uids.values())) == 3
    for uid in uids.values():
        assert len(uid) <= 64 and uid.startswith("2.25.") and uid[5:].isdigit() and uid[5] != "0"


def test_an_edited_lesion_gets_a_new_uid_and_the_others_keep_theirs(labels):
    before = tracking_uids(labels)
    labels[2, 3, 4] = 2

    after = tracking_uids(labels)

    assert after[2] != before[2]
    assert (after[1], after[7]) == (before[1], before[7])


def test_a_renumbered_lesion_keeps_its_uid(labels):
    before = tracking_uids(labels)
    labels[labels == 7] = 3

    assert tracking_uids(labels)[3] == before[7]


def test_type_and_memory_order_of_the_array_do_not_matter(labels):
    assert tracking_uids(np.asfortranarray(labels.astype(np.int64))) == tracking_uids(labels)


def test_the_same_indices_on_a_grid_of_another_shape_are_another_lesion():
    assert tracking_uid(np.array([1]), (2, 2, 2)) != tracking_uid(np.array([1]), (2, 2, 3))


def test_an_empty_label_map_has_no_uids():
    assert tracking_uids(np.zeros((2, 2, 2), np.uint8)) == {}


def test_the_id_is_the_lesion_number_in_words():
    assert tracking_id(12) == "Lesion 12"
