"""Scaling by percentiles and by the median deep in the head."""

from __future__ import annotations

import numpy as np
import pytest

from sgnet.config import PreprocessSettings
from sgnet.preprocessing.intensity import scale_to_unit

ANCHORED = PreprocessSettings(median_level=0.4)


@pytest.fixture
def tissue() -> np.ndarray:
    return np.random.default_rng(3).normal(300, 60, (30, 30, 30)).astype(np.float32)


def test_the_median_lies_at_its_level_in_any_unit(tissue: np.ndarray) -> None:
    mask = np.ones(tissue.shape, bool)
    mask[:, :, :4] = False
    for unit in (1, 17.5):
        scaled, used = scale_to_unit(unit * tissue, mask, ANCHORED)
        assert np.median(scaled[mask]) == pytest.approx(0.4, abs=0.01)
        assert scaled.min() == 0 and scaled.max() <= 1 and (scaled[~mask] == 0).all()
        assert scaled[mask] * (used.high - used.low) + used.low == pytest.approx(
            np.clip(unit * tissue[mask], used.low, used.high), rel=1e-4
        )


def test_a_bright_tumour_leaves_normal_tissue_as_it_was(tissue: np.ndarray) -> None:
    mask, tumour = np.ones(tissue.shape, bool), np.zeros(tissue.shape, bool)
    tumour[5:14, 5:14, 5:14] = True  # 2.7 % of the head
    with_tumour = np.where(tumour, 5 * tissue, tissue)
    for settings, least, most in ((ANCHORED, 0.96, 1.0), (PreprocessSettings(), 0.1, 0.3)):
        before, after = (scale_to_unit(image, mask, settings)[0] for image in (tissue, with_tumour))
        assert least <= np.median(after[~tumour]) / np.median(before[~tumour]) <= most


def test_scalp_and_face_do_not_count() -> None:
    rng = np.random.default_rng(1)
    mask = np.zeros((48, 48, 48), bool)
    mask[2:-2, 2:-2, 2:-2] = True
    brain = np.zeros(mask.shape, bool)
    brain[8:-8, 8:-8, 8:-8] = True  # 38 % of the head
    for around in (30, 900):
        image = np.where(brain, rng.normal(300, 20, mask.shape), around) * mask
        scaled, _ = scale_to_unit(image, mask, PreprocessSettings(lower_percentile=0, median_level=0.4))
        low = image[mask].min()
        assert np.median(scaled[brain]) == pytest.approx(0.4, abs=0.01), (around, low)


def test_an_image_without_outside_is_scaled_by_all_of_it(tissue: np.ndarray) -> None:
    scaled, _ = scale_to_unit(tissue, np.ones(tissue.shape, bool), ANCHORED)
    assert np.median(scaled) == pytest.approx(0.4, abs=0.01)


def test_what_is_far_brighter_than_the_median_is_one() -> None:
    scaled, used = scale_to_unit(
        np.array([[[0.0, 10.0, 10.0, 10.0, 26.0]]]),
        np.ones((1, 1, 5), bool),
        PreprocessSettings(lower_percentile=0, median_level=0.4),
    )
    assert used.high == pytest.approx(25)
    assert scaled.ravel().tolist() == pytest.approx([0, 0.4, 0.4, 0.4, 1])


def test_a_median_at_the_lower_percentile_gives_an_empty_range() -> None:
    image = np.zeros((4, 4, 4))
    image[0] = 5
    scaled, used = scale_to_unit(image, np.ones(image.shape, bool), ANCHORED)
    assert used.high == used.low and not scaled.any()
