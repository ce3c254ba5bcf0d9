"""Small sure lesions are outlined tighter than the threshold says, large or unsure ones as it says."""

import numpy as np
import pytest
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.errors import ModelError
from sgnet.geometry import Grid
from sgnet.lesions.confidence import Confidence
from sgnet.lesions.find import find_lesions
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening

TIGHT = Tightening(0.14, 0.84)
STRONG = Tightening(0.3, 0.4)


def grid_of(array, spacing_mm=(1.0, 1.0, 1.0)):
    return Grid(array.shape, np.diag([*spacing_mm, 1.0]))


def odds(probability):
    return np.log(probability / (1 - probability))


def probability_of(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def test_the_threshold_rises_with_the_peak_and_falls_with_the_volume():
    expected = probability_of(odds(0.3) + 0.14 * np.log(10 / 0.2) * (odds(0.99) - odds(0.84)))
    assert TIGHT.raised(0.3, 0.2, 0.99) == pytest.approx(expected, abs=1e-4)
    by_peak = [TIGHT.raised(0.3, 0.2, peak) for peak in (0.84, 0.9, 0.95, 0.99, 0.999)]
    by_volume = [TIGHT.raised(0.3, volume, 0.99) for volume in (0.02, 0.1, 0.5, 2, 9.99, 10)]
    assert by_peak == sorted(set(by_peak)) and by_volume == sorted(set(by_volume), reverse=True)


@pytest.mark.parametrize(
    ("tightening", "volume_ml", "peak"),
    [(TIGHT, 10, 1.0), (TIGHT, 40, 0.999), (TIGHT, 0.05, 0.84), (TIGHT, 0.05, 0.4), (AT_THRESHOLD, 0.05, 1.0)],
)
def test_large_or_unsure_bodies_keep_the_threshold_to_the_last_digit(tightening, volume_ml, peak):
    assert tightening.raised(0.123456789, volume_ml, peak) == 0.123456789


def test_it_is_never_above_the_peak_so_that_no_outline_is_empty():
    assert Tightening(5.0, 0.5).raised(0.3, 0.001, 0.6) == 0.6
    probability = np.full((3, 3, 3), 0.6, np.float32)
    probability[1, 1, 1] = 0.61
    settings = LesionSettings(0.3, 0, 0)
    labels, _, _ = find_lesions(
        probability, probability, grid_of(probability), settings, tightening=Tightening(50.0, 0.5)
    )
    assert np.argwhere(labels).tolist() == [[1, 1, 1]]


def test_an_outline_is_what_reaches_the_bodys_own_threshold():
    i, j, k = np.indices((20, 20, 20))
    probability = probability_of(6 - np.sqrt((i - 9.5) ** 2 + (j - 9.5) ** 2 + (k - 9.5) ** 2)).astype(np.float32)
    grid = grid_of(probability, (0.5, 0.5, 1.0))
    mask = probability >= 0.3
    own = TIGHT.threshold_of(mask, probability, grid, 0.3)
    assert own == TIGHT.raised(0.3, mask.sum() * 0.25 / 1000, float(np.floor(probability.max() * 1e4) / 1e4)) > 0.5
    labels, _, _ = find_lesions(probability, probability, grid, LesionSettings(0.3, 0, 0), tightening=TIGHT)
    np.testing.assert_array_equal(labels > 0, probability >= np.float32(own))
    assert 0 < (labels > 0).sum() < mask.sum()


def test_what_falls_apart_by_it_is_several_bodies_each_of_which_has_to_be_a_lesion():
    """Two lesions that one threshold joins by a faint bridge, and a piece that is none."""
    probability = np.full((20, 4, 4), 0.35, np.float32)
    probability[:4], probability[8:11], probability[15:17, :2] = 0.99, 0.95, 0.8
    grid = grid_of(probability)
    own = TIGHT.threshold_of(probability > 0, probability, grid, 0.3)
    assert 0.35 < own < 0.8
    counts = {}
    for settings in (LesionSettings(0.3, 0, 0), LesionSettings(0.3, 20, 0), LesionSettings(0.3, 0, 0.97)):
        labels, _, lesions = find_lesions(probability, probability, grid, settings, tightening=TIGHT)
        counts[settings] = [int((labels == one.number).sum()) for one in lesions]
    assert list(counts.values()) == [[64, 48, 16], [64, 48], [64]]
    assert len(find_lesions(probability, probability, grid, LesionSettings(0.3, 0, 0))[2]) == 1


def rounded(seed):
    """Blobs of all sizes and heights."""
    field = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(30, 28, 26)), 1.5)
    return probability_of(9 * field / np.abs(field).max() - 3).astype(np.float32)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_how_the_file_is_stored_changes_no_outline(axis):
    core, whole = rounded(0), rounded(1)
    grid = grid_of(core, (0.7, 1.1, 2.0))
    labels, mask, lesions = find_lesions(core, whole, grid, LesionSettings(0.2, 5, 0.1), tightening=STRONG)
    flip = np.eye(4)
    flip[axis, axis], flip[axis, 3] = -1.0, core.shape[axis] - 1
    flipped = Grid(core.shape, grid.affine_ijk_to_ras @ flip)
    stored = (np.flip(one, axis) for one in (core, whole))
    again, mask_again, _ = find_lesions(*stored, flipped, LesionSettings(0.2, 5, 0.1), tightening=STRONG)
    assert len(lesions) > 5 and (labels > 0).sum() < 0.9 * (core >= 0.2).sum()
    np.testing.assert_array_equal(np.flip(again, axis), labels)
    np.testing.assert_array_equal(np.flip(mask_again, axis), mask)


def test_size_confidence_and_measurements_are_those_of_the_tight_outline():
    core = np.full((12, 12, 12), 0.1, np.float32)
    core[3:9, 3:9, 3:9], core[4:8, 4:8, 4:8] = 0.4, 0.99
    grid = grid_of(core)
    (lesion,) = find_lesions(core, core, grid, LesionSettings(0.3, 64, 0), tightening=TIGHT)[2]
    assert lesion.volume_ml == 0.064 and lesion.mean_probability == pytest.approx(0.99)
    assert find_lesions(core, core, grid, LesionSettings(0.3, 65, 0), tightening=TIGHT)[2] == ()
    assert find_lesions(core, core, grid, LesionSettings(0.3, 65, 0))[2][0].volume_ml == 0.216
    by_size = Confidence(0.0, 0.0, 1.0, 0.0)
    (lesion,) = find_lesions(core, core, grid, LesionSettings(0.3, 0, 0), confidence=by_size, tightening=TIGHT)[2]
    assert lesion.confidence == pytest.approx(probability_of(np.log(0.064 / 0.1)), abs=1e-6)


def test_a_lesion_without_oedema_gets_none_from_its_tighter_core():
    core = np.zeros((20, 20, 20), np.float32)
    core[5:11, 5:11, 5:11], core[6:10, 6:10, 6:10] = 0.4, 0.99
    labels, whole, (lesion,) = find_lesions(core, core, grid_of(core), LesionSettings(0.3, 0, 0), tightening=TIGHT)
    assert (labels > 0).sum() == 64 and lesion.oedema_ml == 0
    np.testing.assert_array_equal(whole, labels > 0)


def test_oedema_that_is_large_or_unsure_keeps_the_threshold():
    core, whole = np.zeros((40, 40, 40), np.float32), np.zeros((40, 40, 40), np.float32)
    core[18:22, 18:22, 18:22] = 0.99
    whole[8:31, 8:31, 8:31], whole[18:22, 18:22, 18:22] = 0.31, 0.99  # 12 ml
    settings = LesionSettings(0.3, 0, 0)
    _, mask, _ = find_lesions(core, whole, grid_of(core), settings, tightening=TIGHT)
    np.testing.assert_array_equal(mask, whole > 0)
    small = np.where(abs(np.indices(core.shape)[0] - 19.5) < 4, whole, 0)  # 4 ml
    _, mask, _ = find_lesions(core, small, grid_of(core), settings, tightening=TIGHT)
    np.testing.assert_array_equal(mask, core > 0)
    faint = np.minimum(small, np.float32(0.8))
    _, mask, _ = find_lesions(core, faint, grid_of(core), settings, tightening=TIGHT)
    np.testing.assert_array_equal(mask, small > 0)


def test_oedema_that_falls_off_a_tight_outline_is_dropped():
    core, whole = np.zeros((20, 6, 6), np.float32), np.zeros((20, 6, 6), np.float32)
    core[1:5, 1:5, 1:5] = 0.99
    whole[1:5, 1:5, 1:5] = whole[10:14, 1:5, 1:5] = 0.99
    whole[5:10, 1:5, 1:5] = 0.35
    _, mask, _ = find_lesions(core, whole, grid_of(core), LesionSettings(0.3, 0, 0), tightening=TIGHT)
    np.testing.assert_array_equal(mask, core > 0)
    assert find_lesions(core, whole, grid_of(core), LesionSettings(0.3, 0, 0))[1].sum() == 13 * 16


@pytest.mark.parametrize("seed", range(4))
def test_outlines_lie_within_those_at_the_threshold_and_cores_within_whole_lesions(seed):
    core, whole = rounded(seed), rounded(seed + 10)
    settings = LesionSettings(0.2, 0, 0)
    labels, mask, lesions = find_lesions(core, whole, grid_of(core), settings, tightening=STRONG)
    plain, plain_mask, as_many = find_lesions(core, whole, grid_of(core), settings)
    assert len(lesions) >= len(as_many) and (labels > 0).sum() < (plain > 0).sum()
    # No body is lost.
    assert set(np.unique(plain[labels > 0])) == {one.number for one in as_many}
    assert not ((labels > 0) & (plain == 0)).any() and not (mask & ~plain_mask).any()
    assert not ((labels > 0) & ~mask).any()
    assert all(ndimage.label(labels == one.number, np.ones((3, 3, 3)))[1] == 1 for one in lesions)


def test_nan_is_background_inside_a_core_too():
    core = np.full((6, 6, 6), 0.99, np.float32)
    whole = core.copy()
    core[0], whole[:2] = np.nan, np.nan
    labels, mask, _ = find_lesions(core, whole, grid_of(core), LesionSettings(0.3, 0, 0), tightening=TIGHT)
    assert not labels[0].any() and labels[1:].all()
    np.testing.assert_array_equal(mask, labels > 0)


def test_it_is_read_back_as_it_was_written_and_models_that_name_none_have_none():
    assert Tightening.from_dict(TIGHT.to_dict()) == TIGHT
    assert Tightening.from_dict(None) == AT_THRESHOLD == Tightening()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rate": 0.1}, "it needs rate, from_peak"),
        ({"rate": 0.1, "from_peak": 0.8, "more": 1}, "it needs rate, from_peak"),
        ({"rate": "fast", "from_peak": 0.8}, "could not convert"),
        ({"rate": -0.1, "from_peak": 0.8}, "at least 0"),
        ({"rate": float("nan"), "from_peak": 0.8}, "must be finite"),
        ({"rate": 0.1, "from_peak": 1.0}, "between 0 and 1"),
        ({"rate": 0.1, "from_peak": 0.0}, "between 0 and 1"),
        (3, "cannot be read"),
    ],
)
def test_what_is_no_tightening_is_refused(values, said):
    with pytest.raises(ModelError, match=said):
        Tightening.from_dict(values)
