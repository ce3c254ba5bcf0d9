import pytest
import torch

from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.losses.segmentation import soft_dice_loss


def test_hardness_zero_is_the_dice_loss_to_the_last_bit():
    torch.manual_seed(0)
    logits, target = torch.randn(3, 2, 5, 5, 5), (torch.rand(3, 2, 5, 5, 5) > 0.7).float()
    assert torch.equal(hardness_weighted_dice_loss(logits, target, 0.0), soft_dice_loss(logits, target))


def test_two_voxels_match_the_formula_by_hand():
    logits = torch.logit(torch.tensor([0.8, 0.4], dtype=torch.float64)).view(1, 1, 2, 1, 1)
    target = torch.tensor([1.0, 0.0]).view(1, 1, 2, 1, 1)
    # w = 0.6 * (0.2, 0.4) + 0.4 = (0.52, 0.64)
    expected = 1 - (2 * 0.52 * 0.8) / (0.52 * 1.8 + 0.64 * 0.4)
    assert float(hardness_weighted_dice_loss(logits, target, 0.6)) == pytest.approx(expected, abs=1e-5)


def test_hard_voxel_pulls_more_than_at_hardness_zero():
    """The share of the gradient that falls on the missed voxel grows with the hardness."""
    shares = []
    for hardness in (0.0, 0.6):
        logits = torch.tensor([2.0, -1.0], requires_grad=True)
        target = torch.ones(1, 1, 2, 1, 1)
        hardness_weighted_dice_loss(logits.view(1, 1, 2, 1, 1), target, hardness).backward()
        shares.append(float(logits.grad[1].abs() / logits.grad.abs().sum()))
    assert shares[1] > 1.05 * shares[0]


def test_prediction_on_a_patch_without_foreground_costs():
    nothing = torch.zeros(1, 1, 4, 4, 4)
    assert float(hardness_weighted_dice_loss(nothing + 3, nothing, 0.6)) > 0.99
    assert float(hardness_weighted_dice_loss(nothing - 30, nothing, 0.6)) < 1e-3
