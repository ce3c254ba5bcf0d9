import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings, PreprocessSettings
from sgnet.errors import Cancelled
from sgnet.events import Progress
from sgnet.inference.guided_filter import GuidedFilter
from sgnet.inference.model import Model
from sgnet.inference.predict import predict
from sgnet.inference.probabilities import calibrated_probabilities, guided_log_odds
from sgnet.networks.network import NetworkOutput

SETTINGS = InferenceSettings(window=(16, 16, 8), batch_size=4, device="cpu", precision="float32")


class Brightness(torch.nn.Module):
    """Log odds of core and whole in proportion to T1ce and FLAIR."""

    stride = (8, 8, 8)

    def __init__(self, steepness=8.0):
        super().__init__()
        self.steepness = steepness

    def forward(self, x):
        return NetworkOutput((x - 0.5) * self.steepness, ())


def model(details=None, **options):
    return Model("bright", Brightness(**options), NetworkSettings(), PreprocessSettings(), "0" * 64, details or {})


@pytest.fixture
def image():
    return np.random.default_rng(0).uniform(0.05, 1, (2, 16, 16, 8)).astype(np.float32)


def logit(p):
    return np.log(p / (1 - p))


def test_without_filter_and_temperatures_they_are_the_networks_own(image):
    found = calibrated_probabilities(image, model(), SETTINGS, Progress())
    np.testing.assert_allclose(found, predict(image, model().network, SETTINGS, Progress()), atol=1e-5)


def test_each_output_is_softened_by_its_own_temperature(image):
    plain = predict(image, model().network, SETTINGS, Progress())
    soft = calibrated_probabilities(image, model({"temperatures": {"core": 1, "whole": 2}}), SETTINGS, Progress())
    np.testing.assert_allclose(soft[0], plain[0], atol=1e-5)
    # whole is nowhere below core, and softening pulls towards one half.
    np.testing.assert_allclose(logit(soft[1]), np.maximum(logit(plain[1]) / 2, logit(plain[0])), atol=1e-3)


def test_the_filter_comes_before_the_temperatures(image):
    guided = {"guided_filter": {"radius": 1, "regularisation": 0.1}, "temperatures": {"core": 2, "whole": 2}}
    found = guided_log_odds(image, model(guided), SETTINGS, Progress())
    plain = logit(predict(image, model().network, SETTINGS, Progress()))
    np.testing.assert_allclose(found, GuidedFilter(1, 0.1).apply(plain, image), atol=1e-3)
    assert np.abs(found - plain).max() > 0.5
    probabilities = calibrated_probabilities(image, model(guided), SETTINGS, Progress())
    np.testing.assert_allclose(logit(probabilities[0]), found[0] / 2, atol=1e-3)
    np.testing.assert_allclose(logit(probabilities[1]), found.max(axis=0) / 2, atol=1e-3)


def test_log_odds_are_cut_where_single_precision_cannot_follow(image):
    image[0, 3, 3, 3], image[0, 9, 9, 3] = 0, 1
    for details in ({}, {"guided_filter": {"radius": 1, "regularisation": 1e-6}}):
        found = guided_log_odds(image, model(details, steepness=200.0), SETTINGS, Progress())
        assert found.min() == -16 and found.max() == 16


def test_certainty_weighs_no_more_than_single_precision_tells(image):
    # In a window far wider than the contrast the filter is a mean: of numbers that were cut before.
    image[0] = 0.05
    image[0, 8, 8, 4] = 1
    details = {"guided_filter": {"radius": 1, "regularisation": 1e6}}
    found = guided_log_odds(image, model(details, steepness=1000.0), SETTINGS, Progress())
    assert found[0, 8, 8, 4] == pytest.approx(-16 + 32 / 27, abs=0.01)


def test_a_run_can_be_cancelled_before_the_filter(image):
    class Late(Progress):
        def step(self, done, total):
            self.done = done == total

        def check(self):
            if getattr(self, "done", False):
                raise Cancelled

    with pytest.raises(Cancelled):
        guided_log_odds(image, model(), SETTINGS, Late())
