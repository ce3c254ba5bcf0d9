"""Export for radiotherapy: choices, the check of the volumes before anything is written, the report."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sgnet.config import ExportSettings
from sgnet.errors import InputError, SGNetError
from sgnet.mrml.child_events import Event, Phase, Step, Warned
from sgnet.mrml.dicom_series import series_folder
from sgnet.mrml.export_job import StagedExport, VolumeRow, reference_volume
from sgnet.mrml.steps import Steps

from .dependencies import missing
from .export_settings import export_settings
from .interpreter import python_slicer
from .run_controller import Outcome, RunController
from .stepper import Stepper

# A difference worth a look: contours along voxel edges stay a hundredth of it.
WORTH_A_LOOK_PERCENT = 1.0


class ExportPanel:
    """What the widgets of the section do; ``ui`` holds them by name.

    The child process writes everything into a temporary folder and measures it; what the user sees in the
    table are the volumes of those very files, which "Write files" then puts into the chosen folder.

    Parameters
    ----------
    ui : namespace
    logic : SGNetSegmentationLogic
    parameters : callable
        Gives the parameter node, or None while there is no scene to work on.
    """

    def __init__(self, ui: Any, logic: Any, parameters: Callable[[], Any]) -> None:
        self.ui, self._logic, self._parameters = ui, logic, parameters
        self._run = RunController(self._take, lambda line: ui.detailsText.appendPlainText(line), self._on_done)
        self._stepper = Stepper()
        self._staged: StagedExport | None = None
        self._node: Any = None
        self._warnings: list[str] = []
        self._reports: list[Path] = []
        self._making_report = False
        ui.exportButton.connect("clicked(bool)", self._on_export)
        ui.writeButton.connect("clicked(bool)", self._on_write)
        ui.discardButton.connect("clicked(bool)", self._on_discard)
        ui.reportButton.connect("clicked(bool)", self._on_report)
        ui.seriesPathEdit.connect("currentPathChanged(QString)", self.update)
        ui.exportFolderPathEdit.connect("currentPathChanged(QString)", self.update)
        self._say("")
        self._show_check(None)
        self._show_running(False)

    @property
    def running(self) -> bool:
        """Whether a process, or the writing of the files, is on its way."""
        return self._run.running or self._stepper.busy

    def show(self, node: Any) -> None:
        """Export ``node`` from now on; None where there is no result."""
        if node is self._node:
            self.update()
            return
        self._node = node
        self._discard()
        self._say("")
        found = None
        if node is not None:
            try:
                found = series_folder(reference_volume(node), getattr(slicer, "dicomDatabase", None))
            except InputError:
                found = None  # said when it is to be exported
        self.ui.seriesPathEdit.currentPath = "" if found is None else str(found)
        self.update()

    def update(self, *ignored: Any) -> None:
        """Offer what can be exported and say why the rest cannot."""
        chosen = self._parameters()
        has_series = bool(str(self.ui.seriesPathEdit.currentPath))
        for box in (self.ui.segCheckBox, self.ui.rtstructCheckBox):
            box.enabled = has_series
        self.ui.srCheckBox.enabled = has_series and chosen is not None and chosen.exportSeg
        for widget in (self.ui.marginsEdit, self.ui.holesComboBox, self.ui.overlapCheckBox):
            widget.enabled = has_series and chosen is not None and chosen.exportRtstruct
        self.ui.seriesHintLabel.text = _(
            "This T1ce was not loaded from DICOM. SEG, SR and RTSTRUCT refer to the slices of its series: choose the "
            "folder of the series to export them."
        )
        self.ui.seriesHintLabel.visible = not has_series and self._node is not None
        if self.running:
            return
        ready = self._node is not None and chosen is not None
        self.ui.exportButton.enabled = ready and bool(str(self.ui.exportFolderPathEdit.currentPath))
        self.ui.exportButton.toolTip = (
            _("Make the files and show their volumes; nothing is written yet.")
            if self.ui.exportButton.enabled
            else _("Choose a result under Review and a folder first.")
        )
        self.ui.reportButton.enabled = ready

    def abandon(self, wait: bool = False) -> None:
        """The scene closes, or the application, then ``wait``: end what runs and forget what was not written."""
        self._stepper.stop()
        self._run.abandon(wait=wait)
        self._discard()
        self._show_running(False)
        self._say("")
        self._node = None

    def close(self) -> None:
        """The application closes, or the module is reloaded."""
        self.abandon(wait=True)
        for report in self._reports:
            shutil.rmtree(report.parent, ignore_errors=True)

    def _on_export(self, checked: bool = False) -> None:
        if self._run.running:
            self.ui.exportButton.enabled = False
            self._run.cancel()
            return
        self._start(False, lambda: self._logic.prepareExport(self._node, self._series(), self._settings()))

    def _on_report(self, checked: bool = False) -> None:
        self._start(True, lambda: self._logic.prepareReport(self._node, self._flair()))

    def _start(self, report: bool, prepare: Callable[[], Any]) -> None:
        self._discard()
        try:
            what = missing()
            if what:
                raise SGNetError(
                    _("Packages are missing ({names}); press Segment metastases, which installs them, first.").format(
                        names=", ".join(what.names)
                    )
                )
            python = python_slicer()
            job = prepare()
        except SGNetError as error:
            self._say(str(error))
            return
        self._warnings = []
        self._making_report = report
        self._say("")
        self._show_running(True)
        self._run.start(job, python, _as_it_is)

    def _settings(self) -> ExportSettings:
        return export_settings(self._parameters(), self._series() is not None)

    def _series(self) -> Path | None:
        text = str(self.ui.seriesPathEdit.currentPath)
        return Path(text) if text else None

    def _flair(self) -> Any:
        chosen = self._parameters()
        same = chosen is not None and chosen.t1ce is not None and chosen.t1ce is reference_volume(self._node)
        return chosen.flair if same else None

    def _take(self, event: Event) -> None:
        if isinstance(event, Phase):
            self.ui.exportProgressBar.maximum = 0
            self._say(event.name[:1].upper() + event.name[1:])
        elif isinstance(event, Step):
            self.ui.exportProgressBar.maximum = max(event.total, 1)
            self.ui.exportProgressBar.value = event.done
        elif isinstance(event, Warned):
            self._warnings.append(event.message)

    def _on_done(self, outcome: Outcome) -> None:
        self._show_running(False)
        if outcome.cancelled:
            self._say(_("Cancelled. Nothing was written."))
        elif outcome.error:
            self._say(outcome.error)
        elif self._making_report:
            self._reports.append(outcome.shown)
            self._say("\n".join([_("The report was opened in the browser."), *self._warnings]))
            open_in_browser(outcome.shown)
        else:
            self._staged = outcome.shown
            self._show_check(outcome.shown.volumes)
        self.update()

    def _on_write(self, checked: bool = False) -> None:
        if self._staged is None or self._stepper.busy:
            return
        folder = Path(str(self.ui.exportFolderPathEdit.currentPath))
        self.ui.writeButton.enabled = False
        self._stepper.start(self._staged.place(folder), self._on_written, self._on_write_failed)

    def _on_written(self, files: list[Path]) -> None:
        self._discard()
        names = ", ".join(file.name for file in files)
        self.ui.exportFolderPathEdit.addCurrentPathToHistory()
        self._say(
            _("Written to {folder}: {names}. Please review every contour.").format(folder=files[0].parent, names=names)
        )
        self.update()

    def _on_write_failed(self, error: Exception) -> None:
        # The files stay: another folder can be chosen.
        self.ui.writeButton.enabled = True
        self._say(str(error))

    def _on_discard(self, checked: bool = False) -> None:
        self._stepper.stop()
        self._discard()
        self._say(_("Cancelled. Nothing was written."))
        self.update()

    def _discard(self) -> None:
        if self._staged is not None:
            self._staged.discard()
            self._staged = None
        self._show_check(None)

    def _show_check(self, volumes: tuple[VolumeRow, ...] | None) -> None:
        for widget in (self.ui.volumeCheckTable, self.ui.writeButton, self.ui.discardButton):
            widget.visible = volumes is not None
        self.ui.exportButton.visible = volumes is None
        self.ui.writeButton.enabled = volumes is not None
        self.ui.volumeCheckTable.setRowCount(0)
        if volumes is None:
            return
        self.ui.volumeCheckTable.setRowCount(len(volumes))
        for row, one in enumerate(volumes):
            for column, text in enumerate(cells(one)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(
                    _("Lesion {number}, tracking UID {uid}").format(number=one.lesion, uid=one.tracking_uid)
                )
                self.ui.volumeCheckTable.setItem(row, column, item)
        self.ui.volumeCheckTable.resizeColumnsToContents()
        self._say("\n".join([_("Nothing is written yet. Compare the volumes (ml):"), *self._warnings]))

    def _show_running(self, running: bool) -> None:
        self.ui.exportProgressBar.visible = running
        self.ui.exportProgressBar.maximum = 0
        self.ui.exportButton.text = _("Cancel") if running else _("Export for radiotherapy")
        self.ui.exportButton.enabled = running
        self.ui.reportButton.enabled = False

    def _say(self, text: str) -> None:
        self.ui.exportMessageLabel.text = text
        self.ui.exportMessageLabel.visible = bool(text)


def cells(row: VolumeRow) -> tuple[str, str, str, str]:
    """The texts of a row: structure, volume of the mask and of the contours, difference."""
    if row.contour_ml is None or row.difference_percent is None:
        return row.structure, f"{row.mask_ml:.3f}", "–", "–"
    mark = "⚠ " if abs(row.difference_percent) > WORTH_A_LOOK_PERCENT else ""
    difference = f"{mark}{round(row.difference_percent, 2) + 0.0:+.2f} %"
    return row.structure, f"{row.mask_ml:.3f}", f"{row.contour_ml:.3f}", difference


def open_in_browser(page: Path) -> None:
    """Show a file with what the system opens such files with."""
    qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(page)))


def _as_it_is(result: Any) -> Steps[Any]:
    yield
    return result
