import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings, PreprocessSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.gate_maps import gate_maps, gate_maps_at_scales
from sgnet.inference.model import Model
from sgnet.networks.sgnet import SGNet
from sgnet.preprocessing.shrink import shrink

SETTINGS = InferenceSettings(window=(16, 16, 16), device="cpu", precision="float32")
IMAGE = np.random.default_rng(0).random((2, 24, 16, 16), dtype=np.float32)


def network(gate="hard"):
    torch.manual_seed(0)
    return SGNet(NetworkSettings(channels=(4, 4, 8, 8), groups=2, gate=gate)).eval()


def test_one_map_a_level_finest_first_of_the_image_size():
    maps = gate_maps(IMAGE, network(), SETTINGS, Progress())
    assert maps.shape == (3, 24, 16, 16)
    assert set(np.unique(maps.round(3))) <= {0.0, 0.5, 1.0}, "a half is one group of two, or two windows that differ"


def test_a_group_that_is_open_everywhere_is_half_of_two():
    made = network()
    for gate in made.gates:
        torch.nn.init.zeros_(gate.attend.weight)
        gate.attend.bias.data = torch.tensor([5.0, -5.0])
    np.testing.assert_allclose(gate_maps(IMAGE, made, SETTINGS, Progress()), 0.5, atol=1e-6)


def test_soft_gates_show_their_attention():
    made = network("soft")
    for gate in made.gates:
        torch.nn.init.zeros_(gate.attend.weight)
        torch.nn.init.constant_(gate.attend.bias, -1.0)
    expected = 1 / (1 + np.exp(1.0))
    np.testing.assert_allclose(gate_maps(IMAGE, made, SETTINGS, Progress()), expected, atol=1e-5)


def test_a_network_without_gates_is_refused():
    with pytest.raises(InputError, match="no gates to show"):
        gate_maps(IMAGE, network("none"), SETTINGS, Progress())


def test_a_model_with_two_scales_shows_the_gates_of_both_looks():
    made = network("soft")
    model = Model("two", made, made.settings, PreprocessSettings(spacing_mm=1.5, scales=(2, 1)), "", {})
    image = np.random.default_rng(1).random((2, 33, 30, 17), dtype=np.float32)
    maps = gate_maps_at_scales(image, model, SETTINGS, Progress())
    assert [(one.scale, one.voxel_mm) for one in maps] == [(1, 1.5), (1, 3), (1, 6), (2, 3), (2, 6), (2, 12)]
    close, wide = (gate_maps(shrink(image, scale), made, SETTINGS, Progress()) for scale in (1, 2))
    np.testing.assert_array_equal(np.stack([one.openness for one in maps[:3]]), close)
    assert len(np.unique(wide[0])) > 100, "it must matter what was looked at"
    for one, small in zip(maps[3:], wide, strict=True):
        assert one.openness.shape == image.shape[1:]
        np.testing.assert_array_equal(one.openness[::2, ::2, ::2], small)
        np.testing.assert_array_equal(one.openness[1::2, 1::2, 1::2], small[:16, :15, :8])
