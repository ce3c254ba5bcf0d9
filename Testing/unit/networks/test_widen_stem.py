from dataclasses import replace

import torch

from sgnet.config import NetworkSettings
from sgnet.networks.sgnet import SGNet


def test_the_widened_network_answers_as_the_old_one_at_half_the_resolution(load_tool):
    tool = load_tool("widen_stem")
    torch.manual_seed(0)
    settings = NetworkSettings(channels=(4, 8, 8), groups=2, gate="soft")
    old, new = SGNet(settings).eval(), SGNet(replace(settings, stem_stride=2)).eval()
    new.load_state_dict(tool.widen(old.state_dict()))
    small = torch.rand(1, 2, 8, 12, 16)
    large = small
    for axis in (2, 3, 4):
        large = large.repeat_interleave(2, axis)
    expected = torch.nn.functional.interpolate(old(small).logits, scale_factor=2, mode="trilinear")
    torch.testing.assert_close(new(large).logits, expected)
