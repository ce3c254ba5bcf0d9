"""What a refiner is taught on."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from sgnet.config import InferenceSettings, NetworkSettings, PreprocessSettings, TrainSettings
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.refine import first_log_odds
from sgnet.networks.network import NetworkOutput
from sgnet.networks.refiner import encode_log_odds
from sgnet.networks.registry import build_network
from sgnet.training.first_look import FirstLooker, Looked, find_suspects
from sgnet.training.patches import draw_batch
from sgnet.training.pool import FirstLook, TrainingStudy

NETWORK = NetworkSettings(channels=(4, 4, 8), groups=2, gate="none")


@pytest.fixture(scope="module")
def model():
    return Model("small", build_network(NETWORK).eval(), NETWORK, PreprocessSettings(), "0" * 64, {})


def bodies(*places, size=(30, 30, 30), log_odds=4.0, edge=4):
    array = np.full(size, -10, np.float32)
    for i, j, k in places:
        array[i : i + edge, j : j + edge, k : k + edge] = log_odds
    return array


def test_suspects_are_the_bodies_that_touch_no_lesion_each_with_its_peak():
    log_odds = bodies((2, 2, 2), (12, 12, 12), (20, 2, 2))
    log_odds[3, 4, 5], log_odds[21, 3, 2] = 5, 6
    core = np.zeros(log_odds.shape, bool)
    core[17:19, 13, 13] = True  # two voxels beside the second
    places, suspicion = find_suspects(log_odds, core)
    assert places.tolist() == [[3, 4, 5], [21, 3, 2]]
    np.testing.assert_allclose(suspicion, 1 / (1 + np.exp([-5.0, -6.0])))


def test_specks_and_what_is_surely_nothing_are_no_suspects():
    nothing = np.zeros((30, 30, 30), bool)
    assert len(find_suspects(bodies((2, 2, 2), edge=1), nothing)[0]) == 0
    assert len(find_suspects(bodies((2, 2, 2), log_odds=-2.3), nothing)[0]) == 0
    assert len(find_suspects(bodies((2, 2, 2), log_odds=-2.1), nothing)[0]) == 1
    places, suspicion = find_suspects(bodies(), nothing)
    assert places.shape == (0, 3) and suspicion.shape == (0,)


def test_a_look_holds_what_the_first_network_says_of_the_image_as_it_became(model, make_tiny_study):
    maker = pickle.loads(pickle.dumps(Looked(make_tiny_study, FirstLooker(model, 0.0))))
    study, plain = maker(3), make_tiny_study(3)
    assert study.image.dtype == np.float16 and not np.array_equal(study.image, plain.image)
    np.testing.assert_array_equal(study.instances, plain.instances)
    said = first_log_odds(study.image.astype(np.float32), model, InferenceSettings(), Progress())
    # The image is kept in half precision.
    np.testing.assert_allclose(study.first_look.log_odds, said, atol=0.05)
    again = maker(3)
    np.testing.assert_array_equal(study.image, again.image)
    assert not np.array_equal(study.image, maker(4).image)


class Brightness(torch.nn.Module):
    """Log odds of core and whole in proportion to T1ce and FLAIR."""

    stride = (8, 8, 8)

    def forward(self, x):
        return NetworkOutput((x - 0.5) * 20, ())


def bright(**details):
    return Model("bright", Brightness(), NETWORK, PreprocessSettings(), "0" * 64, details)


def test_flair_is_taken_away_before_the_look_and_in_its_share_of_the_studies(make_tiny_study):
    maker = Looked(make_tiny_study, FirstLooker(bright(), 0.5))
    studies = [maker(number) for number in range(12)]
    without = [study for study in studies if not study.image[1].any()]
    assert 2 <= len(without) <= 10
    for study in studies:
        said = first_log_odds(study.image.astype(np.float32), bright(), InferenceSettings(), Progress())
        np.testing.assert_allclose(study.first_look.log_odds, said, atol=0.05)


def test_what_is_suspected_is_what_the_refiner_begins_with(make_tiny_study):
    def made(number):
        study = make_tiny_study(number)
        study.image[0] = 0.05
        study.image[0, 2:8, 2:8, 2:8] = 0.95
        return study

    # Whatever temperature was fitted, to the first network or to both.
    for details in ({}, {"temperatures": {"core": 1.5, "whole": 1}}):
        look = Looked(made, FirstLooker(bright(**details), 0.0))(6).first_look
        assert len(look.suspects) == 1 and (look.suspects >= 2).all() and (look.suspects < 8).all()
        peak = look.log_odds[0][tuple(look.suspects.T)].astype(float)
        np.testing.assert_allclose(look.suspicion, 1 / (1 + np.exp(-0.4 * peak)), rtol=1e-3)


class FlairAgain(torch.nn.Module):
    """A refiner that takes what is bright on FLAIR for core and whole."""

    stride = (8, 8, 8)

    def forward(self, x):
        return NetworkOutput((x[:, [1, 1]] - 0.5) * 10, ())


def test_a_refiner_that_is_trained_on_is_taught_where_it_errs_itself(make_tiny_study):
    def made(number):
        study = make_tiny_study(number)
        study.image[:] = 0.05
        study.image[0, 2:8, 2:8, 2:8] = 0.95
        study.image[1, 10:14, 2:8, 2:8] = 0.95
        return study

    first = bright()
    look = Looked(made, FirstLooker(replace(first, refiner=FlairAgain()), 0.0))(6).first_look
    assert len(look.suspects) == 1 and 10 <= look.suspects[0, 0] < 14
    # What it learns from is still what the first network says.
    np.testing.assert_array_equal(look.log_odds, Looked(made, FirstLooker(first, 0.0))(6).first_look.log_odds)


def looked_at(suspects, suspicion=None):
    """Everything of a patch says where it was: the first image grows along X, the log odds of the core along Y."""
    image = np.zeros((2, 40, 40, 40), np.float16)
    image[0] = np.linspace(0.1, 0.9, 40)[:, None, None]
    log_odds = np.zeros((2, 40, 40, 40), np.float16)
    log_odds[0] = np.linspace(-8, 8, 40)[None, :, None]
    instances = np.zeros((40, 40, 40), np.uint8)
    instances[4:8, 4:8, 4:8] = 1
    places = np.array(suspects, np.int64).reshape(-1, 3)
    look = FirstLook(log_odds, places, np.array(suspicion or [0.5] * len(places)))
    return TrainingStudy(image, instances, instances > 0, first_look=look)


def test_patches_hold_images_and_encoded_log_odds_of_one_place_untouched():
    settings = TrainSettings(patch=(8, 8, 8), batch_size=4, flair_dropout=1.0, lesion_share=1.0)
    study = looked_at([])
    encoded = encode_log_odds(torch.tensor(np.linspace(-8, 8, 40))).numpy()
    for step in range(5):
        batch = draw_batch([study], settings, step)
        assert batch.image.shape == (4, 4, 8, 8, 8) and batch.image.dtype == np.float32
        for patch in batch.image:
            inside = patch[0] > 0
            assert set(patch[0][inside]) <= set(study.image[0].astype(np.float32).ravel())
            np.testing.assert_allclose(np.abs(patch[2][inside][:, None] - encoded).min(1), 0, atol=1e-3)
            # Beyond the volume is surely nothing.
            assert not patch[2:][:, ~inside].any()


def test_patches_not_centred_on_a_lesion_lie_where_the_first_network_suspects_one():
    settings = TrainSettings(patch=(8, 8, 8), batch_size=8, lesion_share=0.0)
    study = looked_at([(30, 30, 30)])
    near = 0
    for step in range(20):
        for patch in draw_batch([study], settings, step).image:
            middle = np.interp(np.median(patch[2]), [0.25, 0.75], [0, 39])
            near += abs(middle - 30) <= 4
    assert near / 160 > 0.75
    assert draw_batch([looked_at([])], settings, 0).image.shape == (8, 4, 8, 8, 8)


def test_what_is_suspected_more_is_looked_at_more_often():
    settings = TrainSettings(patch=(8, 8, 8), batch_size=8, lesion_share=0.0)
    study = looked_at([(10, 10, 10), (30, 30, 30)], [0.8, 0.1])
    places = []
    for step in range(20):
        for patch in draw_batch([study], settings, step).image:
            places.append(np.interp(np.median(patch[2]), [0.25, 0.75], [0, 39]))
    first, second = (np.mean(np.abs(np.array(places) - place) <= 4) for place in (10, 30))
    assert first > 3 * second > 0
