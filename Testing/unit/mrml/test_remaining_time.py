import pytest

from sgnet.mrml.remaining_time import RemainingTime


def after(*steps):
    time = RemainingTime()
    for done, total, now in steps:
        time.step(done, total, now)
    return time


def test_even_steps_give_the_rest_exactly_and_it_counts_down_between_them():
    time = after((0, 100, 10.0), (25, 100, 20.0))
    assert time.seconds(20.0) == pytest.approx(30.0)
    assert time.seconds(25.0) == pytest.approx(25.0)
    assert time.seconds(1000.0) == 0.0


@pytest.mark.parametrize(
    "steps", [[], [(1, 9, 0.0)], [(1, 9, 0.0), (3, 9, 60.0)], [(0, 90, 0.0), (50, 90, 0.5)]], ids=range(4)
)
def test_too_little_to_go_by_gives_no_estimate(steps):
    assert after(*steps).seconds(61.0) is None


def test_a_run_that_begins_again_is_estimated_anew():
    time = after((0, 40, 0.0), (30, 40, 3.0), (1, 160, 20.0), (11, 160, 30.0))
    assert time.seconds(30.0) == pytest.approx(149.0)
    time = after((5, 40, 0.0), (30, 40, 3.0), (1, 40, 20.0), (11, 40, 40.0))
    assert time.seconds(40.0) == pytest.approx(58.0)
