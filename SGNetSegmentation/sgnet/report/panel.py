"""One small picture of the overview: a slice, or a part of it, with contours, letters and a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from sgnet.lesions.components import bounding_box
from sgnet.lesions.outline import outlines
from sgnet.report.view import AxialView

CORE, WHOLE, TRUTH = "#ff4f45", "#ffd23f", "#3fe07c"
INK, FAINT, PAPER = "#f2f2f2", "#9aa3ab", "#101214"
DASHED = (0, (3.0, 1.6))

_GREY = matplotlib.colormaps["gray"].with_extremes(bad="black")
_SHADOW = [withStroke(linewidth=1.6, foreground="black", alpha=0.8)]


@dataclass(frozen=True)
class Frame:
    """The part of a slice that a panel shows, in mm on the page."""

    left: float
    right: float
    top: float
    bottom: float

    @classmethod
    def around(cls, centre_mm: tuple[float, float], size_mm: float) -> Frame:
        """A square."""
        x, y, half = *centre_mm, size_mm / 2.0
        return cls(x - half, x + half, y - half, y + half)

    @classmethod
    def of_head(cls, head: NDArray[np.bool_], view: AxialView) -> Frame:
        """The head's extent over all slices, shape (I, J, K), so that pictures of several slices can be compared."""
        box = bounding_box(head)
        width, height = view.size_mm
        if box is None:
            return cls(0.0, width, 0.0, height)
        ends = np.array([[part.start for part in box], [part.stop - 1 for part in box]], dtype=np.float64)
        (left, top), (right, bottom) = np.sort(view.to_page_mm(ends), axis=0).tolist()
        return cls(left - 4.0, right + 4.0, top - 4.0, bottom + 4.0)


@dataclass(frozen=True, eq=False)
class Contour:
    """A mask's outline in one slice, as (x, y) polygons in mm on the page."""

    polygons_mm: Sequence[NDArray[np.float64]]
    color: str
    dashed: bool = False

    @classmethod
    def of(cls, mask: NDArray[np.bool_], view: AxialView, index: int, color: str, dashed: bool = False) -> Contour:
        """Along the voxel edges of ``mask``, shape (I, J, K), in slice ``index``."""
        row_mm, column_mm = view.grid.spacing_mm[view.row_axis], view.grid.spacing_mm[view.column_axis]
        corners = outlines(view.slice(mask, index).astype(np.bool_))
        polygons = [np.column_stack([(one[:, 1] + 0.5) * column_mm, (one[:, 0] + 0.5) * row_mm]) for one in corners]
        return cls(polygons, color, dashed)


def draw_panel(
    axes: Axes,
    image: NDArray[np.floating],
    view: AxialView,
    frame: Frame,
    contours: Sequence[Contour] = (),
    line_width: float = 1.1,
) -> None:
    """Draw a slice in [0, 1], shape (rows, columns), in true proportions; NaN is black."""
    width, height = view.size_mm
    axes.set_facecolor("black")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.imshow(
        np.ma.masked_invalid(image), cmap=_GREY, vmin=0.0, vmax=1.0, extent=(0.0, width, height, 0.0),
        interpolation="bilinear", aspect="equal",
    )  # fmt: skip
    for contour in contours:
        style: Any = DASHED if contour.dashed else "solid"
        axes.add_collection(
            LineCollection(contour.polygons_mm, colors=contour.color, linewidths=line_width, linestyles=style)
        )
    axes.set_xlim(frame.left, frame.right)
    axes.set_ylim(frame.bottom, frame.top)
    _draw_letters(axes, view)


def draw_box(axes: Axes, frame: Frame) -> None:
    """Mark the part that another panel enlarges."""
    size = frame.right - frame.left, frame.bottom - frame.top
    axes.add_patch(Rectangle((frame.left, frame.top), *size, fill=False, edgecolor=INK, linewidth=0.6, alpha=0.7))


def draw_scale(axes: Axes, frame: Frame) -> None:
    """A bar of a round length, about a quarter of the width, at the lower edge."""
    width = frame.right - frame.left
    length = next((one for one in (50, 20, 10, 5) if one <= width / 3.0), 2)
    x, y = frame.left + 0.06 * width, frame.bottom - 0.06 * (frame.bottom - frame.top)
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", path_effects=_SHADOW)
    axes.text(
        x + length / 2, y - 0.02 * width, f"{length} mm", color=INK, fontsize=6.5, ha="center", va="bottom",
        path_effects=_SHADOW,
    )  # fmt: skip


def draw_number(axes: Axes, place_mm: tuple[float, float], text: str) -> None:
    """A lesion's number, with its lower left corner at ``place_mm``."""
    axes.text(
        *place_mm, text, color=CORE, fontsize=7, fontweight="bold", ha="left", va="bottom", clip_on=True,
        path_effects=_SHADOW,
    )  # fmt: skip


def _draw_letters(axes: Axes, view: AxialView) -> None:
    places = ((0.02, 0.5, "left", "center"), (0.98, 0.5, "right", "center"))
    for letter, (x, y, across, up) in zip(view.edge_letters[:2], places, strict=True):
        axes.text(
            x, y, letter, transform=axes.transAxes, color=INK, fontsize=7.5, ha=across, va=up, path_effects=_SHADOW
        )  # fmt: skip
