import pytest
import torch

from sgnet.losses.attention import attention_loss


def test_attention_on_the_lesion_of_every_level_costs_nothing_and_the_opposite_all():
    mask = torch.zeros(1, 1, 8, 8, 4)
    mask[..., :4, :4, :] = 1
    fitting = [40 * mask - 20, 40 * mask[:, :, ::2, ::2] - 20]
    assert float(attention_loss(fitting, mask)) == pytest.approx(0, abs=1e-5)
    assert float(attention_loss([-level for level in fitting], mask)) == pytest.approx(1, abs=1e-5)


def test_average_pooling_asks_for_the_share_and_maximum_for_any_of_the_lesion():
    mask = torch.tensor([1.0, 0, 0, 0]).view(1, 1, 4, 1, 1)
    maps = [torch.full((1, 1, 2, 1, 1), 0.0)]  # A = 0.5 twice
    # average: G = (0.5, 0): 1 - 2 * 0.25 / (1 + 0.5);  max: G = (1, 0): 1 - 2 * 0.5 / (1 + 1)
    assert float(attention_loss(maps, mask, "average")) == pytest.approx(2 / 3, abs=1e-4)
    assert float(attention_loss(maps, mask, "max")) == pytest.approx(1 / 2, abs=1e-4)


def test_each_level_counts_alike():
    mask = torch.ones(1, 1, 4, 4, 4)
    good, bad = torch.full((1, 1, 4, 4, 4), 30.0), torch.full((1, 1, 2, 2, 2), -30.0)
    assert float(attention_loss([good, bad], mask)) == pytest.approx(0.5, abs=1e-4)
