"""The report as a PDF for the printer and the archive: the page's content, drawn by matplotlib."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.image
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sgnet import RESEARCH_USE_ONLY
from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.report.content import COLOURS, COLUMNS, FOOTNOTE, caption, cell, headline, made, provenance_rows, totals

# A4 in mm; places on a page are in mm from its upper left corner.
_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 16.0
_INK, _FAINT, _LINE, _ACCENT = "#1c2126", "#66717c", "#dfe4e8", "#b3261e"
_MM = 25.4
_ROW, _FIRST_ROWS, _ROWS = 6.0, 30, 40
_LOBE_SHARE = 2.7
_PICTURE, _PICTURES = 62.0, 4
_WORDS = 78


def write_pdf(
    content: Mapping[str, Any], path: Path, pictures: Mapping[int, bytes] | None = None, identifiers: bool = False
) -> None:
    """Write the report as PDF: totals and measurements, the lesions' pictures, provenance.

    Parameters
    ----------
    content : mapping
        What ``lesions.json`` holds.
    path : Path
        Appears only once it is complete.
    pictures : mapping of int to bytes, optional
        A PNG of each lesion, by its number (:func:`sgnet.report.planes.draw_planes`).
    identifiers : bool
        Whether to name the input files, whose names often hold the patient's.

    Raises
    ------
    InputError
        If ``content`` is not that of a ``lesions.json``, or the file cannot be written.
    """
    try:
        lesions, provenance = list(content["lesions"]), dict(content["provenance"])
        pages = [
            *_measurement_pages(lesions, provenance),
            *_picture_pages(lesions, pictures or {}),
            *_provenance_pages(provenance_rows(provenance, identifiers)),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"lesions.json cannot be read ({error!r}); run the segmentation again.") from error
    with (
        atomic_path(path) as temporary,
        PdfPages(temporary, metadata={"Title": "Brain metastases", "Creator": "sgnet", "CreationDate": None}) as pdf,
    ):
        for number, page in enumerate(pages, start=1):
            page.foot(number, len(pages))
            pdf.savefig(page.figure)


class _Page:
    """One sheet while it is being drawn; ``y`` is where the next thing goes."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(_WIDTH / _MM, _HEIGHT / _MM))
        FigureCanvasPdf(self.figure)
        self.y = _MARGIN

    def text(self, x: float, y: float, text: str, size: float = 9.0, color: str = _INK, **how: Any) -> None:
        style = {"va": "top", "ha": "left", **how}
        self.figure.text(x / _WIDTH, 1 - y / _HEIGHT, text, fontsize=size, color=color, parse_math=False, **style)

    def line(self, y: float, color: str = _LINE, width: float = 0.6) -> None:
        self.box(_MARGIN, y, _WIDTH - 2 * _MARGIN, 0.0, edgecolor=color, linewidth=width)

    def box(self, x: float, y: float, width: float, height: float, **how: Any) -> None:
        corner = (x / _WIDTH, 1 - (y + height) / _HEIGHT)
        style = {"facecolor": "none", "edgecolor": _LINE, "linewidth": 0.6, **how}
        self.figure.add_artist(Rectangle(corner, width / _WIDTH, height / _HEIGHT, **style))

    def picture(self, png: bytes, x: float, y: float, width: float) -> float:
        """Returns its height."""
        image = matplotlib.image.imread(io.BytesIO(png), format="png")
        height = width * image.shape[0] / image.shape[1]
        axes = self.figure.add_axes((x / _WIDTH, 1 - (y + height) / _HEIGHT, width / _WIDTH, height / _HEIGHT))
        axes.set_axis_off()
        axes.imshow(image, aspect="auto", interpolation="none")
        return height

    def paragraph(self, text: str, size: float, color: str, width: int, step: float) -> None:
        for line in textwrap.wrap(text, width):
            self.text(_MARGIN, self.y, line, size, color)
            self.y += step

    def foot(self, number: int, count: int) -> None:
        self.text(_MARGIN, _HEIGHT - 10, RESEARCH_USE_ONLY, 7, _FAINT, va="bottom")
        self.text(_WIDTH - _MARGIN, _HEIGHT - 10, f"{number} / {count}", 7, _FAINT, va="bottom", ha="right")


def _measurement_pages(lesions: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any]) -> list[_Page]:
    page = _Page()
    page.text(_MARGIN, page.y, headline(lesions), 17, weight="bold")
    page.text(_MARGIN, page.y + 9, made(provenance), 9, _FAINT)
    page.box(_MARGIN, page.y + 17, _WIDTH - 2 * _MARGIN, 9, facecolor="#fdf1f0", edgecolor="none")
    page.box(_MARGIN, page.y + 17, 1, 9, facecolor=_ACCENT, edgecolor="none")
    page.text(_MARGIN + 4, page.y + 21.5, RESEARCH_USE_ONLY, 9, va="center")
    page.y += 32
    width = (_WIDTH - 2 * _MARGIN - 9) / 4
    for n, (value, what) in enumerate(totals(lesions)):
        x = _MARGIN + n * (width + 3)
        page.box(x, page.y, width, 18)
        page.text(x + 3, page.y + 3, value, 14, weight="bold")
        page.text(x + 3, page.y + 12, what, 7.5, _FAINT)
    page.y += 26
    if not lesions:
        page.text(_MARGIN, page.y, "No lesion was found.", 10)
        return [page]
    page.text(_MARGIN, page.y, "Measurements", 12, weight="bold")
    page.y += 8
    pages, rest = [page], list(lesions)
    _table(page, rest[:_FIRST_ROWS])
    rest = rest[_FIRST_ROWS:]
    while rest:
        pages.append(_Page())
        _table(pages[-1], rest[:_ROWS])
        rest = rest[_ROWS:]
    pages[-1].y += 3
    pages[-1].paragraph(FOOTNOTE, 7.5, _FAINT, 135, 3.6)
    return pages


def _table(page: _Page, lesions: Sequence[Mapping[str, Any]]) -> None:
    # The lobe may be two words.
    shares = [_LOBE_SHARE if key == "lobe" else 1.0 for _, key, _ in COLUMNS]
    step = (_WIDTH - 2 * _MARGIN) / sum(shares)
    rights = [_MARGIN + sum(shares[: n + 1]) * step - 1 for n in range(len(COLUMNS))]
    for right, (title, _, _) in zip(rights, COLUMNS, strict=True):
        # Divided where a browser would, so that no title runs into its neighbour.
        page.text(right, page.y + 10, _divided(title), 7, _FAINT, ha="right", va="bottom", linespacing=1.1)
    page.y += 11
    page.line(page.y, width=1.2)
    for one in lesions:
        for right, (_, key, text) in zip(rights, COLUMNS, strict=True):
            page.text(right, page.y + _ROW / 2, cell(one.get(key), text), 8, ha="right", va="center")
        page.y += _ROW
        page.line(page.y)


def _divided(title: str) -> str:
    """The title on several lines, where a browser would divide it."""
    for where in ("Longest in", "Nearest other"):
        title = title.replace(where, where.replace(" ", "\n"))
    return title.replace(", ", ",\n").replace("\u00ad", "-\n")


def _picture_pages(lesions: Sequence[Mapping[str, Any]], pictures: Mapping[int, bytes]) -> list[_Page]:
    pages: list[_Page] = []
    shown = [one for one in lesions if int(one["number"]) in pictures]
    for n, one in enumerate(shown):
        if n % _PICTURES == 0:
            pages.append(_Page())
            pages[-1].text(_MARGIN, pages[-1].y, COLOURS, 7.5, _FAINT)
            pages[-1].y += 7
        page = pages[-1]
        name, size, tracking = caption(one)
        page.text(_MARGIN, page.y, name, 11, weight="bold")
        page.text(_MARGIN + 26, page.y + 0.8, size, 9)
        if tracking:
            page.text(_MARGIN, page.y + 5.5, f"Tracking UID {tracking}", 7, _FAINT)
        page.picture(pictures[int(one["number"])], _MARGIN, page.y + 10, _WIDTH - 2 * _MARGIN)
        page.y += _PICTURE
    return pages


def _provenance_pages(rows: Sequence[tuple[str, str]]) -> list[_Page]:
    pages = [_Page()]
    pages[0].text(_MARGIN, pages[0].y, "Provenance", 12, weight="bold")
    pages[0].y += 9
    for key, value in rows:
        lines = textwrap.wrap(value, _WORDS) or [""]
        if pages[-1].y + 4 * len(lines) > _HEIGHT - 2 * _MARGIN:
            pages.append(_Page())
        page = pages[-1]
        page.text(_MARGIN, page.y, key, 8, _FAINT, weight="bold")
        for line in lines:
            page.text(_MARGIN + 42, page.y, line, 8)
            page.y += 4
        page.line(page.y + 0.8)
        page.y += 2.6
    return pages
