"""The lesions of a result: table, jump, hand-over to the Segment Editor."""

from typing import Any

import qt
from slicer.i18n import tr as _

from sgnet.errors import SGNetError
from sgnet.lesions.lesion import Lesion
from sgnet.mrml.segmentation import lesions_of, segment_id

from .scene_view import jump_to, open_segment_editor


class ResultsPanel:
    """Shows the measurements kept with a segmentation node; ``ui`` holds the widgets by name."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self._node: Any = None
        self._lesions: tuple[Lesion, ...] = ()
        self.ui.lesionTable.horizontalHeader().setStretchLastSection(True)
        self.ui.lesionTable.connect("cellClicked(int,int)", self._on_cell)
        self.ui.lesionTable.connect("currentCellChanged(int,int,int,int)", self._on_cell)
        self.ui.editButton.connect("clicked(bool)", self._on_edit)
        self.show(None)

    def show(self, node: Any) -> None:
        """Show the lesions of ``node``; None empties the panel."""
        self._node = node
        try:
            lesions = None if node is None else lesions_of(node)
        except SGNetError as error:
            lesions = None
            self.ui.summaryLabel.text = str(error)
        else:
            self.ui.summaryLabel.text = summary(node, lesions)
        self._lesions = lesions or ()
        self._fill()
        self.ui.editButton.enabled = node is not None

    def select_first(self) -> None:
        """Choose the largest lesion, which the slice views then show."""
        if self._lesions:
            self.ui.lesionTable.setCurrentCell(0, 0)

    def _fill(self) -> None:
        # Otherwise every change of the rows would move the slice views.
        self.ui.lesionTable.blockSignals(True)
        self.ui.lesionTable.setRowCount(0)
        self.ui.lesionTable.setRowCount(len(self._lesions))
        for row, lesion in enumerate(self._lesions):
            for column, text in enumerate(cells(lesion)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(tooltip(lesion))
                self.ui.lesionTable.setItem(row, column, item)
        self.ui.lesionTable.blockSignals(False)
        self.ui.lesionTable.resizeColumnsToContents()
        self.ui.lesionTable.visible = bool(self._lesions)

    def _on_cell(self, row: int, *others: int) -> None:
        if 0 <= row < len(self._lesions) and self._node is not None:
            lesion = self._lesions[row]
            # The segment may have been edited; only if it is gone, or empty, does the measured place remain.
            one = segment_id(lesion.number)
            segment = self._node.GetSegmentation().GetSegment(one)
            centre = None if segment is None else self._node.GetSegmentCenterRAS(one)
            jump_to(lesion.centroid_ras_mm if centre is None else centre)

    def _on_edit(self, checked: bool = False) -> None:
        if self._node is None:
            return
        row = int(self.ui.lesionTable.currentRow())
        chosen = segment_id(self._lesions[row].number) if 0 <= row < len(self._lesions) else ""
        if not chosen or self._node.GetSegmentation().GetSegment(chosen) is None:
            segmentation = self._node.GetSegmentation()
            chosen = segmentation.GetNthSegmentID(0) if segmentation.GetNumberOfSegments() else ""
        source = self._node.GetNodeReference(self._node.GetReferenceImageGeometryReferenceRole())
        open_segment_editor(self._node, source, chosen)


def summary(node: Any, lesions: tuple[Lesion, ...] | None) -> str:
    """One line on a result."""
    if node is None:
        return _("No result yet.")
    if lesions is None:
        return _("This segmentation was not made by SG-Net, so there are no measurements.")
    if not lesions:
        return _("No metastasis found. A small one may still be there: please look yourself.")
    total = sum(lesion.volume_ml for lesion in lesions)
    count = _("1 lesion") if len(lesions) == 1 else _("{count} lesions").format(count=len(lesions))
    return _("{count}, {volume} ml together.").format(count=count, volume=f"{total:.2f}")


def cells(lesion: Lesion) -> tuple[str, str, str, str]:
    """The texts of a row: number, volume, longest diameter, mean probability."""
    return (
        str(lesion.number),
        f"{lesion.volume_ml:.3f}" if lesion.volume_ml < 0.1 else f"{lesion.volume_ml:.2f}",
        f"{lesion.longest_diameter_mm:.1f}",
        f"{100 * lesion.mean_probability:.0f} %",
    )


def tooltip(lesion: Lesion) -> str:
    """What does not fit into a row."""
    r, a, s = lesion.centroid_ras_mm
    return _("Axial {longest} x {perpendicular} mm, centre R {r} A {a} S {s} mm, peak probability {peak} %").format(
        longest=f"{lesion.longest_axial_diameter_mm:.1f}",
        perpendicular=f"{lesion.perpendicular_diameter_mm:.1f}",
        r=f"{r:.1f}",
        a=f"{a:.1f}",
        s=f"{s:.1f}",
        peak=f"{100 * lesion.peak_probability:.0f}",
    )
