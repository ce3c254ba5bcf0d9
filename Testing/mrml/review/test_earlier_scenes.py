"""Scenes that were saved before a setting or a lesion's confidence was there."""

import json

import pytest

from sgnet.config import LesionSettings
from sgnet.lesions.confidence import AS_PEAK
from sgnet.lesions.tightening import AT_THRESHOLD, Tightening

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from sgnet.mrml.probability_nodes import MAP_ATTRIBUTE, map_nodes, stored_map
from sgnet.mrml.review_state import SETTINGS_ATTRIBUTE, STATE_ATTRIBUTE
from sgnet.mrml.steps import finish

SMALL = 8.0
MADE_WITH = LesionSettings(0.5, SMALL, min_confidence=0.0)


def test_a_scene_without_a_confidence_goes_by_the_peak(node):
    core = map_nodes(node)[0]
    content = json.loads(core.GetAttribute(MAP_ATTRIBUTE))
    del content["confidence"]
    core.SetAttribute(MAP_ATTRIBUTE, json.dumps(content))
    assert stored_map(node).confidence == AS_PEAK
    content["confidence"] = {"peak": "high"}
    core.SetAttribute(MAP_ATTRIBUTE, json.dumps(content))
    assert stored_map(node) is None


def test_a_scene_without_a_tightening_has_the_outlines_of_the_threshold(make):
    node = make(tightening=Tightening(0.2, 0.3))
    core = map_nodes(node)[0]
    content = json.loads(core.GetAttribute(MAP_ATTRIBUTE))
    del content["tightening"]
    core.SetAttribute(MAP_ATTRIBUTE, json.dumps(content))
    assert stored_map(node).tightening == AT_THRESHOLD


def test_a_scene_that_named_a_least_peak_is_reviewed_at_it(node, review_of):
    content = json.loads(node.GetAttribute(SETTINGS_ATTRIBUTE))
    del content["min_confidence"]
    node.SetAttribute(SETTINGS_ATTRIBUTE, json.dumps({**content, "min_peak_probability": 0.75}))
    assert review_of(node).settings.min_confidence == 0.75


def test_a_scene_from_before_there_was_a_least_peak_shows_what_was_found_then(node, review_of):
    content = json.loads(node.GetAttribute(SETTINGS_ATTRIBUTE))
    del content["min_confidence"]
    node.SetAttribute(SETTINGS_ATTRIBUTE, json.dumps(content))
    review = review_of(node)
    assert review.run_settings == review.settings == MADE_WITH
    assert sorted(row.name for row in review.rows() if row.status) == ["1", "2", "3"]


def test_so_does_one_that_was_reviewed(node, review_of):
    finish(review_of(node).rethreshold(LesionSettings(0.45, SMALL, min_confidence=0.0)))
    content = json.loads(node.GetAttribute(STATE_ATTRIBUTE))
    del content["run"]["min_confidence"], content["now"]["min_confidence"]
    node.SetAttribute(STATE_ATTRIBUTE, json.dumps(content))
    review = review_of(node)
    assert review.run_settings == MADE_WITH
    assert review.settings == LesionSettings(0.45, SMALL, min_confidence=0.0)
    assert sorted(row.name for row in review.rows() if row.status) == ["1", "2", "3"]
