"""Follow-up: a previous segmentation compared with the one under review, as a table and charts."""

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sgnet.errors import SGNetError
from sgnet.lesions.followup_record import FollowUp
from sgnet.lesions.rano_bm import Category
from sgnet.lesions.track import Change, Parts, Track
from sgnet.mrml.child_events import Event, Phase, Warned
from sgnet.mrml.followup_job import reference_t1ce
from sgnet.mrml.followup_nodes import (
    CHART,
    PREVIOUS,
    PREVIOUS_T1CE,
    SUM_CHART,
    change_text,
    followup_in_steps,
    followup_of,
    followups_of,
    is_overlaid,
    overlay,
)

from .dependencies import missing
from .interpreter import python_slicer
from .run_controller import Outcome, RunController
from .scene_view import jump_to

# A sign beside the word, so that a glance is enough and no colour is needed.
SIGNS = {
    Change.NEW: "+",
    Change.RETURNED: "+",
    Change.GROWN: "▲",
    Change.STABLE: "=",
    Change.SHRUNK: "▼",
    Change.GONE: "−",
}


class FollowUpPanel:
    """What the widgets of the section do; ``ui`` holds them by name.

    Parameters
    ----------
    ui : namespace
    logic : SGNetSegmentationLogic
    parameters : callable
        Gives the parameter node, or None while there is no scene to work on.
    """

    def __init__(self, ui: Any, logic: Any, parameters: Callable[[], Any]) -> None:
        self.ui, self._logic, self._parameters = ui, logic, parameters
        self._run = RunController(self._take, self._log, self._on_done)
        self._warnings: list[str] = []
        self._table: Any = None
        self._tracks: tuple[Track, ...] = ()
        self._previous: Any = None
        self.ui.followUpTable.horizontalHeader().setStretchLastSection(True)
        self.ui.followUpTable.connect("currentCellChanged(int,int,int,int)", self._on_cell)
        self.ui.followUpTable.connect("cellClicked(int,int)", self._on_cell)
        self.ui.compareButton.connect("clicked(bool)", self._on_compare)
        self.ui.overlayCheckBox.connect("toggled(bool)", self._on_overlay)
        self.ui.volumePlotButton.connect("clicked(bool)", lambda checked=False: self._plot(CHART))
        self.ui.sumPlotButton.connect("clicked(bool)", lambda checked=False: self._plot(SUM_CHART))
        self._say("")
        self._show_running(False)
        self._show(None)

    @property
    def running(self) -> bool:
        """Whether a comparison is on its way."""
        return self._run.running

    def update(self) -> None:
        """Something was chosen: offer what can be compared, and show what was compared before."""
        chosen = self._parameters()
        if chosen is not None:
            self._guess_t1ce(chosen)
        if self.running:
            return
        current = None if chosen is None else chosen.result
        previous = None if chosen is None else chosen.previousResult
        ready = None not in (current, previous) and chosen.previousT1ce is not None and current is not previous
        self.ui.compareButton.enabled = ready
        self.ui.compareButton.toolTip = (
            _("Register both scans, match the lesions and measure their change.")
            if ready
            else _("Choose the result under Review, and here the segmentation of an earlier visit with its T1ce.")
        )
        table = self._stored(current, previous)
        if table is not self._table:
            self._show(table)

    def abandon(self, wait: bool = False) -> None:
        """The scene closes, or the application, then ``wait``: end what runs."""
        self._run.abandon(wait=wait)
        self._previous = None
        self._show_running(False)
        self._say("")
        self._show(None)

    def _stored(self, current: Any, previous: Any) -> Any:
        """The comparison kept in the scene: with the chosen previous segmentation, or the latest if none is chosen."""
        if current is None:
            return None
        tables = followups_of(slicer.mrmlScene, current)
        if previous is not None:
            tables = [table for table in tables if table.GetNodeReference(PREVIOUS) is previous]
        return tables[-1] if tables else None

    def _guess_t1ce(self, chosen: Any) -> None:
        """Choose the T1ce of another previous segmentation, once; the user may then choose differently."""
        previous, before = chosen.previousResult, self._previous
        self._previous = previous
        if previous is None or previous is before:
            return
        t1ce = reference_t1ce(previous)
        # What a saved scene brings along was chosen by the user.
        if t1ce is not None and (chosen.previousT1ce is None or before is not None):
            chosen.previousT1ce = t1ce

    def _on_compare(self, checked: bool = False) -> None:
        if self.running:
            self.ui.compareButton.enabled = False
            self._run.cancel()
            return
        chosen = self._parameters()
        if chosen is None:
            return
        if missing():
            self._say(_("Packages are missing; press Segment metastases, which installs them, first."))
            return
        if self._table is not None:
            # Registered is where both scans lie by themselves.
            overlay(self._table, False)
        try:
            python = python_slicer()
            job = self._logic.prepareFollowUp(chosen.result, chosen.previousResult, chosen.previousT1ce)
        except SGNetError as error:
            self._say(str(error))
            return
        self._warnings = []
        self._show_running(True)
        self._say(_("Writing the volumes"))
        self._run.start(job, python, lambda followup: followup_in_steps(slicer.mrmlScene, followup, job.scans))

    def _take(self, event: Event) -> None:
        if isinstance(event, Phase):
            known = {
                "reading volumes": _("Reading volumes"),
                "registering scans": _("Registering the scans"),
                "matching lesions": _("Matching the lesions"),
                "writing results": _("Writing results"),
            }
            self._say(known.get(event.name, event.name[:1].upper() + event.name[1:]))
        elif isinstance(event, Warned):
            self._warnings.append(event.message)

    def _on_done(self, outcome: Outcome) -> None:
        self._show_running(False)
        if outcome.cancelled:
            self._say(_("Cancelled. The scene is as it was."))
        else:
            self._say("\n".join(filter(None, [outcome.error, *self._warnings])))
        if outcome.shown is not None:
            self._show(outcome.shown)
        self.update()

    def _show(self, table: Any) -> None:
        """Show the comparison that ``table`` holds; None empties the section."""
        self._table = table
        followup = None
        if table is not None:
            try:
                followup = followup_of(table)
            except SGNetError as error:
                self._say(str(error))
        self._tracks = () if followup is None else followup.tracks
        self.ui.followUpSummaryLabel.text = "" if followup is None else summary(followup)
        self._fill(followup)
        for widget in (
            self.ui.followUpSummaryLabel,
            self.ui.followUpTable,
            self.ui.overlayCheckBox,
            self.ui.volumePlotButton,
            self.ui.sumPlotButton,
            self.ui.followUpLimitsLabel,
        ):
            widget.visible = followup is not None
        if followup is not None:
            self.ui.overlayCheckBox.blockSignals(True)
            self.ui.overlayCheckBox.checked = is_overlaid(table)
            self.ui.overlayCheckBox.blockSignals(False)
            # A hidden table does not know the widths of its texts.
            self.ui.followUpTable.resizeColumnsToContents()

    def _fill(self, followup: FollowUp | None) -> None:
        # Otherwise every change of the rows would move the slice views.
        self.ui.followUpTable.blockSignals(True)
        self.ui.followUpTable.setRowCount(0)
        self.ui.followUpTable.setRowCount(len(self._tracks))
        for row, track in enumerate(self._tracks):
            assert followup is not None
            for column, text in enumerate(cells(followup, track)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(tooltip(followup, track))
                self.ui.followUpTable.setItem(row, column, item)
        self.ui.followUpTable.blockSignals(False)

    def _on_cell(self, row: int, *others: int) -> None:
        if 0 <= row < len(self._tracks):
            jump_to(self._tracks[row].place_ras_mm)

    def _on_overlay(self, on: bool) -> None:
        if self._table is None:
            return
        laid = overlay(self._table, on)
        previous = self._table.GetNodeReference(PREVIOUS_T1CE)
        if laid:
            slicer.util.setSliceViewerLayers(foreground=previous, foregroundOpacity=0.5)
        else:
            slicer.util.setSliceViewerLayers(foreground=None)
        if on and not laid:
            self.ui.overlayCheckBox.checked = False
            self._say(_("The previous scan stands under a transform of its own; take it out of that to overlay it."))

    def _plot(self, role: str) -> None:
        chart = None if self._table is None else self._table.GetNodeReference(role)
        if chart is not None:
            slicer.modules.plots.logic().ShowChartInLayout(chart)

    def _show_running(self, running: bool) -> None:
        self.ui.followUpProgressBar.visible = running
        self.ui.compareButton.text = _("Cancel") if running else _("Compare")
        self.ui.compareButton.enabled = running

    def _log(self, line: str) -> None:
        self.ui.detailsText.appendPlainText(line)

    def _say(self, text: str) -> None:
        self.ui.followUpMessageLabel.text = text
        self.ui.followUpMessageLabel.visible = bool(text)


def summary(followup: FollowUp) -> str:
    """What the patient's images amount to, and why."""
    result = followup.assessment
    meanings = {
        Category.CR: _("complete response"),
        Category.PR: _("partial response"),
        Category.SD: _("stable disease"),
        Category.PD: _("progressive disease"),
        Category.NON_CR_NON_PD: _("neither response nor progression"),
        Category.NE: _("not evaluable"),
    }
    previous, current = followup.scans[-2], followup.scans[-1]
    head = _("{category}: {meaning}, by the images alone").format(
        category=result.overall.value, meaning=meanings[result.overall]
    )
    registered = _("{previous} against {current}, registered by {moved} mm.").format(
        previous=previous.name, current=current.name, moved=f"{previous.moved_mm:.0f}"
    )
    return "\n".join([head, *result.reasons, registered, *followup.notes])


def cells(followup: FollowUp, track: Track) -> tuple[str, str, str, str, str]:
    """The texts of a row: number, change, volumes, diameters, category."""
    words = {
        Change.NEW: _("new"),
        Change.RETURNED: _("back"),
        Change.GROWN: _("grown"),
        Change.STABLE: _("stable"),
        Change.SHRUNK: _("shrunk"),
        Change.GONE: _("gone"),
    }
    # The sign tells the change, so that the word can tell the rest.
    parts = {Parts.SPLIT: _("split"), Parts.MERGED: _("merged"), Parts.BOTH: _("mixed")}
    change = track.change(followup.settings)
    category = followup.assessment.lesions[track.number]
    short = _("Non-PD") if category is Category.NON_CR_NON_PD else category.value
    target = " T" if track.number in followup.assessment.targets else ""
    return (
        track.name.removeprefix("was "),
        f"{SIGNS[change]} {parts.get(track.parts, words[change])}",
        _arrow(track.volume_ml(-2), track.volume_ml(), 1 if max(track.volume_ml(-2), track.volume_ml()) >= 10 else 2),
        _arrow(track.diameter_mm(-2), track.diameter_mm(), 0),
        f"{short}{target}",
    )


def tooltip(followup: FollowUp, track: Track) -> str:
    """What does not fit into a row."""
    r, a, s = track.place_ras_mm
    return _(
        "{change}, {category}. Volume {volumes} ml, longest axial diameter {diameters} mm; "
        "R {r} A {a} S {s} mm in {scan}"
    ).format(
        change=change_text(followup, track),
        category=followup.assessment.lesions[track.number].value,
        volumes=_arrow(track.volume_ml(-2), track.volume_ml(), 3),
        diameters=_arrow(track.diameter_mm(-2), track.diameter_mm(), 1),
        r=f"{r:.1f}",
        a=f"{a:.1f}",
        s=f"{s:.1f}",
        scan=followup.scans[-1].name,
    )


def _arrow(before: float, now: float, digits: int) -> str:
    return "→".join(f"{value:.{digits}f}" if value else "–" for value in (before, now))
