"""The table of lesions: rows, sorting, which one is chosen."""

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from sgnet.lesions.confidence import confidence_text
from sgnet.mrml.review_row import Row
from sgnet.mrml.review_status import ReviewStatus

# Qt::AlignRight | Qt::AlignVCenter
_RIGHT = 0x82


class LesionTable:
    """Shows rows; a click on a column's head sorts by it: upwards, downwards, then in the default order again.

    Parameters
    ----------
    widget : QTableWidget
    on_chosen : callable taking a Row
        A row was chosen by click, key or :meth:`step`.
    """

    def __init__(self, ui: Any, on_chosen: Callable[[Row], None]) -> None:
        self.ui, self._on_chosen = ui, on_chosen
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self._sorted_by: int | None = None
        self._downwards = False
        self._heads = [str(ui.lesionTable.horizontalHeaderItem(n).text()) for n in range(ui.lesionTable.columnCount)]
        self.ui.lesionTable.horizontalHeader().setStretchLastSection(True)
        self.ui.lesionTable.horizontalHeader().connect("sectionClicked(int)", self._on_head)
        self.ui.lesionTable.connect("cellClicked(int,int)", self._on_cell)
        self.ui.lesionTable.connect("currentCellChanged(int,int,int,int)", self._on_cell)

    @property
    def chosen(self) -> Row | None:
        """The chosen row."""
        number = int(self.ui.lesionTable.currentRow())
        return self._shown[number] if 0 <= number < len(self._shown) else None

    def show(self, rows: list[Row], choose: str = "") -> None:
        """Show ``rows``, given in the default order; the chosen one stays chosen, or the one with key ``choose``."""
        before = self.chosen
        self._rows = rows
        self._fill(choose or ("" if before is None else before.key))

    def step(self, by: int) -> None:
        """Choose the next row (1) or the one before (-1); the first where none is chosen."""
        number = int(self.ui.lesionTable.currentRow())
        new = 0 if number < 0 else min(max(number + by, 0), len(self._shown) - 1)
        if self._shown and new != number:
            self.ui.lesionTable.setCurrentCell(new, 0)

    def _fill(self, choose: str) -> None:
        self._shown = list(self._rows)
        column = self._sorted_by
        if column is not None:
            self._shown.sort(key=lambda row: sort_value(row, column), reverse=self._downwards)
        # Otherwise every change of the rows would move the slice views.
        self.ui.lesionTable.blockSignals(True)
        self.ui.lesionTable.setRowCount(len(self._shown))
        for number, row in enumerate(self._shown):
            tip = tooltip(row)
            for place, text in enumerate(cells(row)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(tip)
                if place in (1, 2, 4, 5):
                    item.setTextAlignment(_RIGHT)
                self.ui.lesionTable.setItem(number, place, item)
        keys = [row.key for row in self._shown]
        if choose in keys:
            self.ui.lesionTable.setCurrentCell(keys.index(choose), 0)
        else:
            self.ui.lesionTable.setCurrentCell(-1, -1)
        self.ui.lesionTable.blockSignals(False)
        for place, head in enumerate(self._heads):
            arrow = ("▾" if self._downwards else "▴") if place == column else ""
            self.ui.lesionTable.horizontalHeaderItem(place).setText(f"{head}{arrow}")
        self.ui.lesionTable.resizeColumnsToContents()

    def _on_head(self, column: int) -> None:
        if self._sorted_by != column:
            self._sorted_by, self._downwards = column, False
        elif not self._downwards:
            self._downwards = True
        else:
            self._sorted_by = None
        chosen = self.chosen
        self._fill("" if chosen is None else chosen.key)

    def _on_cell(self, row: int, *others: int) -> None:
        if 0 <= row < len(self._shown):
            self._on_chosen(self._shown[row])


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a row: number, volume, diameter, side, confidence, oedema, status."""
    lesion = row.lesion
    return (
        f"{row.name}*" if row.edited else row.name,
        _volume(lesion.volume_ml),
        f"{lesion.longest_diameter_mm:.1f}",
        {"left": _("left"), "right": _("right"), "midline": _("mid")}.get(lesion.side or "", "–"),
        "–" if lesion.confidence is None else confidence_text(lesion.confidence),
        "–" if lesion.oedema_ml is None else _volume(lesion.oedema_ml),
        status_text(row),
    )


def status_text(row: Row) -> str:
    """The status in a word, with a sign of its own."""
    if row.status is None:
        return _("? to review")
    return {
        ReviewStatus.ACCEPTED: _("✓ accepted"),
        ReviewStatus.REJECTED: _("✗ rejected"),
        ReviewStatus.OPEN: _("open"),
    }[row.status]


def tooltip(row: Row) -> str:
    """What does not fit into a row."""
    lesion = row.lesion
    r, a, s = lesion.centroid_ras_mm
    lines = [
        *([_("Roughly {lobe}").format(lobe=lobe_text(lesion.lobe))] if lesion.lobe else []),
        _("Centre R {r} A {a} S {s} mm").format(r=f"{r:.1f}", a=f"{a:.1f}", s=f"{s:.1f}"),
        _("Axial {longest} x {perpendicular} mm, probability {mean} % on average, {peak} % at most").format(
            longest=f"{lesion.longest_axial_diameter_mm:.1f}",
            perpendicular=f"{lesion.perpendicular_diameter_mm:.1f}",
            mean=f"{100 * lesion.mean_probability:.0f}",
            peak=f"{100 * lesion.peak_probability:.0f}",
        ),
    ]
    if row.edited:
        lines.append(_("* drawn or edited by you; the sliders leave it as it is"))
    why = {
        "below threshold": _("Its probability stays below the threshold; accept it to make it a lesion."),
        "too small": _("It is smaller than the smallest lesion; accept it to make it a lesion all the same."),
        "too unsure": _("It is less sure than the least confidence; accept it to make it a lesion all the same."),
        "removed": _("You have removed it; accept it to have it back."),
    }
    if row.why:
        lines.append(why[row.why])
    return "\n".join(lines)


def lobe_text(lobe: str) -> str:
    """A lobe, or two, in the user's language."""
    names = {
        "frontal": _("frontal"),
        "parietal": _("parietal"),
        "temporal": _("temporal"),
        "occipital": _("occipital"),
        "deep": _("deep"),
        "cerebellum": _("cerebellum"),
        "brainstem": _("brainstem"),
    }
    return "/".join(names.get(one, one) for one in lobe.split("/"))


def sort_value(row: Row, column: int) -> tuple[Any, ...]:
    """What a column is sorted by."""
    lesion = row.lesion
    number = int(row.name) if row.name.isdigit() else 10**9
    values: tuple[Any, ...] = (
        (number, row.name),
        (lesion.volume_ml,),
        (lesion.longest_diameter_mm,),
        (lesion.side or "~",),
        (-1.0 if lesion.confidence is None else lesion.confidence,),
        (-1.0 if lesion.oedema_ml is None else lesion.oedema_ml,),
        ({None: 0, ReviewStatus.OPEN: 1, ReviewStatus.ACCEPTED: 2, ReviewStatus.REJECTED: 3}[row.status],),
    )
    found: tuple[Any, ...] = values[column]
    return found


def _volume(ml: float) -> str:
    return f"{ml:.3f}" if 0 < ml < 0.1 else f"{ml:.2f}"
