import pytest
import torch

from sgnet.config import TrainSettings
from sgnet.losses.attention import attention_loss
from sgnet.losses.gates import gate_loss
from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy
from sgnet.training.objective import segmentation_losses, supervision_loss


@pytest.fixture
def case():
    torch.manual_seed(0)
    logits, target = torch.randn(2, 2, 8, 8, 8), (torch.rand(2, 2, 8, 8, 8) > 0.7).float()
    return logits, target, 1 + target, torch.tensor([[True, True], [True, False]])


def test_dice_and_cross_entropy_are_the_default(case):
    logits, target, weight, available = case
    terms = segmentation_losses(logits, target, weight, available, TrainSettings())
    assert list(terms) == ["dice", "cross_entropy"]
    assert torch.equal(terms["dice"], soft_dice_loss(logits, target, available))
    assert torch.equal(terms["cross_entropy"], weighted_cross_entropy(logits, target, weight, available))


def test_hardness_of_the_settings_reaches_the_loss(case):
    logits, target, weight, available = case
    terms = segmentation_losses(logits, target, weight, available, TrainSettings(loss="hdl", hardness=0.4))
    assert list(terms) == ["hdl"]
    assert torch.equal(terms["hdl"], hardness_weighted_dice_loss(logits, target, 0.4, available))


def test_gates_are_taught_by_the_last_output_where_it_is_known(case):
    logits, target, _, available = case
    gates = (logits, logits[:, :, ::2, ::2, ::2])
    mask, known = target[:, 1:], torch.tensor([True, False])
    expected = {
        "margin": gate_loss(gates, mask, available=known),
        "average": attention_loss(gates, mask, "average", known),
        "max": attention_loss(gates, mask, "max", known),
    }
    for kind, loss in expected.items():
        assert torch.equal(supervision_loss(gates, target, available, TrainSettings(gate_loss=kind)), loss)


def test_single_output_teaches_the_gates_itself(case):
    logits, target, _, available = case
    one = supervision_loss((logits,), target[:, :1], available[:, :1], TrainSettings())
    assert torch.equal(one, gate_loss((logits,), target[:, :1], available=available[:, 0]))
