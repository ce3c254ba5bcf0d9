"""A picture of the gates: which parts of the head each level of the network was allowed to see in detail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sgnet import RESEARCH_USE_ONLY
from sgnet.atomic import atomic_path
from sgnet.inference.gate_maps import GateMap
from sgnet.inference.segmentation import Segmentation
from sgnet.report.panel import CORE, FAINT, INK, PAPER, WHOLE, Contour, Frame, draw_panel
from sgnet.report.rows import lesion_rows, slice_rows
from sgnet.report.view import AxialView
from sgnet.report.window import windowed

MAX_ROWS = 5
_PANEL, _GAP, _TOP, _LEFT = 2.4, 0.05, 0.75, 1.0  # inches
_OPEN = "#35c4ff"


def draw_gates(segmentation: Segmentation, gates: Sequence[GateMap], path: Path) -> None:
    """T1ce with the result's contours, then one column a level, coarsest first, open gates tinted.

    Parameters
    ----------
    segmentation : Segmentation
        Its largest lesions choose the slices; without lesions three slices of the head are shown.
    gates : sequence of GateMap
        :func:`sgnet.inference.gate_maps.gate_maps`, brought onto the T1ce grid.
    path : Path
        A PNG; appears only once it is complete.
    """
    view = AxialView(segmentation.grid)
    t1ce, head = windowed(segmentation.study.t1ce)
    rows = lesion_rows(segmentation, view, MAX_ROWS) or slice_rows(head, view)
    width, height = view.size_mm
    frame = Frame.of_head(head, view)
    panel = _PANEL * (frame.right - frame.left) / (frame.bottom - frame.top)
    columns = 1 + len(gates)
    size = _LEFT + columns * (panel + _GAP), _TOP + len(rows) * (_PANEL + _GAP)
    figure = Figure(figsize=size, dpi=110, facecolor=PAPER)
    FigureCanvasAgg(figure)
    figure.text(0.1 / size[0], 1 - 0.12 / size[1], "Open gates", color=INK, fontsize=12, va="top", fontweight="bold")
    figure.text(1 - 0.1 / size[0], 1 - 0.12 / size[1], RESEARCH_USE_ONLY, color=WHOLE, fontsize=7, va="top", ha="right")
    coarsest_first = list(reversed(gates))
    titles = ["T1ce, result", *(f"gates at {one.voxel_mm:g} mm" for one in coarsest_first)]
    for column, title in enumerate(titles):
        x = (_LEFT + column * (panel + _GAP)) / size[0]
        figure.text(x, 1 - (_TOP - 0.08) / size[1], title, color=FAINT, fontsize=8)
    for line, row in enumerate(rows):
        bottom = size[1] - _TOP - (line + 1) * (_PANEL + _GAP) + _GAP
        figure.text(0.1 / size[0], (bottom + _PANEL / 2) / size[1], row.title or row.lines[0], color=INK, fontsize=9)
        image = view.slice(t1ce.array, row.slice_index).astype(np.float32)
        contours = [
            Contour.of(segmentation.whole, view, row.slice_index, WHOLE),
            Contour.of(segmentation.core, view, row.slice_index, CORE),
        ]
        for column in range(columns):
            left = _LEFT + column * (panel + _GAP)
            axes = figure.add_axes((left / size[0], bottom / size[1], panel / size[0], _PANEL / size[1]))
            if column == 0:
                draw_panel(axes, image, view, frame, contours, line_width=0.8)
                continue
            draw_panel(axes, image, view, frame)
            openness = view.slice(coarsest_first[column - 1].openness, row.slice_index)
            tint = np.zeros((*openness.shape, 4), np.float32)
            tint[..., :3] = [int(_OPEN[n : n + 2], 16) / 255 for n in (1, 3, 5)]
            tint[..., 3] = np.float32(0.6) * openness.astype(np.float32)
            axes.imshow(tint, extent=(0.0, width, height, 0.0), interpolation="nearest", aspect="equal")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=PAPER, metadata={"Software": "sgnet"})
