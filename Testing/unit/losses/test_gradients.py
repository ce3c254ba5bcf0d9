"""Every loss: its gradient against finite differences, and nothing at all from channels without a label."""

import pytest
import torch

from sgnet.losses.attention import attention_loss
from sgnet.losses.gates import gate_loss
from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.losses.lesions import lesion_loss
from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy

SIZE = (4, 4, 2)


def levels(logits):
    """Three attention maps out of one (B, C, ...) tensor of logits: full size, half, a quarter in-plane."""
    return [logits[:, :, :: 2**n, :: 2**n] for n in range(3)]


def two_lesions(target):
    """The core as lesion 1, and 2 in the right half; each in the other's surroundings."""
    lesions = target[:, :1].to(torch.uint8)
    lesions[:, :, 2:] *= 2
    return lesions


LOSSES = {
    "dice": soft_dice_loss,
    "cross_entropy": lambda logits, target, available: weighted_cross_entropy(
        logits, target, 1 + target, available=available
    ),
    "lesions": lambda logits, target, available: lesion_loss(logits[:, :1], two_lesions(target), available[:, 0]),
    "hdl 0": lambda logits, target, available: hardness_weighted_dice_loss(logits, target, 0.0, available),
    "hdl 0.6": lambda logits, target, available: hardness_weighted_dice_loss(logits, target, 0.6, available),
    "hdl 1": lambda logits, target, available: hardness_weighted_dice_loss(logits, target, 1.0, available),
    "attention average": lambda logits, target, available: attention_loss(
        levels(logits), target[:, 1:], "average", available[:, 1]
    ),
    "attention max": lambda logits, target, available: attention_loss(
        levels(logits), target[:, 1:], "max", available[:, 1]
    ),
    "gates": lambda logits, target, available: gate_loss(levels(logits), target[:, 1:], available=available[:, 1]),
}
SUPERVISES = {
    name: [1] if name.startswith(("attention", "gates")) else [0] if name == "lesions" else [0, 1] for name in LOSSES
}
"""Which of the label's channels the loss looks at."""


def case(seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 2, *SIZE, dtype=torch.float64, generator=generator, requires_grad=True)
    target = (torch.rand(2, 2, *SIZE, generator=generator) > 0.6).double()
    return logits, target


@pytest.mark.parametrize("available", [[[1, 1], [1, 1]], [[1, 0], [0, 1]]], ids=["all labels", "some missing"])
@pytest.mark.parametrize("name", LOSSES)
def test_gradient_agrees_with_finite_differences(name, available):
    logits, target = case()
    mask = torch.tensor(available, dtype=torch.bool)
    assert torch.autograd.gradcheck(lambda x: LOSSES[name](x, target, mask), logits, eps=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_without_any_label_loss_and_gradient_are_exactly_zero(name):
    logits, target = case()
    loss = LOSSES[name](logits, target, torch.zeros(2, 2, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0 and (logits.grad == 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_sample_without_label_adds_nothing_and_the_other_counts_as_if_alone(name):
    logits, target = case()
    available = torch.tensor([[True, True], [False, False]])
    loss = LOSSES[name](logits, target, available)
    loss.backward()
    alone = LOSSES[name](logits[:1], target[:1], available[:1])
    torch.testing.assert_close(loss, alone, rtol=1e-12, atol=0)
    assert (logits.grad[1] == 0).all() and (logits.grad[0] != 0).any()


@pytest.mark.parametrize("name", LOSSES)
def test_channel_without_label_is_not_looked_at(name):
    logits, target = case()
    for channel in SUPERVISES[name]:
        available = torch.ones(2, 2, dtype=torch.bool)
        available[1, channel] = False
        other = target.clone()
        other[1, channel] = 0
        assert torch.equal(LOSSES[name](logits, target, available), LOSSES[name](logits, other, available))
        everything = torch.ones(2, 2, dtype=torch.bool)
        assert not torch.equal(LOSSES[name](logits, target, everything), LOSSES[name](logits, other, everything))


@pytest.mark.parametrize("name", LOSSES)
def test_loss_of_half_precision_logits_is_taken_in_single_precision(name):
    logits, target = case()
    loss = LOSSES[name](logits.detach().bfloat16(), target.float(), torch.ones(2, 2, dtype=torch.bool))
    assert loss.dtype == torch.float32 and torch.isfinite(loss)
