"""What the marks stand for, read back from the drawn figure."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from sgnet.report import plots


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were written, before they became text."""
    figures = []
    save = Figure.savefig

    def keep(figure, *args, **kwargs):
        figures.append(figure)
        save(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures


def xy(line):
    return np.column_stack(line.get_data()).tolist()


def test_every_value_is_a_dot_and_the_boxes_are_their_quartiles(drawn):
    values = [0.1, 0.2, 0.4, 0.5, 0.9]
    plots.box_plots({"core": {"Dice": values}, "whole": {"Dice": []}}, "share", (0.0, 1.0))
    lines = drawn[0].axes[0].get_lines()
    (dots,) = [line for line in lines if line.get_marker() == "o"]
    assert sorted(dots.get_ydata()) == values
    heights = {round(float(y), 6) for line in lines for y in line.get_ydata()}
    assert {0.2, 0.4, 0.5, 0.42} <= heights  # quartiles, median, mean


def test_intervals_are_drawn_from_end_to_end_with_their_words(drawn):
    plots.interval_plot({"core": {"<3 mm": (0.5, 0.2, 0.8, "1/2"), "3-5 mm": (1.0, 0.4, 1.0, "2/2")}}, "found", (0, 1))
    axes = drawn[0].axes[0]
    bars = [line for line in axes.get_lines() if len(line.get_xdata()) == 2]
    assert [list(line.get_ydata()) for line in bars] == [[0.2, 0.8], [0.4, 1.0]]
    assert [text.get_text() for text in axes.texts] == ["1/2", "2/2"]


def test_empty_bins_are_left_out_of_a_calibration_curve_and_drawn_as_empty(drawn):
    bins = [
        {"low": 0.0, "high": 0.5, "count": 0, "predicted": None, "observed": None},
        {"low": 0.5, "high": 1.0, "count": 9, "predicted": 0.7, "observed": 0.6},
    ]
    plots.calibration_plot({"core": bins})
    above, below = drawn[0].axes
    assert xy(above.get_lines()[1]) == [[0.7, 0.6]]
    assert below.patches[0].get_data().values.tolist() == [0, 9]


def test_differences_stand_in_their_order_with_their_intervals(drawn):
    plots.forest_plot([("a", 0.1, (-0.1, 0.3), False), ("b", -0.2, None, True)], "difference")
    axes = drawn[0].axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    assert axes.yaxis_inverted()
    assert xy(axes.get_lines()[1]) == [[-0.1, 0.0], [0.3, 0.0]]


def test_drawing_does_not_change_the_style_of_other_figures():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plots.scatter_plot({"core": ([5.0], [0.5])}, ("x", "y"))
    assert dict(matplotlib.rcParams) == before
