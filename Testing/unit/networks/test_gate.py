import pytest
import torch

from sgnet.networks.gate import SpatialGate


def gate(hard=True, groups=2, channels=4):
    torch.manual_seed(0)
    made = SpatialGate(channels, groups, hard=hard, threshold=0.5)
    torch.nn.init.normal_(made.attend.weight)
    torch.nn.init.zeros_(made.attend.bias)
    return made


@pytest.mark.parametrize("training", [True, False])
def test_hard_gate_lets_each_position_of_a_group_through_whole_or_not_at_all(training):
    skip, coarser = torch.rand(1, 4, 6, 6, 6) + 0.1, torch.rand(1, 4, 6, 6, 6)
    module = gate().train(training)
    gated, logits = module(skip, coarser)
    opened = (torch.sigmoid(logits) > 0.5).repeat_interleave(2, dim=1)
    assert 0 < opened.float().mean() < 1
    torch.testing.assert_close(gated, torch.where(opened, skip, 0.0))


def test_soft_gate_multiplies_by_the_attention_itself():
    skip, coarser = torch.rand(1, 4, 5, 5, 5), torch.rand(1, 4, 5, 5, 5)
    gated, logits = gate(hard=False)(skip, coarser)
    torch.testing.assert_close(gated, skip * torch.sigmoid(logits).repeat_interleave(2, dim=1))


def test_hard_gate_has_the_gradient_of_the_soft_one():
    gradients = []
    for hard in (True, False):
        torch.manual_seed(1)
        skip, coarser = torch.rand(1, 4, 5, 5, 5), torch.rand(1, 4, 5, 5, 5)
        module = gate(hard=hard).train()
        gated, _ = module(skip, coarser)
        gated.sum().backward()
        gradients.append(module.attend.weight.grad)
    torch.testing.assert_close(gradients[0], gradients[1])
    assert gradients[0].abs().max() > 0


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match="6 channels cannot be partitioned into 4 groups"):
        SpatialGate(6, 4, hard=True, threshold=0.5)
