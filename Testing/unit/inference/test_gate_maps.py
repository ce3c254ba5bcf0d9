import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings, PreprocessSettings
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.inference.gate_maps import gate_maps
from sgnet.inference.model import Model
from sgnet.inference.predict import predict
from sgnet.networks.sgnet import SGNet

SETTINGS = InferenceSettings(window=(16, 16, 16), device="cpu", precision="float32")
WIDE = InferenceSettings(window=(32, 32, 32), device="cpu", precision="float32")
IMAGE = np.random.default_rng(0).random((2, 24, 16, 16), dtype=np.float32)


def model(gate="hard", stem_stride=1, spacing_mm=1.0):
    torch.manual_seed(0)
    settings = NetworkSettings(channels=(4, 4, 8, 8), groups=2, gate=gate, stem_stride=stem_stride)
    return Model("made", SGNet(settings).eval(), settings, PreprocessSettings(spacing_mm=spacing_mm), "", {})


def openness(made):
    return np.stack([one.openness for one in gate_maps(IMAGE, made, SETTINGS, Progress())])


def test_one_map_a_level_finest_first_of_the_image_size():
    assert [one.voxel_mm for one in gate_maps(IMAGE, model(), SETTINGS, Progress())] == [1, 2, 4]
    maps = openness(model())
    assert maps.shape == (3, 24, 16, 16)
    assert set(np.unique(maps.round(3))) <= {0.0, 0.5, 1.0}, "a half is one group of two, or two windows that differ"


def test_a_group_that_is_open_everywhere_is_half_of_two():
    made = model()
    for gate in made.network.gates:
        torch.nn.init.zeros_(gate.attend.weight)
        gate.attend.bias.data = torch.tensor([5.0, -5.0])
    np.testing.assert_allclose(openness(made), 0.5, atol=1e-6)


def test_soft_gates_show_their_attention():
    made = model("soft")
    for gate in made.network.gates:
        torch.nn.init.zeros_(gate.attend.weight)
        torch.nn.init.constant_(gate.attend.bias, -1.0)
    expected = 1 / (1 + np.exp(1.0))
    np.testing.assert_allclose(openness(made), expected, atol=1e-5)


def test_a_network_without_gates_is_refused():
    with pytest.raises(InputError, match="no gates to show"):
        openness(model("none"))


def test_a_stem_halves_what_the_gates_see():
    made = model("soft", stem_stride=2, spacing_mm=1.5)
    assert [one.voxel_mm for one in gate_maps(np.repeat(IMAGE, 2, 1), made, WIDE, Progress())] == [3, 6, 12]


def test_the_gates_are_those_of_the_windows_that_predict_looks_through():
    made, sizes = model(), []
    made.network.register_forward_pre_hook(lambda _, inputs: sizes.append(tuple(inputs[0].shape[2:])))
    gate_maps(IMAGE, made, WIDE, Progress())
    predict(IMAGE, made.network, WIDE, Progress())
    assert sizes == [(24, 16, 16)] * 2
