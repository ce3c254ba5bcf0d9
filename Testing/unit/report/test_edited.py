"""Records of lesions after editing."""

from __future__ import annotations

import numpy as np
import pytest

from sgnet.config import LesionSettings
from sgnet.geometry import Grid, Volume
from sgnet.lesions.find import find_lesions
from sgnet.lesions.tracking import tracking_uids
from sgnet.report.edited import measured_again

GRID = Grid((30, 20, 10), np.diag([1.0, 1.0, 2.0, 1.0]))


@pytest.fixture
def found():
    """Three blocks in a row with 3 voxels between them, the middle one the smallest."""
    core = np.zeros(GRID.shape, np.float32)
    core[2:8, 4:10, 3:6] = core[11:14, 4:10, 3:6] = core[17:22, 4:10, 3:6] = 0.9
    whole = core.copy()
    whole[:, 2:4, 3:6] = 0.9
    labels, mask, lesions = find_lesions(core, whole, GRID, LesionSettings())
    assert [round(one.nearest_lesion_mm, 3) for one in lesions] == [3.0, 3.0, 3.0]
    return labels, mask, [one.to_dict() for one in lesions]


def test_without_edits_the_records_are_what_they_were(found):
    labels, whole, records = found
    assert measured_again(records, Volume(labels, GRID), Volume(whole, GRID)) == records


def test_a_rejected_lesion_is_gone_and_its_neighbours_are_further_apart(found):
    labels, whole, records = found
    middle = next(one["number"] for one in records if 11 <= one["centroid_ras_mm"][0] <= 14)
    kept = np.where(labels == middle, 0, labels)
    result = measured_again(records, Volume(kept, GRID), Volume(whole, GRID))
    assert [one["number"] for one in result] == [n for n in (1, 2, 3) if n != middle]
    assert [one["nearest_lesion_mm"] for one in result] == [9.0, 9.0]
    assert [one["mean_probability"] for one in result] == [pytest.approx(0.9)] * 2


def test_an_edited_lesion_is_measured_anew_and_has_no_probability(found):
    labels, _, records = found
    records[0]["side"] = "left"
    edited = labels.copy()
    edited[np.argwhere(labels == 1)[0][0]][edited[np.argwhere(labels == 1)[0][0]] == 1] = 0
    (first, *others) = measured_again(records, Volume(edited, GRID))
    assert first["volume_ml"] == pytest.approx((edited == 1).sum() * 2 / 1000) != records[0]["volume_ml"]
    assert (first["mean_probability"], first["peak_probability"], first["side"]) == (None, None, "left")
    assert first["confidence"] is None and records[0]["confidence"] is not None
    assert first["tracking_uid"] == tracking_uids(edited)[1] != records[0]["tracking_uid"]
    assert [one["tracking_uid"] for one in others] == [one["tracking_uid"] for one in records[1:]]


def test_a_lesion_that_the_user_added_has_a_record(found):
    labels, _, records = found
    added = labels.copy()
    added[25:28, 15:18, 7:9] = 7
    last = measured_again(records, Volume(added, GRID))[-1]
    assert (last["number"], last["tracking_id"], last["side"]) == (7, "Lesion 7", None)
    assert last["volume_ml"] == pytest.approx(3 * 3 * 2 * 2 / 1000)


def test_no_lesion_left_gives_no_record(found):
    labels, _, records = found
    assert measured_again(records, Volume(np.zeros_like(labels), GRID)) == []
