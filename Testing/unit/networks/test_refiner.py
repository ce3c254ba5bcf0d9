"""The second network: it adds to what the first says."""

import pytest
import torch

from sgnet.config import RefinerSettings
from sgnet.errors import InputError
from sgnet.networks.refiner import MOST_LOG_ODDS, Refiner, encode_log_odds

SMALL = RefinerSettings(refiner_channels=(4, 8))


def seen(images, log_odds):
    return torch.cat([images, encode_log_odds(log_odds)], dim=1)


def test_encoded_log_odds_are_an_input_like_an_image():
    encoded = encode_log_odds(torch.tensor([-99.0, -16.0, 0.0, 8.0, 16.0, 99.0]))
    assert encoded.tolist() == [0, 0, 0.5, 0.75, 1, 1]


def test_before_it_is_trained_it_says_what_the_first_network_says_more_softly():
    log_odds = torch.linspace(-MOST_LOG_ODDS, MOST_LOG_ODDS, 2 * 8**3).reshape(1, 2, 8, 8, 8)
    found = Refiner(SMALL).eval()(seen(torch.rand(1, 2, 8, 8, 8), log_odds)).logits
    torch.testing.assert_close(found, 0.4 * log_odds, atol=1e-4, rtol=0)


def test_it_learns_from_the_images_and_from_the_log_odds():
    torch.manual_seed(0)
    refiner = Refiner(SMALL)
    torch.nn.init.normal_(refiner.net.head.weight)
    refiner.eval()
    images = torch.rand(1, 2, 16, 16, 16, requires_grad=True)
    log_odds = torch.zeros(1, 2, 16, 16, 16, requires_grad=True)
    refiner(seen(images, log_odds)).logits[..., 8, 8, 8].sum().backward()
    for given in (images, log_odds):
        reached = given.grad[0].abs().amax(0)
        assert reached[8, 8, 8] > 0 and reached[6, 8, 8] > 0
    # Each output begins with the log odds of its own, not of the other.
    plain = Refiner(SMALL).eval()
    log_odds.grad = None
    plain(seen(images, log_odds)).logits[0, 0].sum().backward()
    assert log_odds.grad[0, 0].min() > 0 and not log_odds.grad[0, 1].any()


def test_its_full_form_is_small_and_works_at_full_resolution():
    refiner = Refiner(RefinerSettings())
    assert sum(parameter.numel() for parameter in refiner.parameters()) == 168_124
    assert refiner.stride == (8, 8, 8)
    assert refiner.eval()(torch.rand(1, 4, 16, 16, 16)).logits.shape == (1, 2, 16, 16, 16)


def test_a_single_level_is_refused():
    with pytest.raises(InputError, match="at least 2 levels, got 1"):
        RefinerSettings(refiner_channels=(8,))


def test_a_bottom_that_its_dilations_cannot_share_is_refused():
    with pytest.raises(InputError, match=r"last of refiner_channels must be a multiple of 4, .*, got 10"):
        RefinerSettings(refiner_channels=(4, 10))


def test_its_bottom_is_dilated_as_the_first_networks():
    assert Refiner(SMALL).settings.bottom_dilations == (1, 1, 2, 4)
