import pytest
import torch

from sgnet.networks.blocks import ConvBlock


def count(block):
    return sum(p.numel() for p in block.parameters())


def test_dilations_cost_no_parameters():
    assert count(ConvBlock(8, 16, (1, 1, 2, 4))) == count(ConvBlock(8, 16))


def test_dilated_block_sees_further_than_a_plain_one():
    reach = []
    for dilations in ((1,), (1, 4)):
        block = ConvBlock(1, 2, dilations).eval()
        image = torch.zeros(1, 1, 17, 17, 17, requires_grad=True)
        block.norm.bias.data.fill_(10.0)  # keeps the ReLU open
        block(image)[0, :, 8, 8, 8].sum().backward()
        reach.append(int((image.grad[0, 0, :, 8, 8] != 0).nonzero().max()) - 8)
    assert reach == [1, 4]


def test_channels_that_cannot_be_shared_out_are_refused():
    with pytest.raises(ValueError, match="16 channels cannot be shared out among 3 dilations"):
        ConvBlock(8, 16, (1, 2, 4))
