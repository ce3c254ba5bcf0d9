import dataclasses
import json

import pytest

from sgnet import config
from sgnet.config import InferenceSettings, LesionSettings, NetworkSettings, Settings
from sgnet.errors import InputError

ALL = [c for c in vars(config).values() if isinstance(c, type) and issubclass(c, Settings) and c is not Settings]


@pytest.mark.parametrize("settings", ALL)
def test_every_setting_has_a_help_sentence_and_a_valid_default(settings):
    settings()
    for item in dataclasses.fields(settings):
        assert item.metadata["help"].endswith("."), item.name


@pytest.mark.parametrize("settings", ALL)
def test_settings_survive_json(settings):
    assert settings.from_dict(json.loads(json.dumps(settings().to_dict()))) == settings()


@pytest.mark.parametrize("value", [0.0, 1.0, -1, float("nan")])
def test_threshold_out_of_range_is_refused_with_the_range(value):
    with pytest.raises(InputError, match=r"threshold must be in \[0\.01, 0\.99\], got"):
        LesionSettings(threshold=value)


def test_each_number_of_a_tuple_is_checked():
    with pytest.raises(InputError, match=r"window must be in \[8, 512\], got 4"):
        InferenceSettings(window=(96, 4, 32))


def test_unknown_choice_is_refused_with_the_choices():
    with pytest.raises(InputError, match="gate must be one of none, soft, hard, got 'maybe'"):
        NetworkSettings(gate="maybe")


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"no setting 'treshold'; it has min_confidence, .*threshold"):
        LesionSettings.from_dict({"treshold": 0.4})
