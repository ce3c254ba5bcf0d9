import torch

from sgnet.networks.attention import AdditiveAttention, SpatialAttention


def test_closed_spatial_attention_leaves_the_features_and_open_doubles_them():
    x = torch.rand(1, 4, 5, 5, 3)
    module = SpatialAttention(4, (3, 3, 1))
    torch.nn.init.zeros_(module.attend.weight)
    for bias, factor in ((-50.0, 1.0), (50.0, 2.0)):
        torch.nn.init.constant_(module.attend.bias, bias)
        out, logits = module(x)
        torch.testing.assert_close(out, factor * x)
        assert logits.shape == (1, 1, 5, 5, 3) and (logits == bias).all()


def test_flat_kernel_keeps_the_attention_within_its_slice():
    module = SpatialAttention(4, (3, 3, 1))
    x = torch.rand(1, 4, 5, 5, 3)
    other = x.clone()
    other[..., 2] += 1
    torch.testing.assert_close(module(x)[1][..., :2], module(other)[1][..., :2])
    assert not torch.equal(module(x)[1][..., 2], module(other)[1][..., 2])


def test_additive_attention_weighs_the_skip_by_what_the_coarser_features_say():
    module = AdditiveAttention(2)
    for convolution in (module.of_skip, module.of_coarser, module.attend):
        torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(module.of_coarser.bias)
    torch.nn.init.constant_(module.attend.bias, -1.0)
    skip, coarser = torch.full((1, 2, 1, 1, 1), 2.0), torch.full((1, 2, 1, 1, 1), -1.5)
    # ReLU(2 + 2 - 1.5 - 1.5) - 1 = 0, so A = 0.5
    torch.testing.assert_close(module(skip, coarser)[0], torch.full((1, 2, 1, 1, 1), 1.0))
