"""One picture of a result: every lesion on T1ce and FLAIR, as a radiologist would page to it."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sgnet import RESEARCH_USE_ONLY
from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.inference.segmentation import Segmentation
from sgnet.report.panel import (
    CORE,
    DASHED,
    FAINT,
    INK,
    PAPER,
    TRUTH,
    WHOLE,
    Contour,
    Frame,
    draw_box,
    draw_number,
    draw_panel,
    draw_scale,
)
from sgnet.report.rows import Row, lesion_rows, missed_rows, slice_rows
from sgnet.report.view import AxialView
from sgnet.report.window import windowed

MAX_ROWS = 12

_DPI = 120
_MARGIN, _GAP, _ROW, _TALL_ROW, _TEXT, _HEADER, _TITLES, _NOTE = 0.18, 0.05, 2.3, 3.2, 1.75, 1.0, 0.25, 0.25  # inches
_NAMES = 0.6
_ROWS_FOR_MISSED = 4


def draw_overview(segmentation: Segmentation, path: Path, truth: NDArray[np.bool_] | None = None) -> None:
    """Draw the lesions, largest first, one row each: whole T1ce and FLAIR slices and three enlargements.

    The slice is the one with the lesion's longest axial diameter, in the native T1ce plane nearest
    to axial and in radiological convention; FLAIR is sampled along it through the headers. Core
    contours are red, whole-lesion contours yellow, the reference dashed green, all along voxel
    edges. Reference lesions that no core touches follow as rows of their own. At most 12 rows are
    drawn, up to 4 of them kept for missed lesions; a note says what was left out. Without any row,
    three slices of the head are shown.

    Parameters
    ----------
    segmentation : Segmentation
        What counts as a lesion is named in the picture as in ``provenance["settings"]["lesions"]``, where that is
        given.
    path : Path
        A PNG; appears only once it is complete.
    truth : ndarray of bool, shape (I, J, K) of the T1ce grid, optional
        The reference core.

    Raises
    ------
    InputError
        If the file cannot be written or the truth does not fit the T1ce grid.
    """
    if truth is not None and truth.shape != segmentation.grid.shape:
        raise InputError(
            f"The reference {truth.shape} does not fit the T1ce grid {segmentation.grid.shape}; resample it."
        )
    figure = _Overview(segmentation, truth).draw()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=PAPER, metadata={"Software": "sgnet"})


class _Overview:
    """The page while it is being drawn; places are in inches from the upper left corner."""

    def __init__(self, segmentation: Segmentation, truth: NDArray[np.bool_] | None) -> None:
        self.segmentation, self.truth = segmentation, truth
        self.view = AxialView(segmentation.grid)
        self.t1ce, self.head = windowed(segmentation.study.t1ce)
        flair = segmentation.study.flair
        # Without a FLAIR its pictures stay black, and their titles say why.
        self.flair = windowed(flair)[0] if flair else replace(self.t1ce, array=np.zeros_like(self.t1ce.array))
        self.flair_title = "FLAIR" if flair else "no FLAIR"
        self.frame = Frame.of_head(self.head, self.view)
        self.proportion = float(
            np.clip((self.frame.right - self.frame.left) / (self.frame.bottom - self.frame.top), 0.6, 1.4)
        )
        self.missed = [] if truth is None else missed_rows(segmentation.labels, truth, self.view)
        # Some room is kept for what was missed, however much was found.
        shown = min(len(self.missed), _ROWS_FOR_MISSED)
        self.rows = [*lesion_rows(segmentation, self.view, MAX_ROWS - shown), *self.missed[:shown]]
        self.left_out = len(segmentation.lesions) + len(self.missed) - len(self.rows)

    def draw(self) -> Figure:
        if self.rows:
            self.row, lines, content = _ROW, len(self.rows), _TEXT + (2 * self.proportion + 3) * _ROW + 4 * _GAP
        else:
            self.row, lines, content = _TALL_ROW, 2, _NAMES + 3 * self.proportion * _TALL_ROW + 2 * _GAP
        self.slice_width = self.proportion * self.row
        self.width = content + 2 * _MARGIN
        note = _NOTE if self.left_out or not self.rows else 0.0
        self.height = _HEADER + _TITLES + lines * (self.row + _GAP) + note + _MARGIN
        self.figure = Figure(figsize=(self.width, self.height), dpi=_DPI)
        FigureCanvasAgg(self.figure)
        self._draw_header()
        if self.rows:
            self._draw_lesions()
        else:
            self._draw_nothing_found()
        return self.figure

    def _draw_lesions(self) -> None:
        left = _MARGIN + _TEXT
        zooms = [left + 2 * (self.slice_width + _GAP) + n * (_ROW + _GAP) for n in range(3)]
        second = self.flair_title
        titles = ("T1ce", second, "T1ce enlarged", "T1ce enlarged, contours", f"{second} enlarged, contours")
        for x, title in zip((left, left + self.slice_width + _GAP, *zooms), titles, strict=True):
            self._text(x, _HEADER + _TITLES - 0.06, title, FAINT, 8, va="bottom")
        for number, row in enumerate(self.rows):
            top = _HEADER + _TITLES + number * (_ROW + _GAP)
            t1ce = self.view.slice(self.t1ce.array, row.slice_index).astype(np.float32)
            flair = self.view.sample(self.flair, row.slice_index)
            contours = self._contours(row.slice_index)
            zoom = Frame.around(row.centre_mm, min(row.zoom_mm, self.frame.bottom - self.frame.top))
            for x, image in ((left, t1ce), (left + self.slice_width + _GAP, flair)):
                axes = self._axes(x, top, self.slice_width)
                draw_panel(axes, image, self.view, self.frame, contours, line_width=0.7)
                draw_box(axes, zoom)
            for x, image, lines in zip(zooms, (t1ce, t1ce, flair), ((), contours, contours), strict=True):
                axes = self._axes(x, top, _ROW)
                draw_panel(axes, image, self.view, zoom, lines)
                if x == zooms[0]:
                    draw_scale(axes, zoom)
                elif x == zooms[1]:
                    self._draw_numbers(axes, row.slice_index, zoom)
            self._draw_row_text(row, top)
        if self.left_out:
            note = f"{self.left_out} more, smaller, not shown; lesions.csv lists every lesion found."
            self._text(_MARGIN, self.height - _MARGIN, note, FAINT, 8, va="bottom")

    def _draw_nothing_found(self) -> None:
        said = self._what_counts()
        at = f" ({', '.join(said)})" if said else ""
        text = f"No lesion was found{at}; three slices of the head:"
        self._text(_MARGIN, _HEADER + _TITLES - 0.08, text, INK, 9, va="bottom")
        for column, row in enumerate(slice_rows(self.head, self.view)):
            x = _MARGIN + _NAMES + column * (self.slice_width + _GAP)
            t1ce = self.view.slice(self.t1ce.array, row.slice_index).astype(np.float32)
            for line, image in enumerate((t1ce, self.view.sample(self.flair, row.slice_index))):
                top = _HEADER + _TITLES + line * (self.row + _GAP)
                draw_panel(self._axes(x, top, self.slice_width), image, self.view, self.frame)
            self._text(x, self.height - _NOTE - _MARGIN + 0.04, row.lines[0], FAINT, 8)
        for line, name in enumerate(("T1ce", self.flair_title)):
            self._text(_MARGIN, _HEADER + _TITLES + line * (self.row + _GAP) + 0.1, name, FAINT, 8)

    def _draw_header(self) -> None:
        study, lesions = self.segmentation.study, self.segmentation.lesions
        total_ml = sum(lesion.volume_ml for lesion in lesions)
        count = f"{len(lesions)} lesion" + ("" if len(lesions) == 1 else "s")
        facts = [f"total {total_ml:.3f} ml", *self._what_counts()]
        facts += [] if self.truth is None else [f"reference lesions missed: {len(self.missed)}"]
        self._text(_MARGIN, _MARGIN, f"Brain metastases: {count}", INK, 14, weight="bold")
        self._text(_MARGIN, 0.48, ", ".join(facts), INK, 9)
        second_name = f"FLAIR {study.flair.name}" if study.flair else "no FLAIR"
        names = f"T1ce {study.t1ce.name} ({self.segmentation.grid.describe()}), {second_name}"
        self._text(_MARGIN, 0.69, textwrap.shorten(names, int(self.width * 13.5), placeholder=" ..."), FAINT, 8)
        right = self.width - _MARGIN
        for line, text in enumerate(textwrap.wrap(RESEARCH_USE_ONLY, 60)):
            self._text(right, _MARGIN + 0.02 + 0.17 * line, text, WHOLE, 8, ha="right")
        self._draw_legend()

    def _draw_legend(self) -> None:
        if not self.rows:
            return
        lines = [Line2D([], [], color=CORE, label="core"), Line2D([], [], color=WHOLE, label="whole lesion")]
        if self.truth is not None:
            lines.append(Line2D([], [], color=TRUTH, linestyle=DASHED, label="reference core"))
        self.figure.legend(
            handles=lines, loc="lower right", ncol=len(lines), frameon=False, labelcolor=INK, fontsize=8,
            bbox_to_anchor=self._place(self.width - _MARGIN + 0.1, 0.98),
        )  # fmt: skip

    def _draw_row_text(self, row: Row, top: float) -> None:
        color = TRUTH if row.title == "Missed" else CORE
        self._text(_MARGIN, top + 0.05, row.title, color, 12, weight="bold")
        for number, line in enumerate(row.lines):
            self._text(_MARGIN, top + 0.36 + 0.19 * number, line, INK if number < 2 else FAINT, 8.5)

    def _draw_numbers(self, axes: Axes, index: int, zoom: Frame) -> None:
        labels = self.view.slice(self.segmentation.labels, index).astype(np.int64)
        row_mm = self.view.grid.spacing_mm[self.view.row_axis]
        column_mm = self.view.grid.spacing_mm[self.view.column_axis]
        for number in np.unique(labels[labels > 0]).tolist():
            rows, columns = np.nonzero(labels == number)
            x, y = float(columns[rows == rows.min()].max() + 1) * column_mm, float(rows.min()) * row_mm
            if zoom.left < x < zoom.right and zoom.top < y < zoom.bottom:
                draw_number(axes, (x, y), str(number))

    def _contours(self, index: int) -> list[Contour]:
        """The whole lesion first, so that the core lies on top, and the reference over both."""
        contours = [
            Contour.of(self.segmentation.whole, self.view, index, WHOLE),
            Contour.of(self.segmentation.core, self.view, index, CORE),
        ]
        if self.truth is not None:
            contours.append(Contour.of(self.truth, self.view, index, TRUTH, dashed=True))
        return contours

    def _what_counts(self) -> list[str]:
        given = self.segmentation.provenance.get("settings", {}).get("lesions", {})
        texts = {
            "threshold": "threshold {:g}",
            "min_volume_mm3": "{:g} mm³ and more",
            "min_confidence": "confidence {:g} and more",
        }
        return [text.format(given[name]) for name, text in texts.items() if given.get(name)]

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return x / self.width, 1.0 - y / self.height

    def _axes(self, x: float, y: float, width: float) -> Axes:
        left, top = self._place(x, y)
        return self.figure.add_axes((left, top - self.row / self.height, width / self.width, self.row / self.height))

    def _text(
        self, x: float, y: float, text: str, color: str, size: float, weight: str = "normal", ha: str = "left",
        va: str = "top",
    ) -> None:  # fmt: skip
        self.figure.text(*self._place(x, y), text, color=color, fontsize=size, fontweight=weight, ha=ha, va=va)
