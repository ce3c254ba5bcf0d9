"""The kept map gives what the network's own probabilities give, at every threshold, smallest size and confidence."""

from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from sgnet.config import LesionSettings
from sgnet.errors import InputError
from sgnet.geometry import Grid
from sgnet.lesions.atlas import AtlasPose
from sgnet.lesions.confidence import AS_PEAK, Confidence
from sgnet.lesions.find import find_lesions
from sgnet.lesions.midplane import Midplane
from sgnet.lesions.placed import PlacedMask
from sgnet.lesions.position import HeadPosition
from sgnet.lesions.probability_map import FLOOR, ProbabilityMap
from sgnet.lesions.rethreshold import Doubt, find_again, in_order, measure_again, oedema_again
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening

# Most of these tests are of the threshold or the size alone.
any_peak = partial(LesionSettings, min_confidence=0)
WEIGHTS = Confidence(0.2, 1.3, 0.6, 2.5)
TIGHT = Tightening(0.14, 0.3)
SHAPE = (40, 36, 20)
GRID = Grid(SHAPE, np.array([[-0.9, 0, 0, 17], [0, -0.9, 0, 12], [0, 0, 1.5, -9], [0, 0, 0, 1.0]]))
PLACE = HeadPosition(
    Midplane((1.0, 0.0, 0.0), 0.0, 0.9), AtlasPose((1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0), 0.5)
)


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def probabilities(seed, smooth=1.5):
    """Smooth blobs of all sizes and heights, with exact multiples of 0.01 among the values."""
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=SHAPE), smooth)
    values = np.clip(1.6 * field / np.abs(field).max() - 0.4, 0, 1).astype(np.float32)
    exact = rng.random(SHAPE) < 0.3
    values[exact] = (np.round(values[exact].astype(np.float64) * 100) / 100).astype(np.float32)
    return values


def again(core, whole, settings, confidence=AS_PEAK, tightening=AT_THRESHOLD):
    kept = ProbabilityMap.of(core, whole, GRID, PLACE, confidence, tightening)
    found = finish(find_again(kept, settings))
    ordered = in_order([(body, measure_again(kept, body.placed)) for body in found.lesions])
    labels = np.zeros(SHAPE, np.uint16)
    for body, lesion in ordered:
        labels[body.placed.box][body.placed.mask] = lesion.number
    return labels, [lesion for _, lesion in ordered], found


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("threshold", [0.01, 0.02, 0.07, 0.1, 0.29, 0.35, 0.5, 0.57, 0.7, 0.99])
@pytest.mark.parametrize(
    ("smallest", "peak", "split"),
    [(0.0, 0, False), (20.0, 0, False), (20.0, 0, True), (20.0, 0.57, False), (0.0, 0.8, False), (20.0, 0.7, True)],
)
def test_labels_and_measurements_are_those_of_find_lesions(seed, threshold, smallest, peak, split):
    core, whole = probabilities(seed, 2.0 if split else 1.2), probabilities(seed + 10)
    settings = LesionSettings(threshold, smallest, peak, split)
    expected, _, lesions = find_lesions(core, whole, GRID, settings, PLACE)
    labels, measured, _ = again(core, whole, settings)
    np.testing.assert_array_equal(labels, expected)
    for one, other in zip(measured, lesions, strict=True):
        assert one.tracking_uid == other.tracking_uid
        assert (one.side, one.lobe) == (other.side, other.lobe) and one.lobe
        np.testing.assert_allclose(one.centroid_ras_mm, other.centroid_ras_mm, atol=1e-9)
        for name in ("volume_ml", "longest_diameter_mm", "longest_axial_diameter_mm", "surface_mm2"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9), name
        assert one.mean_probability == pytest.approx(other.mean_probability, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.2, 0.3])
def test_a_models_own_confidence_drops_the_same_bodies(seed, threshold):
    core, whole = probabilities(seed, 1.4), probabilities(seed + 10)
    sure = [lesion.confidence for lesion in find_lesions(core, whole, GRID, any_peak(threshold, 0), PLACE, WEIGHTS)[2]]
    # Half of them are kept, and the one in the middle is exactly as sure as it has to be.
    settings = LesionSettings(threshold, 0, min_confidence=min(sorted(sure)[len(sure) // 2], 0.99))
    expected, _, lesions = find_lesions(core, whole, GRID, settings, PLACE, WEIGHTS)
    labels, measured, found = again(core, whole, settings, WEIGHTS)
    np.testing.assert_array_equal(labels, expected)
    assert [one.confidence for one in measured] == [one.confidence for one in lesions]
    assert 0 < len(lesions) < len(sure)
    unsure = sum(body.doubt is Doubt.TOO_UNSURE for body in found.doubtful)
    assert unsure + found.unlisted >= len(sure) - len(lesions)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("threshold", [0.01, 0.07, 0.2, 0.35, 0.57])
@pytest.mark.parametrize("split", [False, True])
def test_a_models_own_tightening_draws_the_same_outlines(seed, threshold, split):
    core, whole = probabilities(seed, 2.0 if split else 1.4), probabilities(seed + 10)
    settings = LesionSettings(threshold, 10, 0.4, split)
    expected, _, lesions = find_lesions(core, whole, GRID, settings, PLACE, WEIGHTS, TIGHT)
    labels, measured, _ = again(core, whole, settings, WEIGHTS, TIGHT)
    np.testing.assert_array_equal(labels, expected)
    assert [one.tracking_uid for one in measured] == [one.tracking_uid for one in lesions]
    assert [one.confidence for one in measured] == [one.confidence for one in lesions]


def test_that_tightening_changes_most_of_these_cases():
    changed = 0
    for seed in range(6):
        core = probabilities(seed, 1.4)
        drawn, plain = (
            find_lesions(core, core, GRID, any_peak(0.2, 10), tightening=one)[0] for one in (TIGHT, AT_THRESHOLD)
        )
        changed += (drawn > 0).sum() < 0.9 * (plain > 0).sum()
    assert changed == 6


def test_these_cases_hold_many_lesions_of_which_some_are_not_sure_enough():
    core = probabilities(0, 2.0)
    counts = [len(find_lesions(core, core, GRID, LesionSettings(0.1, 20, peak))[2]) for peak in (0, 0.57, 0.8)]
    assert counts[0] >= 10 and counts[0] > counts[1] > counts[2] > 0


def test_two_lesions_that_grew_into_each_other_are_divided_alike():
    i, j, k = (n * s for n, s in zip(np.indices(SHAPE), GRID.spacing_mm, strict=True))
    balls = [np.sqrt((i - x) ** 2 + (j - 16) ** 2 + (k - 15) ** 2) for x in (11.0, 21.0)]
    core = np.clip(1.1 - np.minimum(*balls) / 10, 0, 1).astype(np.float32)
    settings = any_peak(threshold=0.5, min_volume_mm3=20, split_touching=True)
    expected = find_lesions(core, core, GRID, settings)[0]
    assert expected.max() == 2
    np.testing.assert_array_equal(again(core, core, settings)[0], expected)


def test_float64_and_nan_are_kept_as_find_lesions_sees_them():
    core = probabilities(3).astype(np.float64)
    core[:5] = np.nan
    settings = any_peak(threshold=0.3, min_volume_mm3=0)
    expected = find_lesions(core, core, GRID, settings)[0]
    np.testing.assert_array_equal(again(core, core, settings)[0], expected)


def blob(values):
    core = np.zeros(SHAPE, np.float32)
    for n, (peak, width) in enumerate(values):
        core[4 + 8 * n : 4 + 8 * n + width, 10 : 10 + width, 5 : 5 + width] = peak
    return core


def test_nothing_is_dropped_silently():
    # A lesion, one not sure enough, one below the threshold, one too small, one too faint, a speck.
    core = blob([(0.9, 5), (0.4, 4), (0.95, 2), (0.35, 4)])
    core[20:24, 28:32, 5:9] = 0.6
    core[30, 30, 15] = 0.8
    _, lesions, found = again(core, core, LesionSettings(threshold=0.5, min_volume_mm3=50, min_confidence=0.7))
    assert len(lesions) == 1
    assert sorted((body.doubt.value, round(body.peak, 2)) for body in found.doubtful) == [
        ("below threshold", 0.4),
        ("too small", 0.95),
        ("too unsure", 0.6),
    ]
    assert found.unlisted == 1


def test_what_is_faint_is_counted_but_not_listed():
    core = blob([(0.9, 5), (0.39, 4), (0.4, 4)])
    found = again(core, core, LesionSettings(threshold=0.25, min_volume_mm3=20, min_confidence=0.8))[2]
    assert len(found.lesions) == 1
    assert [(body.doubt, round(body.peak, 2)) for body in found.doubtful] == [(Doubt.TOO_UNSURE, 0.4)]
    assert found.unlisted == 1


def test_what_is_faint_and_below_the_threshold_counts_nowhere_even_when_a_lesion_is_joined_to_it():
    core = blob([(0.9, 5), (0.35, 4)])
    core[9:12, 12, 7] = 0.05
    found = again(core, core, any_peak(threshold=0.5, min_volume_mm3=20))[2]
    assert (len(found.lesions), found.doubtful, found.unlisted) == (1, (), 0)


def test_a_doubtful_one_becomes_a_lesion_once_the_settings_let_it():
    core = blob([(0.9, 5), (0.4, 4)])
    assert len(again(core, core, any_peak(threshold=0.4))[1]) == 2
    found = again(core, core, any_peak(threshold=0.41))[2]
    assert [body.doubt for body in found.doubtful] == [Doubt.BELOW_THRESHOLD]


def test_what_stays_below_the_threshold_is_outlined_at_half_its_peak():
    core = np.zeros(SHAPE, np.float32)
    core[10:20, 10:16, 5:10] = 0.1
    core[12:16, 11:15, 6:9] = 0.3
    core[13, 12, 7] = 0.4
    (body,) = again(core, core, any_peak(threshold=0.5))[2].doubtful
    assert body.placed.voxels == 4 * 4 * 3
    assert body.peak_ijk == (13, 12, 7)


def test_regions_whose_boxes_overlap_are_kept_apart():
    core = np.zeros(SHAPE, np.float32)
    core[5:25, 5, 5] = core[5, 5:25, 5] = 0.9  # an angle ...
    core[15:20, 15:20, 5] = 0.8  # ... and a plate within its box
    kept = ProbabilityMap.of(core, core, GRID)
    assert sorted(region.alone for region in kept.core_regions) == [False, True]
    labels, lesions, _ = again(core, core, any_peak(min_volume_mm3=0))
    assert len(lesions) == 2
    np.testing.assert_array_equal(labels, find_lesions(core, core, GRID, any_peak(min_volume_mm3=0))[0])


def test_map_is_read_back_as_it_was_written(tmp_path):
    kept = ProbabilityMap.of(probabilities(1), probabilities(2), GRID, PLACE, WEIGHTS, TIGHT)
    kept.save(tmp_path / "map.npz")
    read = ProbabilityMap.load(tmp_path / "map.npz")
    np.testing.assert_array_equal(read.core, kept.core)
    np.testing.assert_array_equal(read.whole, kept.whole)
    assert (read.core_regions, read.regions, read.position) == (kept.core_regions, kept.regions, PLACE)
    assert (read.confidence, read.tightening) == (WEIGHTS, TIGHT)
    assert read.grid.matches(GRID) and read.first_ijk == kept.first_ijk


@pytest.mark.parametrize(
    ("without", "confidence"), [(["tightening"], WEIGHTS), (["confidence", "tightening"], AS_PEAK)]
)
def test_a_map_of_an_earlier_version_means_what_it_meant(tmp_path, without, confidence):
    path = tmp_path / "map.npz"
    ProbabilityMap.of(probabilities(1), probabilities(2), GRID, PLACE, WEIGHTS, TIGHT).save(path)
    with np.load(path) as content:
        kept = {name: content[name] for name in content if name not in without}
    np.savez_compressed(path, **kept)
    read = ProbabilityMap.load(path)
    assert (read.confidence, read.tightening) == (confidence, AT_THRESHOLD)


def test_an_empty_map_is_a_map(tmp_path):
    nothing = np.zeros(SHAPE, np.float32)
    kept = ProbabilityMap.of(nothing, nothing, GRID)
    kept.save(tmp_path / "map.npz")
    assert finish(find_again(ProbabilityMap.load(tmp_path / "map.npz"), any_peak())).lesions == ()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", None])
def test_a_damaged_map_is_told(tmp_path, content):
    path = tmp_path / "map.npz"
    ProbabilityMap.of(probabilities(1), probabilities(2), GRID).save(path)
    path.write_bytes(path.read_bytes()[:300] if content is None else content)
    with pytest.raises(InputError, match="cannot be read back"):
        ProbabilityMap.load(path)


def test_map_keeps_only_what_lies_above_the_floor_and_is_small(tmp_path):
    core = blob([(0.9, 5), (0.5, 3)])
    core[35:, 30:, 15:] = FLOOR * 0.99
    kept = ProbabilityMap.of(core, core, GRID)
    kept.save(tmp_path / "map.npz")
    assert kept.core.shape == (11, 5, 5)
    assert (tmp_path / "map.npz").stat().st_size < 6000
    assert kept.probabilities((0, 0, 0), SHAPE) == pytest.approx(np.where(core >= FLOOR, core, 0), abs=1e-4)


def test_a_drawing_outside_the_kept_box_has_no_probability():
    kept = ProbabilityMap.of(blob([(0.9, 5)]), blob([(0.9, 5)]), GRID)
    lesion = measure_again(kept, PlacedMask((30, 30, 12), np.ones((2, 2, 2), bool)))
    assert (lesion.mean_probability, lesion.peak_probability) == (0.0, 0.0)
    assert lesion.volume_ml == pytest.approx(8 * GRID.voxel_volume_mm3 / 1000)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("threshold", [0.1, 0.3])
@pytest.mark.parametrize(("tightening", "smallest"), [(AT_THRESHOLD, 10), (Tightening(0.05, 0.3), 2)])
def test_oedema_is_that_of_find_lesions(seed, threshold, tightening, smallest):
    core, whole = probabilities(seed, 1.2), probabilities(seed + 20, 2.5)
    settings = any_peak(threshold=threshold, min_volume_mm3=smallest)
    labels, expected, lesions = find_lesions(core, whole, GRID, settings, tightening=tightening)
    kept = ProbabilityMap.of(core, whole, GRID, tightening=tightening)
    found = in_order([(body, measure_again(kept, body.placed)) for body in finish(find_again(kept, settings)).lesions])
    millilitres, oedema = finish(oedema_again(kept, [body.placed for body, _ in found], settings))
    assert sum(millilitres) > 0
    # Voxels as near to one lesion as to another may go to either.
    assert millilitres == pytest.approx([lesion.oedema_ml for lesion in lesions], abs=0.01)
    assert sum(millilitres) == pytest.approx(sum(lesion.oedema_ml for lesion in lesions))
    again = np.zeros(SHAPE, bool)
    for one in oedema:
        again[one.box] |= one.mask
    np.testing.assert_array_equal(again, expected & (labels == 0))


def test_oedema_follows_an_edited_lesion():
    core, whole = blob([(0.9, 5)]), blob([(0.9, 5)])
    whole[2:14, 8:18, 3:14] = 0.8
    kept = ProbabilityMap.of(core, whole, GRID)
    half = PlacedMask((4, 10, 5), np.ones((2, 5, 5), bool))
    elsewhere = PlacedMask((30, 30, 15), np.ones((2, 2, 2), bool))
    (first, second), _ = finish(oedema_again(kept, [half, elsewhere], any_peak()))
    voxel = GRID.voxel_volume_mm3 / 1000
    assert first == pytest.approx((12 * 10 * 11 - 50) * voxel)
    assert second == 0.0
