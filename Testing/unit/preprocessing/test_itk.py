import numpy as np

from sgnet.geometry import Grid
from sgnet.preprocessing.itk import resample


def test_axes_turned_by_a_denormal_angle_do_not_empty_the_image():
    """Found by Hypothesis: ITK's decomposition fails on such a number and its resampling gave zeros."""
    affine = np.diag([1.0, 1.984375, 1.0, 1.0])
    affine[0, 1], affine[1, 0] = -1.66515843e-308, 8.391217e-309
    array = np.arange(27, dtype=np.float32).reshape(3, 3, 3)
    grid = Grid((3, 3, 3), affine)
    np.testing.assert_allclose(resample(array, grid, grid), array, atol=1e-4)
