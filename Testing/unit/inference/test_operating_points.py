import json

import pytest

from sgnet.config import LesionSettings
from sgnet.errors import InputError, ModelError
from sgnet.inference.operating_points import matching_point, named_point, operating_points, read_config
from sgnet.models import SHIPPED

CONFIG = {
    "operating_points": {
        "precise": {
            "threshold": 0.6, "min_volume_mm3": 40, "min_confidence": 0.75,
            "expected": {"synthetic": {"false_lesions": 0.5}},
        },
        "sensitive": {"threshold": 0.3, "min_volume_mm3": 10},
    }
}  # fmt: skip


def test_points_come_in_the_order_of_the_file():
    assert [point.name for point in operating_points(CONFIG)] == ["precise", "sensitive"]
    assert operating_points({}) == ()


def test_a_point_sets_its_thresholds_and_leaves_the_rest():
    settings = named_point(CONFIG, "sensitive").settings(LesionSettings(split_touching=True))
    # Older models name no least confidence: none was asked for when they were measured.
    assert settings == LesionSettings(threshold=0.3, min_volume_mm3=10, min_confidence=0, split_touching=True)
    # Up to sgnet-0.10 the confidence was the peak probability.
    older = {"operating_points": {"precise": {"threshold": 0.3, "min_volume_mm3": 20, "min_peak_probability": 0.8}}}
    assert named_point(older, "precise").min_confidence == 0.8
    assert named_point(CONFIG, "precise").settings(LesionSettings()).min_confidence == 0.75


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(InputError, match="precise, sensitive"):
        named_point(CONFIG, "lucky")


def test_settings_know_the_point_they_are_at():
    point = matching_point(CONFIG, LesionSettings(0.6, 40, 0.75, split_touching=True))
    assert point is not None and point.to_dict() == {
        "name": "precise", "expected": {"synthetic": {"false_lesions": 0.5}},
    }  # fmt: skip
    assert matching_point(CONFIG, LesionSettings(0.6, 41, 0.75)) is None
    assert matching_point(CONFIG, LesionSettings(0.6, 40, 0.7)) is None
    assert matching_point(CONFIG, LesionSettings(0.3, 10, 0)) is not None


def test_a_point_that_no_settings_can_have_fits_none_and_hinders_no_run():
    config = {"operating_points": {"odd": {"threshold": 5, "min_volume_mm3": 1}}}
    assert matching_point(config, LesionSettings()) is None


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_folder_without_a_description_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError):
        read_config(tmp_path)


def test_the_default_settings_are_the_shipped_models_first_point():
    points = operating_points(json.loads((SHIPPED / "config.json").read_text()))
    assert [point.name for point in points] == ["precise", "sensitive"]
    assert points[0].settings(LesionSettings()) == LesionSettings()
