import pytest
from scipy.stats import binomtest

from sgnet.evaluation.intervals import wilson_interval


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (0, 7), (1, 1), (3, 4), (7, 7), (40, 128), (999, 1000)])
def test_it_is_the_interval_of_scipy(successes, trials):
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_it_holds_its_own_end_exactly():
    assert wilson_interval(0, 5)[0] == 0.0
    assert wilson_interval(5, 5)[1] == 1.0


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(successes, trials):
    with pytest.raises(ValueError, match="successes must be in"):
        wilson_interval(successes, trials)
