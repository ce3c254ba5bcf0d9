import pytest
import torch

from sgnet.config import NetworkSettings
from sgnet.networks.sgnet import CLOSED_LOGIT, SGNet


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def closed_everywhere(network):
    for gate in network.gates:
        torch.nn.init.zeros_(gate.attend.weight)
        torch.nn.init.constant_(gate.attend.bias, -5.0)
    return network


def test_ungated_backbone_with_one_output_has_the_notebooks_668673_parameters():
    assert parameters(SGNet(NetworkSettings(name="sgnet_ungated"), out_channels=1)) == 668_673


@pytest.mark.parametrize("stem_stride", [1, 2])
@pytest.mark.parametrize("dilations", [(1,), (1, 1, 2, 4)])
@pytest.mark.parametrize("gate", ["soft", "hard"])
def test_gated_network_stays_within_the_parameter_budget(gate, dilations, stem_stride):
    settings = NetworkSettings(gate=gate, bottom_dilations=dilations, stem_stride=stem_stride)
    count = parameters(SGNet(settings))
    assert 665_000 <= count <= 675_000


def test_logits_have_two_channels_of_the_input_size_and_gates_one_map_a_group_and_level():
    network = SGNet(NetworkSettings(channels=(4, 8, 8, 8), groups=2)).eval()
    output = network(torch.rand(1, 2, 16, 24, 8))
    assert output.logits.shape == (1, 2, 16, 24, 8)
    assert [tuple(g.shape) for g in output.gates] == [(1, 2, 16, 24, 8), (1, 2, 8, 12, 4), (1, 2, 4, 6, 2)]


def test_with_a_stem_of_stride_2_the_output_has_the_input_size_and_the_gates_half_of_it():
    network = SGNet(NetworkSettings(channels=(4, 8, 8, 8), groups=2, stem_stride=2)).eval()
    assert network.stride == (16, 16, 16)
    output = network(torch.rand(1, 2, 16, 32, 48))
    assert output.logits.shape == (1, 2, 16, 32, 48)
    assert [tuple(g.shape) for g in output.gates] == [(1, 2, 8, 16, 24), (1, 2, 4, 8, 12), (1, 2, 2, 4, 6)]


def test_a_stem_of_stride_2_answers_smoothly_between_the_centres_of_its_cells():
    network = SGNet(NetworkSettings(channels=(4, 8), gate="none", stem_stride=2)).eval()
    ramp = torch.arange(8.0).view(1, 1, 8, 1, 1)
    network.head.forward = lambda x: ramp.expand(1, 2, *x.shape[2:])
    logits = network(torch.rand(1, 2, 16, 8, 8)).logits
    # The centre of cell k lies between the voxels 2 k and 2 k + 1.
    expected = (torch.arange(16.0) - 0.5) / 2
    torch.testing.assert_close(logits[0, 0, :, 3, 3], expected.clamp(0, 7))


def test_other_networks_have_no_stem():
    assert NetworkSettings(name="unet", stem_stride=2).stem_stride == 1
    assert NetworkSettings(name="sgnet_ungated", stem_stride=2).stem_stride == 2


@pytest.mark.parametrize("stem_stride", [1, 2])
def test_where_the_coarsest_gate_is_closed_the_output_is_background(stem_stride):
    settings = NetworkSettings(channels=(4, 8, 8, 8), groups=2, stem_stride=stem_stride)
    network = closed_everywhere(SGNet(settings)).eval()
    assert (network(torch.rand(1, 2, 16, 16, 16)).logits == CLOSED_LOGIT).all()


def test_where_one_group_of_the_coarsest_gate_is_open_the_output_is_free():
    network = closed_everywhere(SGNet(NetworkSettings(channels=(4, 8, 8, 8), groups=2))).eval()
    network.gates[-1].attend.bias.data[1] = 5.0
    assert (network(torch.rand(1, 2, 16, 16, 16)).logits != CLOSED_LOGIT).all()


def test_training_output_is_not_masked_so_that_missed_lesions_still_teach():
    network = closed_everywhere(SGNet(NetworkSettings(channels=(4, 8, 8, 8), groups=2))).train()
    assert (network(torch.rand(2, 2, 16, 16, 16)).logits != CLOSED_LOGIT).all()


def test_network_without_gate_returns_no_gate_maps():
    assert SGNet(NetworkSettings(channels=(4, 8, 8, 8), gate="none")).eval()(torch.rand(1, 2, 8, 8, 8)).gates == ()


@pytest.mark.parametrize("stem_stride", [1, 2])
@pytest.mark.parametrize("cells", [[(3, 4, 2)], [(0, 0, 0)], [(7, 7, 3), (2, 3, 1)], [], None])
def test_skipping_closed_regions_changes_nothing(cells, stem_stride):
    """The whole computation, masked, is the reference; ``None`` leaves the gate as it is at random weights."""
    torch.manual_seed(0)
    network = SGNet(NetworkSettings(channels=(8, 8, 16, 16), groups=2, stem_stride=stem_stride)).eval()
    x = torch.rand(2, 2, *(n * stem_stride for n in (32, 32, 16)))
    gate, inner = network.gates[-1], network.gates[-1].forward
    if cells is not None:

        def opened_at(skip, coarser):
            gated, logits = inner(skip, coarser)
            chosen = torch.full_like(logits, -5.0)
            for n, (i, j, k) in enumerate(cells):
                chosen[n % 2, 1, i, j, k] = 5.0
            return gated, chosen

        gate.forward = opened_at
    with torch.no_grad():
        fast = network(x)
        *skips, coarse = network.encode(x)
        whole = network._decode(coarse, skips)
        opened = (whole.gates[-1].sigmoid() > 0.5).any(1, keepdim=True).float()
        mask = torch.nn.functional.interpolate(opened, size=x.shape[2:]) > 0.5
    torch.testing.assert_close(fast.logits, torch.where(mask, whole.logits, CLOSED_LOGIT), atol=1e-5, rtol=1e-5)
    mask = torch.nn.functional.interpolate(opened, size=fast.gates[0].shape[2:]) > 0.5
    finest = torch.where(mask, whole.gates[0], fast.gates[0])
    torch.testing.assert_close(fast.gates[0], finest, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(fast.gates[-1], whole.gates[-1])
