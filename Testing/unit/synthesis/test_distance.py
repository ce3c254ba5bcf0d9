import numpy as np
from scipy import ndimage

from sgnet.synthesis.distance import distance_to


def test_distances_are_scipy_s():
    mask = np.random.default_rng(0).random((21, 30, 17)) > 0.995
    np.testing.assert_array_equal(distance_to(mask), ndimage.distance_transform_edt(~mask).astype(np.float32))
    assert distance_to(mask).dtype == np.float32
