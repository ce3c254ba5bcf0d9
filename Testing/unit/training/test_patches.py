import dataclasses

import numpy as np
import pytest

from sgnet.config import TrainSettings
from sgnet.training.patches import _core_weight, _cut, draw_batch

SETTINGS = TrainSettings(patch=(16, 16, 8), batch_size=3, lesion_share=1.0)


def test_batch_has_two_channels_targets_and_weights(make_tiny_study):
    batch = draw_batch([make_tiny_study(0)], SETTINGS, step=5)
    assert batch.image.shape == batch.target.shape == batch.weight.shape == (3, 2, 16, 16, 8)
    assert batch.image.dtype == np.float32
    assert 0 <= batch.image.min() and batch.image.max() <= 1


def test_numbers_of_the_lesions_lie_where_the_core_is_mirrored_or_not(make_tiny_study):
    study = make_tiny_study(0)
    for step in range(6):
        batch = draw_batch([study], SETTINGS, step)
        np.testing.assert_array_equal(batch.lesions > 0, batch.target[:, :1] > 0)
        assert set(np.unique(batch.lesions)) <= set(np.unique(study.instances))


def test_step_alone_decides_the_batch(make_tiny_study):
    studies = [make_tiny_study(n) for n in range(3)]
    first, again, other = (draw_batch(studies, SETTINGS, step).image for step in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_parts_of_a_batch_drawn_by_several_processes_are_the_batch(make_tiny_study):
    studies = [make_tiny_study(n) for n in range(3)]
    whole = draw_batch(studies, SETTINGS, 7)
    parts = [draw_batch(studies, SETTINGS, 7, part) for part in (range(0, 1), range(1, 3))]
    np.testing.assert_array_equal(whole.image, np.concatenate([part.image for part in parts]))
    assert not np.array_equal(whole.image[0], whole.image[1])


def test_patches_centred_on_lesions_contain_them(make_tiny_study):
    for step in range(10):
        assert draw_batch([make_tiny_study(0)], SETTINGS, step).target[:, 0].any(axis=(1, 2, 3)).all()


def test_small_lesions_weigh_more_and_large_ones_and_background_count_once():
    study = np.zeros((30, 30, 30), np.uint8)
    study[:2, :2, :2] = 1  # 8 mm3
    study[10:20, 10:20, 10:20] = 2  # 1 ml
    weight = _core_weight(study, study, smallest=3.0)
    assert weight[0, 0, 0] == 3.0
    assert weight[15, 15, 15] == 1.0
    assert weight[29, 29, 29] == 1.0


@pytest.mark.parametrize("start", [(-3, 0, 0), (2, 2, 2), (3, 3, 3), (9, 9, 9)])
def test_cut_fills_with_zeros_beyond_the_array(start):
    array = np.arange(1, 65).reshape(4, 4, 4)
    padded = np.pad(array, 20)
    i, j, k = (s + 20 for s in start)
    np.testing.assert_array_equal(_cut(array, list(start), (3, 3, 3)), padded[i : i + 3, j : j + 3, k : k + 3])


def test_dropout_takes_the_flair_alone_and_in_its_share_of_the_patches(make_tiny_study):

    studies = [make_tiny_study(0)]
    never = dataclasses.replace(SETTINGS, flair_dropout=0.0)
    half = dataclasses.replace(SETTINGS, flair_dropout=0.5)
    without = [draw_batch(studies, half, step).image[:, 1].max(axis=(1, 2, 3)) == 0 for step in range(40)]
    assert 0.3 < np.mean(without) < 0.7
    assert all(draw_batch(studies, half, step).image[:, 0].any(axis=(1, 2, 3)).all() for step in range(5))
    assert all(draw_batch(studies, never, step).image[:, 1].any(axis=(1, 2, 3)).all() for step in range(20))
