"""A follow-up as a picture: the volume of every lesion before and now, and the sum of the target diameters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from sgnet import RESEARCH_USE_ONLY
from sgnet.atomic import atomic_path
from sgnet.lesions.followup_record import FollowUp
from sgnet.lesions.rano_bm import MEANINGS, PARTIAL_DECREASE, PROGRESSIVE_INCREASE, PROGRESSIVE_MM
from sgnet.lesions.track import Change, Track
from sgnet.report.plots import FAINT, INK, LINE

# A colour and a mark for each, so that neither is needed alone.
MARKS = {
    Change.NEW: ("#b3261e", "P"),
    Change.RETURNED: ("#b3261e", "X"),
    Change.GROWN: ("#c2590a", "^"),
    Change.STABLE: ("#66717c", "s"),
    Change.SHRUNK: ("#3b7d3f", "v"),
    Change.GONE: ("#2f6f9f", "o"),
}
MOST_LESIONS = 40

_DPI = 130
_STYLE: Any = {"font.size": 9.0, "axes.edgecolor": FAINT, "axes.spines.top": False, "axes.spines.right": False}


def draw_followup(followup: FollowUp, path: Path) -> None:
    """Draw volumes and sums; the 40 lesions with the largest volume on either scan, and a note of the others.

    Parameters
    ----------
    followup : FollowUp
    path : Path
        A PNG; appears only once it is complete.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    shown = sorted(followup.tracks, key=lambda track: -max(track.volume_ml(-2), track.volume_ml()))[:MOST_LESIONS]
    shown.sort(key=lambda track: track.number)
    with matplotlib.rc_context(_STYLE):
        height = 2.3 + 0.24 * max(len(shown), 7)
        figure = Figure(figsize=(9.5, height), dpi=_DPI, facecolor="white")
        FigureCanvasAgg(figure)
        figure.suptitle(_title(followup), x=0.02, ha="left", y=1 - 0.12 / height, va="top", fontsize=11, color=INK)
        bottom, top = 0.95 / height, 1 - 0.75 / height
        _volumes(figure.add_axes((0.09, bottom, 0.52, top - bottom)), followup, shown)
        _sums(figure.add_axes((0.71, bottom, 0.27, top - bottom)), followup)
        left_out = len(followup.tracks) - len(shown)
        note = f"{left_out} smaller lesions are not shown. " if left_out else ""
        figure.text(
            0.02, 0.1 / height, note + f"Imaging part of RANO-BM only. {RESEARCH_USE_ONLY}", color=FAINT, size=7
        )
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format="png", metadata={"Software": "sgnet"})


def _title(followup: FollowUp) -> str:
    overall = followup.assessment.overall
    return f"{overall.value}: {MEANINGS[overall]} (images alone)"


def _volumes(axes: Axes, followup: FollowUp, shown: list[Track]) -> None:
    fates = [track.change(followup.settings) for track in shown]
    for row, (track, fate) in enumerate(zip(shown, fates, strict=True)):
        colour, mark = MARKS[fate]
        before, now = track.volume_ml(-2), track.volume_ml()
        axes.plot([before, now], [row, row], color=colour, linewidth=1.6, zorder=2)
        axes.plot([before], [row], "o", markersize=5, color="white", markeredgecolor=colour, zorder=3)
        axes.plot([now], [row], mark, markersize=7, color=colour, zorder=4)
    names = [f"{track.name} T" if track.number in followup.assessment.targets else track.name for track in shown]
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    # Volumes span four powers of ten, and those of new and gone lesions are 0.
    axes.set_xscale("symlog", linthresh=0.05, linscale=0.6)
    largest = max((max(track.volume_ml(-2), track.volume_ml()) for track in shown), default=1.0)
    axes.set_xlim(-0.004, max(largest * 1.6, 0.2))
    ticks = [0.0, *(value for value in (0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if value <= largest * 1.6)]
    axes.set_xticks(ticks)
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_xlabel("Volume (ml): circle before, mark now")
    axes.set_ylabel("Lesion (T: target)")
    axes.grid(axis="x", color=LINE)
    axes.set_axisbelow(True)
    if not shown:
        axes.text(0.5, 0.5, "No lesion on any scan", transform=axes.transAxes, ha="center", color=FAINT)
        return
    counts = {fate: fates.count(fate) for fate in MARKS if fate in fates}
    handles = [
        Line2D([], [], color=MARKS[fate][0], marker=MARKS[fate][1], linestyle="", label=f"{fate.value} ({count})")
        for fate, count in counts.items()
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), frameon=False,
                handletextpad=0.2, columnspacing=1.0, borderaxespad=0.1)  # fmt: skip


def _sums(axes: Axes, followup: FollowUp) -> None:
    sums = followup.assessment.sums_mm
    places = list(range(len(sums)))
    axes.set_xticks(places, [*(["first", *("" for _ in sums[2:]), "now"] if len(sums) > 2 else ["before", "now"])])
    axes.set_xlim(-0.4, len(sums) - 0.6)
    axes.set_ylabel("Sum of target diameters (mm)")
    if not followup.assessment.targets:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "No measurable\nlesion at first", transform=axes.transAxes, ha="center", color=FAINT)
        return
    response = (1 - PARTIAL_DECREASE) * sums[0]
    progression = (1 + PROGRESSIVE_INCREASE) * min(sums[:-1])
    axes.axhline(response, color=MARKS[Change.SHRUNK][0], linewidth=1, linestyle="--")
    axes.axhline(progression, color=MARKS[Change.GROWN][0], linewidth=1, linestyle="--")
    axes.plot(places, sums, "o-", color=INK)
    for place, value in zip(places, sums, strict=True):
        axes.annotate(f"{value:.0f}", (place, value), textcoords="offset points", xytext=(0, 7), ha="center")
    top = 1.18 * max(*sums, progression)
    axes.set_ylim(0, math.ceil(top))
    axes.text(len(sums) - 0.62, response, "PR", color=MARKS[Change.SHRUNK][0], va="bottom", ha="right")
    text = f"PD, with {PROGRESSIVE_MM:.0f} mm"
    axes.text(-0.38, progression, text, color=MARKS[Change.GROWN][0], va="bottom", ha="left")
