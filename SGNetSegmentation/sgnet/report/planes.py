"""A lesion in three planes through its centroid, as one small picture."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.geometry import Volume
from sgnet.lesions.lesion import Lesion
from sgnet.report.panel import CORE, INK, WHOLE

_SHADOW = [withStroke(linewidth=1.6, foreground="black", alpha=0.8)]
_STEP_MM = 0.4
_SMALLEST_MM, _DIAMETERS = 44.0, 2.4

# Title, RAS direction to the right of the page, RAS direction up the page, letters left and right.
_PLANES = (
    ("axial", (-1, 0, 0), (0, 1, 0), "RL"),
    ("coronal", (-1, 0, 0), (0, 0, 1), "RL"),
    ("sagittal", (0, -1, 0), (0, 0, 1), "AP"),
)


def draw_planes(lesion: Lesion, t1ce: Volume, flair: Volume | None, labels: Volume, whole: Volume | None) -> bytes:
    """A PNG: T1ce in the axial, coronal and sagittal plane of the patient, and FLAIR, if any, in the axial one.

    In radiological convention, in true proportions, interpolated linearly. The lesion's core is
    outlined in red (other cores faintly), the whole lesion in yellow, along the voxels as they are.

    Parameters
    ----------
    lesion : Lesion
    t1ce, flair : Volume
        In [0, 1] for display (:func:`sgnet.report.window.windowed`), each on its own grid.
    labels, whole : Volume
        On the T1ce grid.
    """
    size = max(_SMALLEST_MM, _DIAMETERS * lesion.longest_diameter_mm)
    figure = Figure(figsize=(8.2, 2.06), dpi=110, facecolor="black")
    FigureCanvasAgg(figure)
    panels = [(t1ce, plane) for plane in _PLANES] + ([(flair, _PLANES[0])] if flair else [])
    for column, (image, (title, right, up, letters)) in enumerate(panels):
        points = _points(lesion.centroid_ras_mm, right, up, size)
        axes = figure.add_axes((column * 0.25 + 0.002, 0.0, 0.246, 1.0))
        axes.set_axis_off()
        extent = (-size / 2, size / 2, -size / 2, size / 2)
        axes.imshow(_sample(image, points, 1), cmap="gray", vmin=0, vmax=1, extent=extent, origin="lower")
        near = _sample(labels, points, 0)
        masks = [(near > 0) & (near != lesion.number), near == lesion.number]
        colors = [CORE, CORE]
        if whole is not None:
            masks.insert(0, _sample(whole, points, 0) > 0)
            colors.insert(0, WHOLE)
        for mask, color in zip(masks, colors, strict=True):
            if mask.any() and not mask.all():
                faint = color == CORE and mask is masks[-2]
                axes.contour(
                    mask.astype(float), [0.5], colors=color, linewidths=0.9, alpha=0.5 if faint else 1.0, extent=extent
                )
        name = "FLAIR" if image is flair else "T1ce"
        axes.text(
            0.03, 0.97, f"{name} {title}", transform=axes.transAxes, color=INK, fontsize=7, va="top",
            path_effects=_SHADOW,
        )  # fmt: skip
        for letter, x, side in zip(letters, (0.03, 0.97), ("left", "right"), strict=True):
            axes.text(
                x, 0.5, letter, transform=axes.transAxes, color=INK, fontsize=7, ha=side, va="center",
                path_effects=_SHADOW,
            )  # fmt: skip
        bar = 10.0
        axes.plot([size * 0.46 - bar, size * 0.46], [-size * 0.44] * 2, color=INK, linewidth=1.4, path_effects=_SHADOW)
        axes.text(
            size * 0.46 - bar / 2, -size * 0.42, "10 mm", color=INK, fontsize=6, ha="center", va="bottom",
            path_effects=_SHADOW,
        )  # fmt: skip
        axes.set_xlim(-size / 2, size / 2)
        axes.set_ylim(-size / 2, size / 2)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor="black", metadata={"Software": "sgnet"})
    return stream.getvalue()


def _points(
    centre: tuple[float, float, float], right: tuple[int, ...], up: tuple[int, ...], size_mm: float
) -> NDArray[np.float64]:
    """RAS positions of the pixels' centres, shape (rows, columns, 3), rows from below."""
    count = round(size_mm / _STEP_MM)
    steps = (np.arange(count) + 0.5) * (size_mm / count) - size_mm / 2
    across, upwards = np.array(right, dtype=np.float64), np.array(up, dtype=np.float64)
    return np.array(centre) + steps[None, :, None] * across + steps[:, None, None] * upwards


def _sample(volume: Volume, points: NDArray[np.float64], order: int) -> NDArray[np.float32]:
    index = volume.grid.to_ijk(points.reshape(-1, 3)).T
    values = ndimage.map_coordinates(volume.array, index, order=order, prefilter=False, output=np.float32)
    return np.asarray(values.reshape(points.shape[:2]))
