import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.gate_maps import gate_maps
from sgnet.networks.sgnet import SGNet

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
