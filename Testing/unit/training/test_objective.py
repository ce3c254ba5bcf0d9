import pytest
import torch

from sgnet.config import TrainSettings
from sgnet.inference.device import Compute
from sgnet.losses.attention import attention_loss
from sgnet.losses.gates import gate_loss
from sgnet.losses.hardness import hardness_weighted_dice_loss
from sgnet.losses.lesions import lesion_loss
from sgnet.losses.segmentation import soft_dice_loss, weighted_cross_entropy
from sgnet.training.objective import Truth, move_batch, segmentation_losses, supervision_loss
from sgnet.training.patches import draw_batch


@pytest.fixture
def case():
    torch.manual_seed(0)
    logits, target = torch.randn(2, 2, 8, 8, 8), (torch.rand(2, 2, 8, 8, 8) > 0.7).float()
    lesions = target[:, :1].to(torch.uint8)
    return logits, Truth(target, 1 + target, lesions, torch.tensor([[True, True], [True, False]]))


def test_dice_and_cross_entropy_are_the_default(case):
    logits, truth = case
    terms = segmentation_losses(logits, truth, TrainSettings())
    assert list(terms) == ["dice", "cross_entropy"]
    assert torch.equal(terms["dice"], soft_dice_loss(logits, truth.target, truth.available))
    expected = weighted_cross_entropy(logits, truth.target, truth.weight, truth.available)
    assert torch.equal(terms["cross_entropy"], expected)


def test_single_lesions_count_by_the_weight_of_the_settings_and_where_the_core_is_known(case):
    logits, truth = case
    truth = truth._replace(available=torch.tensor([[False, True], [True, True]]))
    terms = segmentation_losses(logits, truth, TrainSettings(lesion_loss=0.5))
    assert list(terms) == ["dice", "cross_entropy", "lesions"]
    assert torch.equal(terms["lesions"], 0.5 * lesion_loss(logits[1:, :1], truth.lesions[1:]))


def test_hardness_of_the_settings_reaches_the_loss(case):
    logits, truth = case
    terms = segmentation_losses(logits, truth, TrainSettings(loss="hdl", hardness=0.4))
    assert list(terms) == ["hdl"]
    assert torch.equal(terms["hdl"], hardness_weighted_dice_loss(logits, truth.target, 0.4, truth.available))


def test_gates_are_taught_by_the_last_output_where_it_is_known(case):
    logits, truth = case
    gates = (logits, logits[:, :, ::2, ::2, ::2])
    mask, known = truth.target[:, 1:], torch.tensor([True, False])
    expected = {
        "margin": gate_loss(gates, mask, available=known),
        "average": attention_loss(gates, mask, "average", known),
        "max": attention_loss(gates, mask, "max", known),
    }
    for kind, loss in expected.items():
        assert torch.equal(supervision_loss(gates, truth, TrainSettings(gate_loss=kind)), loss)


def test_single_output_teaches_the_gates_itself(case):
    logits, truth = case
    target, known = truth.target[:, :1], truth.available[:, :1]
    one = supervision_loss((logits,), truth._replace(target=target, available=known), TrainSettings())
    assert torch.equal(one, gate_loss((logits,), target, available=known[:, 0]))


def test_a_batch_arrives_as_it_was_drawn(make_tiny_study):
    batch = draw_batch([make_tiny_study(0)], TrainSettings(patch=(16, 16, 8), lesion_share=1.0), 0)
    image, truth = move_batch(batch, Compute(torch.device("cpu"), torch.float32))
    for moved, drawn in zip((image, *truth), (getattr(batch, name) for name in ("image", *Truth._fields)), strict=True):
        assert torch.equal(moved, torch.from_numpy(drawn))
    assert truth.lesions.any()
