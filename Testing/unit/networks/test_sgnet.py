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


@pytest.mark.parametrize("dilations", [(1,), (1, 1, 2, 4)])
@pytest.mark.parametrize("gate", ["soft", "hard"])
def test_gated_network_stays_within_the_parameter_budget(gate, dilations):
    count = parameters(SGNet(NetworkSettings(gate=gate, bottom_dilations=dilations)))
    assert 665_000 <= count <= 675_000


def test_logits_have_two_channels_of_the_input_size_and_gates_one_map_a_group_and_level():
    network = SGNet(NetworkSettings(channels=(4, 8, 8, 8), groups=2)).eval()
    output = network(torch.rand(1, 2, 16, 24, 8))
    assert output.logits.shape == (1, 2, 16, 24, 8)
    assert [tuple(g.shape) for g in output.gates] == [(1, 2, 16, 24, 8), (1, 2, 8, 12, 4), (1, 2, 4, 6, 2)]


def test_where_the_coarsest_gate_is_closed_the_output_is_background():
    network = closed_everywhere(SGNet(NetworkSettings(channels=(4, 8, 8, 8), groups=2))).eval()
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


@pytest.mark.parametrize("cells", [[(3, 4, 2)], [(0, 0, 0)], [(7, 7, 3), (2, 3, 1)], [], None])
def test_skipping_closed_regions_changes_nothing(cells):
    """The whole computation, masked, is the reference; ``None`` leaves the gate as it is at random weights."""
    torch.manual_seed(0)
    network = SGNet(NetworkSettings(channels=(8, 8, 16, 16), groups=2)).eval()
    x = torch.rand(2, 2, 32, 32, 16)
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
    finest = torch.where(mask, whole.gates[0], fast.gates[0])
    torch.testing.assert_close(fast.gates[0], finest, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(fast.gates[-1], whole.gates[-1])
