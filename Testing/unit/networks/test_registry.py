import pytest
import torch

from sgnet.config import PUBLISHED_CHANNELS, NetworkSettings
from sgnet.errors import InputError
from sgnet.networks.network import check_size
from sgnet.networks.registry import NETWORKS, build_network

SMALL = {name: (4, 4, 8, 8, 8)[: len(channels)] for name, channels in PUBLISHED_CHANNELS.items()}


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def small(name, **changes):
    return build_network(NetworkSettings(name=name, channels=SMALL[name], **changes)).eval()


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("sgnet_ungated", 668_673),  # the notebook's count
        ("unet", 1.98e6),
        ("attention_unet", 5.91e6),
        ("resunet", 4.81e6),
    ],
)
def test_networks_with_one_output_have_the_published_number_of_parameters(name, published):
    network = NETWORKS[name](NetworkSettings(name=name), 2, 1)
    assert parameters(network) == pytest.approx(published, abs=0.005e6 if published > 1e6 else 0)


@pytest.mark.parametrize(("name", "counted"), [("unet2d5", 3_000_925), ("unet2d5_spvpa", 3_808_547)])
def test_variant_of_the_later_code_has_as_many_parameters_as_that_code(name, counted):
    """Counted on VS_Seg's classes with one input, two outputs and six levels."""
    assert parameters(NETWORKS[name](NetworkSettings(name=name, variant="vs_seg"), 1, 2)) == counted


def test_every_name_of_the_settings_can_be_built():
    assert set(NETWORKS) == set(PUBLISHED_CHANNELS)


@pytest.mark.parametrize("variant", ["paper", "vs_seg"])
@pytest.mark.parametrize("name", NETWORKS)
def test_output_has_the_size_of_the_input_at_twice_the_stride(name, variant):
    network = small(name, variant=variant)
    size = tuple(2 * s for s in network.stride)
    with torch.inference_mode():
        logits, gates = network(torch.rand(1, 2, *size))
    assert logits.shape == (1, 2, *size)
    for gate in gates:
        ratios = [whole / part for whole, part in zip(size, gate.shape[2:], strict=True)]
        assert all(stride % ratio == 0 for stride, ratio in zip(network.stride, ratios, strict=True))
    assert [gate.shape[2] for gate in gates] == sorted((gate.shape[2] for gate in gates), reverse=True)


@pytest.mark.parametrize(("name", "stride"), [("unet2d", (16, 16, 1)), ("unet2d5", (16, 16, 4)), ("unet3d", (16,) * 3)])
def test_flat_levels_do_not_pool_across_slices(name, stride):
    assert small(name).stride == stride


def test_every_gradient_reaches_every_weight_of_every_network():
    for name in NETWORKS:
        network = small(name).train()
        output = network(torch.rand(2, 2, *(2 * s for s in network.stride)))
        (output.logits.sum() + sum(gate.sum() for gate in output.gates)).backward()
        silent = [key for key, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
        assert silent == [], name


def test_2d_network_looks_at_no_other_slice():
    network = small("unet2d")
    image = torch.rand(1, 2, 32, 32, 3, requires_grad=True)
    network(image).logits[0, 0, :, :, 1].sum().backward()
    assert (image.grad[..., [0, 2]] == 0).all() and (image.grad[..., 1] != 0).any()


def test_first_two_levels_of_the_2d5_network_see_one_slice_and_the_ones_below_more():
    network = small("unet2d5")
    image = torch.rand(1, 2, 32, 32, 8, requires_grad=True)
    x = image
    for level, slices in enumerate((1, 1, 5)):
        x = network.encoders[level](x)
        (seen,) = torch.autograd.grad(x[..., 4].sum(), image, retain_graph=True)
        assert int((seen.abs().sum(dim=(0, 1, 2, 3)) > 0).sum()) == slices
        x = network.downs[level](x)


@pytest.mark.parametrize(
    ("name", "maps"),
    [("unet2d5", 0), ("unet2d5_ag", 4), ("unet2d5_pa", 4), ("unet2d5_spvpa", 4), ("attention_unet", 0)],
)
def test_attention_maps_are_returned_one_a_decoder_level(name, maps):
    assert len(small(name)(torch.rand(1, 2, 32, 32, 32)).gates) == maps


def test_later_code_attends_before_the_bottom_too():
    assert len(small("unet2d5_pa", variant="vs_seg")(torch.rand(1, 2, 32, 32, 32)).gates) == 5


def test_only_gated_and_spvpa_networks_are_taught_by_the_mask():
    assert {name for name in NETWORKS if small(name).supervised} == {"sgnet", "unet2d5_spvpa"}


def test_task_sets_the_channels():
    output = small("unet2d5", task="schwannoma")(torch.rand(1, 1, 32, 32, 8))
    assert output.logits.shape == (1, 1, 32, 32, 8)


def test_ungated_network_has_no_gate_whatever_the_settings_say():
    assert NetworkSettings(name="sgnet_ungated", gate="hard").gate == "none"


def test_channels_are_those_of_the_paper_unless_given():
    assert NetworkSettings(name="unet").channels == (16, 32, 64, 128, 256)
    assert NetworkSettings(name="unet2d5", variant="vs_seg").channels == (16, 32, 48, 64, 80, 96)
    assert NetworkSettings(name="unet", channels=(8, 16)).channels == (8, 16)


def test_single_level_is_refused():
    with pytest.raises(InputError, match="at least 2 levels, got 1"):
        NetworkSettings(channels=(8,))


def test_a_bottom_without_dilations_is_refused():
    with pytest.raises(InputError, match="bottom_dilations must hold at least one"):
        NetworkSettings(bottom_dilations=())


def test_a_bottom_that_its_dilations_cannot_share_is_refused():
    with pytest.raises(InputError, match=r"last of channels must be a multiple of 2.*got 15"):
        NetworkSettings(channels=(8, 15), bottom_dilations=(1, 2))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((96, 96, 20), "patch must be multiples of 16, 16, 8, got 96, 96, 20"),
        ((16, 16, 8), "patch must be larger than 16, 16, 8, got 16, 16, 8"),
    ],
)
def test_size_that_does_not_fit_is_refused_with_what_does(size, message):
    with pytest.raises(InputError, match=message):
        check_size("patch", size, (16, 16, 8))
