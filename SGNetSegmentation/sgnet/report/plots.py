"""Small statistical plots as SVG, in the colours of the pages. Every mark stands for a value that was measured."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

COLOURS = ("#b3261e", "#2f6f9f", "#8a6d00", "#3b7d3f", "#6b4c9a", "#66717c")
INK, FAINT, LINE = "#1c2126", "#66717c", "#dfe4e8"
_STYLE: Any = {
    "svg.hashsalt": "sgnet",
    "font.size": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": LINE,
    "axes.axisbelow": True,
}


def box_plots(
    values: Mapping[str, Mapping[str, Sequence[float]]], label: str, limits: tuple[float, float] | None = None
) -> str:
    """Boxes of the given values, each value a dot on its box.

    Parameters
    ----------
    values : mapping
        For each colour (named in the legend), for each place on the axis, the values. Boxes reach
        from the first to the third quartile, whiskers to the last value within 1.5 of that range,
        the line is the median, the diamond the mean.
    label : str
        Of the value axis.
    limits : tuple of two float, optional
        Of the value axis; without them it starts at 0 and is logarithmic above 1, for distances.
    """
    places = list(dict.fromkeys(place for one in values.values() for place in one))
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(1.2 + 0.92 * len(places), 2.9)
        width = 0.8 / len(values)
        for number, (name, boxes) in enumerate(values.items()):
            colour = COLOURS[number % len(COLOURS)]
            offset = (number - (len(values) - 1) / 2) * width
            for place, several in boxes.items():
                if len(several):
                    _box(axes, places.index(place) + offset, np.asarray(several, dtype=np.float64), width, colour)
            axes.plot([], [], color=colour, linewidth=5, label=name)
        axes.set_xticks(range(len(places)), places)
        axes.set_xlim(-0.6, len(places) - 0.4)
        axes.set_ylabel(label)
        if limits is None:
            axes.set_yscale("symlog", linthresh=1.0)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(ScalarFormatter())
        else:
            axes.set_ylim(limits)
        if len(values) > 1:
            _legend(axes, len(values))
        return _svg(figure)


def interval_plot(
    groups: Mapping[str, Mapping[str, tuple[float, float, float, str]]], label: str, limits: tuple[float, float]
) -> str:
    """Points with their intervals and a few words above.

    Parameters
    ----------
    groups : mapping
        For each colour, for each place on the axis: value, lower and upper end, words.
    """
    places = list(dict.fromkeys(place for one in groups.values() for place in one))
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(1.0 + 1.05 * len(places), 2.9)
        width = 0.6 / len(groups)
        for number, (name, points) in enumerate(groups.items()):
            colour = COLOURS[number % len(COLOURS)]
            offset = (number - (len(groups) - 1) / 2) * width
            for place, (value, low, high, words) in points.items():
                x = places.index(place) + offset
                axes.plot([x, x], [low, high], color=colour, linewidth=2, solid_capstyle="round")
                axes.plot([x], [value], "o", color=colour, markersize=6, clip_on=False)
                axes.annotate(
                    words, (x, high), textcoords="offset points", xytext=(0, 6), ha="center", color=colour, fontsize=8
                )
            axes.plot([], [], "o-", color=colour, label=name)
        axes.set_xticks(range(len(places)), places)
        axes.set_xlim(-0.6, len(places) - 0.4)
        axes.set_ylim(limits)
        axes.set_ylabel(label)
        if len(groups) > 1:
            _legend(axes, len(groups))
        return _svg(figure)


def scatter_plot(groups: Mapping[str, tuple[Sequence[float], Sequence[float]]], labels: tuple[str, str]) -> str:
    """Points (x, y) of each colour; x is logarithmic, y a score in [0, 1]."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(4.4, 2.9)
        for number, (name, (x, y)) in enumerate(groups.items()):
            colour = COLOURS[number % len(COLOURS)]
            axes.plot(x, y, "o", color=colour, alpha=0.55, markersize=4, markeredgewidth=0, label=name, clip_on=False)
        axes.set_xscale("log")
        axes.set_xticks([1, 2, 3, 5, 10, 20, 50, 100])
        axes.set_xticks([], minor=True)
        axes.xaxis.set_major_formatter(ScalarFormatter())
        if every := [value for x, _ in groups.values() for value in x]:
            axes.set_xlim(0.8 * min(every), 1.25 * max(every))
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.set_ylim(0, 1)
        if len(groups) > 1:
            _legend(axes, len(groups))
        return _svg(figure)


def calibration_plot(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Observed against predicted probability, with the number of voxels in each bin below.

    Parameters
    ----------
    curves : mapping
        For each colour the bins, each with ``low``, ``high``, ``count``, ``predicted``, ``observed``.
    """
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.4, 3.9), layout="constrained")
        FigureCanvasSVG(figure)
        above, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
        above.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        for number, (name, bins) in enumerate(curves.items()):
            colour = COLOURS[number % len(COLOURS)]
            filled = [one for one in bins if one["count"]]
            predicted, observed = ([one[key] for one in filled] for key in ("predicted", "observed"))
            above.plot(predicted, observed, "o-", color=colour, markersize=4, linewidth=1.4, label=name)
            edges = [bins[0]["low"], *(one["high"] for one in bins)]
            below.stairs([one["count"] for one in bins], edges, color=colour, linewidth=1.4)
        above.set_xlim(0, 1)
        above.set_ylim(0, 1)
        above.set_ylabel("share in the reference")
        below.set_yscale("log")
        below.set_ylabel("voxels")
        below.set_xlabel("predicted probability")
        above.legend(frameon=False, fontsize=8, loc="upper left")
        return _svg(figure)


def forest_plot(rows: Sequence[tuple[str, float, tuple[float, float] | None, bool]], label: str) -> str:
    """Differences with their intervals around 0, first row on top; those marked are drawn in colour.

    Parameters
    ----------
    rows : sequence
        Name, value, interval, whether to mark it.
    label : str
        Of the value axis.
    """
    with matplotlib.rc_context({**_STYLE, "axes.grid.axis": "x"}):
        figure, axes = _figure(5.0, 0.75 + 0.26 * len(rows))
        axes.axvline(0, color=FAINT, linewidth=1)
        for row, (_, value, interval, marked) in enumerate(rows):
            colour = COLOURS[0] if marked else FAINT
            if interval is not None:
                axes.plot(interval, [row, row], color=colour, linewidth=2, solid_capstyle="round")
            axes.plot([value], [row], "o", color=colour, markersize=5)
        axes.set_yticks(range(len(rows)), [row[0] for row in rows], color=INK)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.margins(x=0.1)
        axes.set_xlabel(label)
        return _svg(figure)


def _box(axes: Axes, x: float, values: np.ndarray[Any, Any], width: float, colour: str) -> None:
    axes.boxplot(
        values, positions=[x], widths=0.8 * width, showfliers=False, showmeans=True, manage_ticks=False,
        boxprops={"color": colour}, whiskerprops={"color": colour}, capprops={"color": colour},
        medianprops={"color": colour, "linewidth": 2},
        meanprops={"marker": "D", "markerfacecolor": "white", "markeredgecolor": colour, "markersize": 4},
    )  # fmt: skip
    # Spread evenly by rank: the same picture at every run, and no dot hides another for long.
    spread = (np.argsort(np.argsort(values, kind="stable")) * 0.618 % 1 - 0.5) * 0.5 * width
    axes.plot(x + spread, values, "o", color=colour, alpha=0.4, markersize=3, markeredgewidth=0, clip_on=False)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.subplots()


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(frameon=False, fontsize=8, ncols=min(columns, 3), loc="lower left", bbox_to_anchor=(0, 1))


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()
