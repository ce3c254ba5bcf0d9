import json

import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.evaluation.case import evaluate_case
from sgnet.evaluation.summary import summarise
from sgnet.geometry import Grid

GRID = Grid((12, 3, 3), np.eye(4))


def mask(*spans):
    array = np.zeros(GRID.shape, dtype=np.uint8)
    for first, last in spans:
        array[first:last] = 1
    return array


PERFECT = evaluate_case(mask((0, 3), (8, 11)), mask((0, 3), (8, 11)), GRID)
HALF = evaluate_case(mask((0, 3)), mask((0, 3), (8, 11)), GRID)
MISSED = evaluate_case(mask(), mask((0, 3)), GRID)
FALSE = evaluate_case(mask((0, 3)), mask(), GRID)
EMPTY = evaluate_case(mask(), mask(), GRID)


def test_labels_and_masks_score_alike():
    labels = mask((0, 3)) * 7
    assert evaluate_case(labels, mask((0, 3)) > 0, GRID) == evaluate_case(mask((0, 3)), mask((0, 3)), GRID)


def test_whole_is_scored_when_both_masks_are_given():
    scores = evaluate_case(mask(), mask(), GRID, mask((0, 3)), mask((0, 4)))
    assert scores["core"]["empty"] == "both"
    assert scores["whole"]["dice"] == pytest.approx(2 * 27 / (27 + 36))
    with pytest.raises(InputError, match="both"):
        evaluate_case(mask(), mask(), GRID, predicted_whole=mask())


def test_a_mask_on_another_grid_is_refused():
    with pytest.raises(InputError, match=r"reference core \(2, 2, 2\) does not fit the grid"):
        evaluate_case(mask(), np.zeros((2, 2, 2)), GRID)


def test_a_case_and_a_summary_are_ready_for_json():
    cases = [PERFECT, HALF, MISSED, FALSE, EMPTY]
    assert json.loads(json.dumps(cases, allow_nan=False))[0] == PERFECT
    json.dumps(summarise(cases), allow_nan=False)


def test_mean_and_sample_standard_deviation():
    dice = summarise([PERFECT, MISSED])["core"]["scores"]["dice"]
    assert (dice["mean"], dice["n"]) == (0.5, 2)
    assert dice["sd"] == pytest.approx(np.sqrt(0.5))
    assert summarise([PERFECT])["core"]["scores"]["dice"]["sd"] is None


def test_undefined_scores_are_left_out_and_counted():
    error = summarise([FALSE, MISSED])["core"]["scores"]["relative_volume_error_percent"]
    assert (error["mean"], error["n"]) == (100.0, 1)
    none = summarise([FALSE])["core"]["scores"]["relative_volume_error_percent"]
    assert none == {"mean": None, "sd": None, "ci95": None, "n": 0}


def test_empty_cases_are_counted_and_what_they_were_given_is_said():
    empty = summarise([PERFECT, MISSED, MISSED, FALSE, EMPTY])["core"]["empty"]
    assert {which: entry["cases"] for which, entry in empty.items()} == {"both": 1, "predicted": 2, "reference": 1}
    assert "374 mm" in empty["predicted"]["given"]


def test_lesions_are_pooled_over_scans():
    lesions = summarise([PERFECT, HALF, FALSE])["core"]["lesions"]
    assert (lesions["reference"], lesions["found"], lesions["false_positives"]) == (4, 3, 1)
    assert lesions["sensitivity"]["value"] == 0.75
    assert lesions["precision"]["value"] == 0.75
    assert lesions["f1"]["value"] == 0.75
    assert lesions["false_positives_per_scan"]["value"] == pytest.approx(1 / 3)
    counts = lesions["by_diameter"]["3-5 mm"]
    assert (counts["reference"], counts["found"], counts["sensitivity"]) == (4, 3, 0.75)
    assert counts["ci95"] == pytest.approx([0.3006, 0.9544], abs=1e-4)
    assert lesions["by_diameter"]["<3 mm"] == {"reference": 0, "found": 0, "sensitivity": None, "ci95": None}


def test_rates_without_a_denominator_are_none():
    lesions = summarise([EMPTY])["core"]["lesions"]
    assert lesions["sensitivity"] == {"value": None, "ci95": None}
    assert lesions["false_positives_per_scan"]["value"] == 0.0


def test_confidence_interval_holds_the_mean_and_shrinks_with_more_scans():
    few = summarise([PERFECT, MISSED] * 3)["core"]["scores"]["dice"]
    many = summarise([PERFECT, MISSED] * 30)["core"]["scores"]["dice"]
    for score in (few, many):
        assert score["ci95"][0] < score["mean"] < score["ci95"][1]
    assert many["ci95"][1] - many["ci95"][0] < 0.5 * (few["ci95"][1] - few["ci95"][0])


def test_interval_of_many_scans_is_that_of_the_normal_approximation():
    low, high = summarise([PERFECT, MISSED] * 100)["core"]["scores"]["dice"]["ci95"]
    half_width = 1.96 * 0.5 / np.sqrt(200)
    assert (low, high) == pytest.approx((0.5 - half_width, 0.5 + half_width), abs=0.01)


def test_one_seed_gives_one_result():
    cases = [PERFECT, HALF, MISSED]
    assert summarise(cases, seed=3) == summarise(cases, seed=3)


def test_targets_are_summarised_apart():
    both = evaluate_case(mask(), mask(), GRID, mask((0, 3)), mask((0, 3)))
    summary = summarise([PERFECT, both])
    assert summary["core"]["cases"] == 2
    assert summary["whole"]["cases"] == 1
