import numpy as np

from sgnet.synthesis.fields import apply_along, linear_matrix, smooth_noise, upsample


def test_linear_matrix_interpolates_and_repeats_the_edges():
    signal = np.array([0.0, 10.0, 20.0], np.float32)
    sampled = linear_matrix(np.array([-1.0, 0.25, 1.0, 5.0]), 3) @ signal
    np.testing.assert_allclose(sampled, [0.0, 2.5, 10.0, 20.0])


def test_apply_along_acts_on_the_named_axis_only():
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    reversal = np.eye(3, dtype=np.float32)[::-1]
    np.testing.assert_array_equal(apply_along(array, reversal, 1), array[:, ::-1])


def test_upsample_keeps_the_corners():
    coarse = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    fine = upsample(coarse, (5, 7, 3))
    assert fine.shape == (5, 7, 3)
    np.testing.assert_allclose(fine[::4, ::6, ::2], coarse, atol=1e-6)


def test_smooth_noise_has_about_unit_spread_and_neighbours_agree():
    field = smooth_noise(np.random.default_rng(0), (64, 64, 64), 8)
    assert 0.8 < field.std() < 1.25
    assert np.abs(np.diff(field, axis=0)).mean() < 0.25 * np.abs(field).mean()
