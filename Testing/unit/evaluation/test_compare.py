import json

import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.evaluation.compare import LARGER_IS_BETTER, average_runs, compare_models, shared_cases
from sgnet.evaluation.paired import holm


def scores(target="core", **metrics):
    """Cases ``a, b, c, ...`` with the given metrics, one value each."""
    count = len(next(iter(metrics.values())))
    return {
        chr(ord("a") + n): {
            target: {
                "reference_volume_ml": n + 1.0,
                "reference_lesions": n,
                **{name: values[n] for name, values in metrics.items()},
            }
        }
        for n in range(count)
    }


FIRST = scores(dice=[0.9, 0.8, 0.7, 0.6, 0.5, 0.4], hd95_mm=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
SECOND = scores(dice=[0.8, 0.85, 0.5, 0.6, 0.2, 0.0], hd95_mm=[2.0, 4.0, 6.0, 8.0, 10.0, 12.0])


def only(models, metric):
    (comparison,) = compare_models(models, [metric])
    return comparison


def test_numbers_by_hand():
    # Differences 0.1, -0.05, 0.2, 0, 0.3, 0.4: ranks 2, 1, 3, -, 4, 5, so W- = 1 and W+ = 14.
    found = only({"x": FIRST, "y": SECOND}, "dice")
    assert (found.n, found.first_better, found.second_better, found.ties, found.undefined) == (6, 4, 1, 1, 0)
    assert found.mean_first == pytest.approx(0.65)
    assert found.mean_difference == pytest.approx(0.95 / 6)
    assert found.effect == pytest.approx(13 / 15)
    # Rank sums of at most 1 out of five ranks: none and {1}, of 32.
    assert (found.p_value, found.test) == (pytest.approx(2 * 2 / 32), "exact")
    assert found.ci95[0] < found.mean_difference < found.ci95[1]


def test_where_smaller_is_better_the_smaller_one_wins():
    found = only({"x": FIRST, "y": SECOND}, "hd95_mm")
    assert (found.first_better, found.effect) == (6, 1.0)
    assert found.mean_difference == -3.5


def test_every_metric_has_a_direction_that_the_scores_know():
    from sgnet.evaluation.case import evaluate_case
    from sgnet.geometry import Grid

    mask = np.ones((3, 3, 3))
    known = evaluate_case(mask, mask, Grid((3, 3, 3), np.eye(4)))["core"]
    assert set(LARGER_IS_BETTER) <= set(known)


def test_undefined_scores_are_left_out_in_pairs_and_counted():
    first = scores(sensitivity=[None, 0.5, 0.5, 1.0])
    second = scores(sensitivity=[0.5, None, 0.25, 0.5])
    found = only({"x": first, "y": second}, "sensitivity")
    assert (found.n, found.undefined, found.mean_first, found.mean_second) == (2, 2, 0.75, 0.375)
    nothing = only({"x": scores(sensitivity=[None]), "y": scores(sensitivity=[0.5])}, "sensitivity")
    assert (nothing.n, nothing.undefined, nothing.p_value, nothing.p_holm) == (0, 1, None, None)


def test_three_models_make_three_pairs_and_one_correction_over_all_metrics():
    third = scores(dice=[0.7, 0.7, 0.6, 0.5, 0.4, 0.3], hd95_mm=[9.0, 8.0, 7.5, 7.0, 6.5, 6.25])
    found = compare_models({"x": FIRST, "y": SECOND, "z": third}, ["dice", "hd95_mm"])
    assert [(one.metric, one.first, one.second) for one in found] == [
        (metric, *pair) for metric in ("dice", "hd95_mm") for pair in (("x", "y"), ("x", "z"), ("y", "z"))
    ]
    assert [one.p_holm for one in found] == holm([one.p_value for one in found])
    assert found[0].p_holm > found[0].p_value


def test_against_one_model_the_others_are_not_compared_with_each_other():
    models = {"x": FIRST, "y": SECOND, "z": FIRST}
    found = compare_models(models, ["dice"], against="y")
    assert [(one.first, one.second) for one in found] == [("x", "y"), ("z", "y")]
    assert found[0].p_holm == pytest.approx(2 * found[0].p_value)
    with pytest.raises(InputError, match="no model 'w'"):
        compare_models(models, ["dice"], against="w")


def test_order_of_the_cases_does_not_matter():
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(list(FIRST)).tolist()
        shuffled = {name: {case: cases[case] for case in order} for name, cases in (("x", FIRST), ("y", SECOND))}
        assert compare_models(shuffled) == compare_models({"x": FIRST, "y": SECOND})


def test_exchanging_the_models_mirrors_everything():
    for metric in ("dice", "hd95_mm"):
        one, other = only({"x": FIRST, "y": SECOND}, metric), only({"y": SECOND, "x": FIRST}, metric)
        assert other.mean_difference == pytest.approx(-one.mean_difference)
        assert other.ci95 == pytest.approx((-one.ci95[1], -one.ci95[0]))
        assert other.effect == pytest.approx(-one.effect)
        assert (other.p_value, other.ties) == (one.p_value, one.ties)
        assert (other.first_better, other.second_better) == (one.second_better, one.first_better)


def test_a_model_is_no_better_than_itself():
    found = only({"x": FIRST, "same": FIRST}, "dice")
    assert (found.mean_difference, found.ci95, found.p_value, found.effect, found.ties) == (0, (0, 0), 1, 0, 6)


def test_cases_of_one_model_only_are_refused_by_name_and_can_be_left_out():
    longer = scores(dice=[0.1] * 7)
    with pytest.raises(InputError, match=r"y has the case 'g', which not every model has"):
        compare_models({"x": FIRST, "y": longer})
    kept, left_out = shared_cases({"x": FIRST, "y": longer})
    assert left_out == {"x": [], "y": ["g"]}
    assert only(kept, "dice").n == 6
    with pytest.raises(InputError, match=r"'a', 'b', 'c' and 3 more"):
        compare_models({"x": FIRST, "y": {}})


def test_one_name_for_two_references_is_refused():
    other = {**SECOND, "c": {"core": {**SECOND["c"]["core"], "reference_volume_ml": 9.0}}}
    with pytest.raises(InputError, match="Case 'c' has another reference"):
        compare_models({"x": FIRST, "y": other})


@pytest.mark.parametrize(
    ("models", "metrics", "said"),
    [({"x": FIRST}, ["dice"], "two or more models"), ({"x": FIRST, "y": SECOND}, ["accuracy"], "'accuracy'")],
)
def test_what_cannot_be_compared_is_refused(models, metrics, said):
    with pytest.raises(InputError, match=said):
        compare_models(models, metrics)


def test_targets_are_compared_apart_and_a_missing_one_is_undefined():
    both = {case: {"core": FIRST[case]["core"], "whole": FIRST[case]["core"]} for case in FIRST}
    found = compare_models({"x": both, "y": SECOND}, ["dice"])
    assert [(one.target, one.n, one.undefined) for one in found] == [("core", 6, 0), ("whole", 0, 6)]


def test_a_comparison_is_ready_for_json():
    found = compare_models({"x": FIRST, "y": SECOND})
    assert json.loads(json.dumps([one.to_dict() for one in found], allow_nan=False))[0]["first"] == "x"


def test_runs_are_averaged_case_by_case():
    one, two = scores(dice=[0.2, 0.4], sensitivity=[None, 1.0]), scores(dice=[0.4, 0.8], sensitivity=[0.5, 0.0])
    mean = average_runs([one, two])
    assert [mean[case]["core"]["dice"] for case in "ab"] == pytest.approx([0.3, 0.6])
    assert [mean[case]["core"]["sensitivity"] for case in "ab"] == [None, 0.5]
    assert mean["b"]["core"]["reference_lesions"] == 1
    with pytest.raises(InputError, match="run 1 has the case 'b'"):
        average_runs([one, {"a": two["a"]}])
