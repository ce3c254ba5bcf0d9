from dataclasses import replace

import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings
from sgnet.errors import Cancelled, InputError, OutOfMemoryError
from sgnet.events import Progress
from sgnet.inference.predict import predict
from sgnet.networks.network import NetworkOutput
from sgnet.networks.sgnet import SGNet

SETTINGS = InferenceSettings(window=(16, 16, 8), batch_size=4, device="cpu", precision="float32")


class Pointwise(torch.nn.Module):
    """Core logit 20 where T1ce > 0.5; whole logit 20 where FLAIR > 0.5; else -20."""

    stride = (8, 8, 8)

    def __init__(self, fits=64):
        super().__init__()
        self.fits = fits
        self.calls = []

    def forward(self, x):
        self.calls.append(len(x))
        if len(x) > self.fits:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes.")
        return NetworkOutput(torch.where(x > 0.5, 20.0, -20.0), ())


class Recorder(Progress):
    def __init__(self):
        self.steps, self.warnings = [], []

    def step(self, done, total):
        self.steps.append((done, total))

    def warn(self, message):
        self.warnings.append(message)


def image(shape=(40, 33, 19)):
    rng = np.random.default_rng(0)
    return rng.random((2, *shape), dtype=np.float32)


def test_stitched_windows_equal_the_network_applied_voxel_by_voxel():
    volume = image()
    core, whole = predict(volume, Pointwise(), SETTINGS, Progress())
    np.testing.assert_array_equal(core > 0.5, volume[0] > 0.5)
    np.testing.assert_array_equal(whole > 0.5, (volume > 0.5).any(0))


def test_volume_smaller_than_a_window_is_predicted_at_its_own_size():
    assert predict(image((5, 6, 7)), Pointwise(), SETTINGS, Progress()).shape == (2, 5, 6, 7)


def test_progress_ends_at_the_total_number_of_windows():
    recorder = Recorder()
    predict(image(), Pointwise(), SETTINGS, recorder)
    done, total = recorder.steps[-1]
    assert done == total > 4
    assert [d for d, _ in recorder.steps] == sorted(d for d, _ in recorder.steps)


def test_windows_of_background_are_not_looked_at():
    network = Pointwise()
    assert predict(np.zeros((2, 40, 40, 20), np.float32), network, SETTINGS, Progress()).max() == 0
    assert network.calls == []


def test_batch_shrinks_when_memory_runs_out_and_the_user_is_told():
    recorder, network = Recorder(), Pointwise(fits=1)
    volume = image()
    core, _ = predict(volume, network, SETTINGS, recorder)
    np.testing.assert_array_equal(core > 0.5, volume[0] > 0.5)
    assert network.calls[:2] == [4, 2] and set(network.calls[2:]) == {1}
    assert recorder.warnings == [
        "Memory ran out with 4 windows of 16 x 16 x 8 at a time on cpu; trying with less.",
        "Memory ran out with 2 windows of 16 x 16 x 8 at a time on cpu; trying with less.",
    ]


def test_window_shrinks_when_memory_runs_out_with_one_and_the_user_is_told():
    class Small(Pointwise):
        def forward(self, x):
            self.fits = 2 if x[0, 0].numel() <= 72 * 56 * 24 else 0
            return super().forward(x)

    recorder, volume = Recorder(), image((140, 100, 20))
    settings = replace(SETTINGS, window=(256, 256, 256), batch_size=1)
    core, whole = predict(volume, Small(), settings, recorder)
    np.testing.assert_array_equal(core > 0.5, volume[0] > 0.5)
    np.testing.assert_array_equal(whole > 0.5, (volume > 0.5).any(0))
    assert recorder.warnings == ["Memory ran out with 1 window of 144 x 104 x 24 at a time on cpu; trying with less."]
    done, total = recorder.steps[-1]
    assert done == total > 1


def test_window_is_no_larger_than_the_volume_needs():
    sizes = []

    class Sizes(Pointwise):
        def forward(self, x):
            sizes.append(tuple(x.shape[2:]))
            return super().forward(x)

    predict(image(), Sizes(), replace(SETTINGS, window=(64, 32, 512)), Progress())
    assert set(sizes) == {(40, 32, 24)}


def test_no_memory_for_a_single_window_is_said_in_one_sentence():
    with pytest.raises(OutOfMemoryError, match="single window on the CPU"):
        predict(image(), Pointwise(fits=0), SETTINGS, Progress())


def test_other_failures_of_the_network_are_not_taken_for_lack_of_memory():
    class Broken(Pointwise):
        def forward(self, x):
            raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        predict(image(), Broken(), SETTINGS, Progress())


def test_cancelling_takes_effect_before_the_next_network_call():
    class StopsAfterOne(Recorder):
        def cancelled(self):
            return bool(self.steps)

    network = Pointwise()
    with pytest.raises(Cancelled):
        predict(image(), network, SETTINGS, StopsAfterOne())
    assert len(network.calls) == 1


def test_window_that_does_not_fit_the_network_is_refused():
    with pytest.raises(InputError, match="window must be multiples of 8"):
        predict(image(), Pointwise(), InferenceSettings(window=(20, 16, 8)), Progress())


def test_real_network_gives_the_same_in_batches_of_one_and_of_four():
    torch.manual_seed(0)
    network = SGNet(NetworkSettings(channels=(4, 4, 8, 8), groups=2)).eval()
    settings = [replace(SETTINGS, batch_size=n) for n in (1, 4)]
    one, four = (predict(image(), network, s, Progress()) for s in settings)
    np.testing.assert_allclose(one, four, atol=1e-5)


class Ramp(torch.nn.Module):
    """Logit = the position along x within the window, so that mirroring shows."""

    stride = (8, 8, 8)

    def forward(self, x):
        along = torch.arange(x.shape[2], dtype=torch.float32).view(1, 1, -1, 1, 1)
        return NetworkOutput(along.expand_as(x) / 4 - 2, ())


def test_flips_average_the_volume_with_its_mirror_image():
    volume = np.ones((2, 16, 16, 8), np.float32)
    plain = predict(volume, Ramp(), SETTINGS, Progress())
    recorder = Recorder()
    both = predict(volume, Ramp(), replace(SETTINGS, flips=True), recorder)
    np.testing.assert_allclose(both, (plain + plain[:, ::-1]) / 2, atol=1e-6)
    assert not np.allclose(both, plain)
    assert recorder.steps[-1] == (2, 2)
