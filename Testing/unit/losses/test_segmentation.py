import pytest
import torch

from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy


def logit(p):
    return torch.logit(torch.tensor(p, dtype=torch.float64))


def test_dice_loss_of_a_half_certain_voxel_pair_matches_the_formula():
    logits = logit([0.5, 0.5]).view(1, 1, 2, 1, 1)
    target = torch.tensor([1.0, 0.0]).view(1, 1, 2, 1, 1)
    # 1 - 2 * 0.5 / (1 + 1)
    assert float(soft_dice_loss(logits, target)) == pytest.approx(0.5, abs=1e-5)


def test_patches_without_foreground_are_left_out_of_the_dice():
    logits = torch.zeros(2, 1, 2, 1, 1)
    target = torch.zeros(2, 1, 2, 1, 1)
    target[0, 0, 0] = 1
    assert float(soft_dice_loss(logits, target)) == pytest.approx(float(soft_dice_loss(logits[:1], target[:1])))


def test_batch_without_any_foreground_has_zero_dice_loss_and_a_gradient():
    logits = torch.zeros(1, 1, 2, 2, 2, requires_grad=True)
    loss = soft_dice_loss(logits, torch.zeros(1, 1, 2, 2, 2))
    loss.backward()
    assert float(loss.detach()) == 0 and (logits.grad == 0).all()


def test_cross_entropy_counts_each_voxel_by_its_weight():
    logits = logit([0.5, 0.5]).view(1, 1, 2, 1, 1)
    target = torch.ones(1, 1, 2, 1, 1)
    weight = torch.tensor([3.0, 1.0]).view(1, 1, 2, 1, 1)
    assert float(weighted_cross_entropy(logits, target, weight)) == pytest.approx(2 * 0.693147, abs=1e-5)
