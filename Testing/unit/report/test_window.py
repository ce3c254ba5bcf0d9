import numpy as np

from sgnet.geometry import Grid, Volume
from sgnet.report.window import windowed


def head(background):
    """A z-scored ball of brain, values about -2 to 2, in a constant background."""
    i, j, k = np.indices((40, 40, 40)) - 20
    inside = i**2 + j**2 + k**2 < 15**2
    noise = np.random.default_rng(0).normal(size=inside.shape).astype(np.float32)
    return Volume(np.where(inside, noise, np.float32(background)), Grid(inside.shape, np.eye(4))), inside


def test_a_background_amid_the_values_of_the_brain_is_black():
    volume, inside = head(background=0.0)
    shown, found = windowed(volume)
    assert not shown.array[~inside].any()
    np.testing.assert_array_equal(found, inside)


def test_grey_values_span_black_to_white_and_rise_with_the_input():
    volume, inside = head(background=-9.0)
    shown, _ = windowed(volume)
    assert shown.array.min() == 0.0 and shown.array.max() == 1.0
    assert 0.3 < float(np.median(shown.array[inside])) < 0.6
    order = np.argsort(volume.array[inside])
    assert (np.diff(shown.array[inside][order]) >= 0).all()


def test_one_bright_voxel_does_not_darken_the_rest():
    volume, inside = head(background=0.0)
    bright = volume.array.copy()
    bright[20, 20, 20] = 1e5
    shown, _ = windowed(Volume(bright, volume.grid))
    assert float(np.median(shown.array[inside])) > 0.3


def test_the_input_is_not_changed():
    volume, _ = head(background=0.0)
    before = volume.array.copy()
    windowed(volume)
    np.testing.assert_array_equal(volume.array, before)
