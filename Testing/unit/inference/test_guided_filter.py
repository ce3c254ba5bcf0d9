import itertools

import numpy as np
import pytest

from sgnet.errors import ModelError
from sgnet.inference import guided_filter
from sgnet.inference.guided_filter import GuidedFilter


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def ridge_of_each_window(log_odds, image, radius, regularisation):
    """The definition: every voxel's mean of the fits of all windows that hold it."""
    padded = [np.pad(one.astype(float), 2 * radius, mode="edge") for one in (log_odds, *image)]
    width = 2 * radius + 1
    total = np.zeros(log_odds.shape)
    shifts = list(itertools.product(range(width), repeat=3))
    for voxel in np.ndindex(*log_odds.shape):
        here = tuple(n + 2 * radius for n in voxel)
        for shift in shifts:
            window = tuple(slice(n + s, n + s + width) for n, s in zip(voxel, shift, strict=True))
            wanted, *guides = (one[window].ravel() for one in padded)
            centred = np.stack([one - one.mean() for one in guides])
            matrix = centred @ centred.T / width**3 + regularisation * np.eye(2)
            slopes = np.linalg.solve(matrix, centred @ (wanted - wanted.mean()) / width**3)
            at_voxel = [one[here] - guide.mean() for one, guide in zip(padded[1:], guides, strict=True)]
            total[voxel] += wanted.mean() + slopes @ at_voxel
    return total / len(shifts)


@pytest.mark.parametrize(("radius", "shape"), [(1, (7, 6, 5)), (2, (4, 5, 4))])
def test_it_is_the_mean_of_the_fits_of_all_windows(radius, shape):
    log_odds, image = 10 * noise(1, *shape) - 5, noise(2, *shape, seed=1)
    found = GuidedFilter(radius, 0.02).apply(log_odds, image)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], ridge_of_each_window(log_odds[0], image, radius, 0.02), atol=1e-4)


def test_slabs_leave_no_seams(monkeypatch):
    log_odds, image = noise(2, 37, 6, 7), noise(2, 37, 6, 7, seed=1)
    found = GuidedFilter(2).apply(log_odds, image)
    monkeypatch.setattr(guided_filter, "_SLAB", 100)
    np.testing.assert_allclose(found, GuidedFilter(2).apply(log_odds, image), atol=1e-6)


def test_without_a_radius_nothing_changes():
    log_odds = noise(2, 5, 5, 5)
    np.testing.assert_array_equal(GuidedFilter().apply(log_odds, noise(2, 5, 5, 5, seed=1)), log_odds)


def test_every_output_is_filtered_by_itself_and_in_proportion():
    # So a temperature may come before or after.
    log_odds, image = noise(2, 6, 7, 8), noise(2, 6, 7, 8, seed=1)
    both = GuidedFilter(1).apply(log_odds, image)
    for channel in (0, 1):
        alone = GuidedFilter(1).apply(log_odds[channel : channel + 1] / 4, image)
        np.testing.assert_allclose(4 * alone[0], both[channel], atol=1e-5)


def test_an_outline_moves_to_the_edge_of_the_image():
    # The log odds fall off over 4 mm around the plane x = 9.5; the image's edge is at x = 11.
    x = np.arange(20, dtype=np.float32)[:, None, None] * np.ones((1, 8, 8), np.float32)
    blurred = np.clip(3 * (9.5 - x), -8, 8)
    t1ce = np.where(x < 11, np.float32(0.9), np.float32(0.4))
    missing = np.zeros_like(t1ce)

    def inside(guide):
        return int((GuidedFilter(2).apply(blurred[None], np.stack([*guide]))[0, :, 4, 4] > 0).sum())

    assert int((blurred[:, 4, 4] > 0).sum()) == 10
    assert inside([t1ce, missing]) == inside([missing, t1ce]) == inside([t1ce, t1ce]) == 11
    assert inside([missing, missing]) == inside([np.float32(0.001) * t1ce, missing]) == 10


def test_a_single_image_does_not_guide():
    with pytest.raises(ValueError, match="2 images guide, got 1"):
        GuidedFilter(1).apply(noise(1, 5, 5, 5), noise(1, 5, 5, 5))


def test_it_is_read_back():
    assert GuidedFilter.from_dict(None) == GuidedFilter(radius=0)
    assert GuidedFilter.from_dict(GuidedFilter(2, 0.01).to_dict()) == GuidedFilter(2, 0.01)
    assert type(GuidedFilter.from_dict({"radius": 1.0, "regularisation": 0.01}).radius) is int


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"radius": 1}, "guided filter of a model cannot be read: it needs radius, regularisation"),
        ({"radius": 1.5, "regularisation": 0.01}, "its radius must be a whole number"),
        ({"radius": -1, "regularisation": 0.01}, "its radius must be a whole number"),
        ({"radius": 1, "regularisation": 0}, "its regularisation above 0"),
        ({"radius": 1, "regularisation": float("nan")}, "its weights must be finite"),
    ],
)
def test_what_is_no_filter_is_refused(values, message):
    with pytest.raises(ModelError, match=message):
        GuidedFilter.from_dict(values)
