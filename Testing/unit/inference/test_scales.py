from dataclasses import replace

import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings, PreprocessSettings
from sgnet.errors import Cancelled, InputError
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.predict import predict
from sgnet.inference.scales import predict_at_scales
from sgnet.networks.network import NetworkOutput
from sgnet.preprocessing.shrink import blocks, shrink

SETTINGS = InferenceSettings(window=(16, 16, 8), batch_size=4, device="cpu", precision="float32")


class Brightness(torch.nn.Module):
    """The logit is the brightness, so that what each scale saw can be read from the answer."""

    stride = (8, 8, 8)
    windows = 0

    def forward(self, x):
        self.windows += len(x)
        return NetworkOutput(torch.logit(x.clamp(1e-4, 1 - 1e-4)), ())


def model(*scales):
    return Model("bright", Brightness(), NetworkSettings(), PreprocessSettings(scales=scales), "", {})


def ramp(shape=(36, 34, 18)):
    """Brighter along the first axis; linear, so that means of blocks and interpolation between them keep it."""
    one = np.broadcast_to(np.linspace(0.2, 0.8, shape[0], dtype=np.float32)[:, None, None], shape)
    return np.stack([one, one + 0.1]).astype(np.float32)


def test_one_scale_is_the_plain_prediction():
    image = ramp()
    np.testing.assert_array_equal(
        predict_at_scales(image, model(1), SETTINGS, Progress()), predict(image, Brightness(), SETTINGS, Progress())
    )


@pytest.mark.parametrize("scales", [(2,), (1, 2), (2, 1)])
def test_coarse_answers_lie_where_the_fine_ones_do(scales):
    image = ramp()
    answer = predict_at_scales(image, model(*scales), SETTINGS, Progress())
    assert answer.shape == image.shape and answer.dtype == np.float32 and answer.flags.c_contiguous
    # Interpolation has nothing to go by in the outermost half block.
    np.testing.assert_allclose(answer[:, 1:-1, 2:-2, 2:-2], image[:, 1:-1, 2:-2, 2:-2], atol=2e-4)


def test_where_the_wide_look_finds_something_the_answer_is_the_mean_of_both():
    image = np.random.default_rng(0).uniform(0.2, 0.9, (2, 32, 32, 16)).astype(np.float32)
    image.sort(axis=0)
    one, two, both = (predict_at_scales(image, model(*scales), SETTINGS, Progress()) for scales in ((1,), (2,), (1, 2)))
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-6)
    assert np.abs(one - two).max() > 0.1


def test_a_closer_look_is_taken_only_where_the_wide_one_finds_something():
    image = np.full((2, 48, 48, 24), 0.05, np.float32)
    image[:, 8:16, 8:16, 4:12] = 0.6
    image[:, 18, 12, 8] = 0.14
    # From afar 0.1 everywhere, close to it up to 0.2.
    image[:, 30:42, 30:42, 12:20] = 0.2 * (np.indices((12, 12, 8)).sum(axis=0) % 2)
    closely, from_afar = model(1, 2), model(2)
    answer, afar = (predict_at_scales(image, one, SETTINGS, Progress()) for one in (closely, from_afar))
    far = np.ones(image.shape[1:], bool)
    # The block, blurred by half a coarse voxel, and a coarse voxel around it.
    far[4:20, 4:20, 0:16] = False
    np.testing.assert_array_equal(answer[:, far], afar[:, far])
    assert (answer[:, 18, 12, 8] > afar[:, 18, 12, 8] + 0.03).all()
    inside = np.s_[:, 8:16, 8:16, 4:12]
    np.testing.assert_allclose(answer[inside], (image[inside] + afar[inside]) / 2, atol=1e-3)
    assert 1 <= closely.network.windows - from_afar.network.windows <= 2 * 2 * 3
    both = predict(image, model(1).network, SETTINGS, Progress())
    assert np.abs(both - answer)[:, far].max() > 0.09


def test_phases_tell_the_scales_and_a_wish_to_stop_is_heard():
    class Recorder(Progress):
        def __init__(self):
            self.phases = []

        def phase(self, name):
            self.phases.append(name)

    recorder = Recorder()
    predict_at_scales(ramp(), model(1, 2), SETTINGS, recorder)
    assert recorder.phases == ["looking over the head", "segmenting"]

    class Stopped(Recorder):
        def cancelled(self):
            return "segmenting" in self.phases

    with pytest.raises(Cancelled):
        predict_at_scales(ramp(), model(1, 2), SETTINGS, Stopped())


def test_shrunk_voxels_are_means_of_blocks_and_zeros_lie_beyond_the_array():
    array = np.arange(2 * 3 * 4, dtype=np.float32).reshape(1, 2, 3, 4)
    small = shrink(array, 2)
    assert small.shape == (1, 1, 2, 2)
    assert small[0, 0, 0, 0] == array[0, :2, :2, :2].mean()
    assert small[0, 0, 1, 1] == array[0, :2, 2:, 2:].sum() / 8
    assert blocks(array, 2).shape == (1, 1, 2, 2, 2, 2, 2)
    assert shrink(array, 1) is array


@pytest.mark.parametrize("scales", [(), (1, 1), (0,)])
def test_scales_that_make_no_sense_are_refused(scales):
    with pytest.raises(InputError, match="scales"):
        replace(PreprocessSettings(), scales=scales)
