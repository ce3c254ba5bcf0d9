"""The big button: installs at first use, runs, cancels, and says how it went."""

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from sgnet.errors import SGNetError

from .dependencies import Missing, missing
from .install_dialog import InstallDialog
from .installation import Installation
from .interpreter import python_slicer
from .progress_view import ProgressView
from .run_controller import Outcome, RunController
from .settings import run_settings


class RunPanel:
    """What the button does; ``ui`` holds the widgets by name.

    Parameters
    ----------
    ui : namespace
    logic : SGNetSegmentationLogic
    parameters : callable
        Gives the parameter node, or None while there is no scene to work on.
    on_start : callable taking the T1ce node
        A run is about to begin.
    on_result : callable taking the new segmentation node and the T1ce node it belongs to
    """

    def __init__(
        self,
        ui: Any,
        logic: Any,
        parameters: Callable[[], Any],
        on_start: Callable[[Any], None],
        on_result: Callable[[Any, Any], None],
    ) -> None:
        self.ui, self._logic = ui, logic
        self._parameters, self._on_start, self._on_result = parameters, on_start, on_result
        self.progress = ProgressView(ui)
        self._run = RunController(self.progress.take, self.progress.log, self._on_done)
        self._installation: Installation | None = None
        self._t1ce: Any = None
        self.progress.message("")
        self.ui.segmentButton.connect("clicked(bool)", self._on_button)
        self.ui.copyButton.connect("clicked(bool)", self._on_copy)

    @property
    def running(self) -> bool:
        """Whether a run is on its way."""
        return self._run.running

    def update_button(self) -> None:
        """Say on the button whether a run can begin; a running one is left alone."""
        if self.running or self._installation is not None:
            return
        chosen = self._parameters()
        flair = chosen is not None and (chosen.flair is not None or chosen.withoutFlair)
        ready = flair and chosen.t1ce is not None
        self.ui.segmentButton.enabled = ready
        self.ui.segmentButton.toolTip = (
            _("Find and segment every metastasis.") if ready else _("Choose the T1ce and the FLAIR volume first.")
        )

    def abandon(self, why: str) -> None:
        """The scene closes: end what runs and say ``why``."""
        if self.running:
            self._run.abandon()
            self.progress.end(why)
        self._t1ce = None

    def close(self) -> None:
        """The application closes, or the module is reloaded: end what runs, and wait until it is gone."""
        self._run.abandon(wait=True)
        self.progress.stop()
        if self._installation is not None:
            self._installation.abandon()

    def _on_button(self, checked: bool = False) -> None:
        if self.running:
            self.progress.cancelling()
            self._run.cancel()
            return
        what = missing()
        if what:
            self._install(what)
        else:
            self._start()

    def _start(self) -> None:
        chosen = self._parameters()
        if chosen is None:
            return
        t1ce, settings = chosen.t1ce, run_settings(chosen)
        try:
            python = python_slicer()
            job = self._logic.prepare(t1ce, None if chosen.withoutFlair else chosen.flair, settings)
        except SGNetError as error:
            self.progress.message(str(error))
            return
        self._t1ce = t1ce
        self._on_start(t1ce)
        self.progress.begin(_("Writing the volumes"))
        self._run.start(job, python, lambda result: self._logic.resultSteps(result, t1ce, settings))

    def _install(self, what: Missing) -> None:
        folder = "" if slicer.app.testingEnabled() else InstallDialog(what).ask()
        if folder is None:
            self.progress.message(_("Nothing was installed, so the segmentation cannot run yet."))
            return
        self.progress.begin(_("Installing"))
        # pip offers no way to stop it that leaves no half of a package behind.
        self.ui.segmentButton.enabled = False
        self._installation = Installation(self.progress.installing, self._on_installed)
        self._installation.start(what, folder)

    def _on_installed(self, error: str) -> None:
        self._installation = None
        self.progress.end(error)
        self.update_button()
        if not error:
            self._start()

    def _on_done(self, outcome: Outcome) -> None:
        finished = not outcome.cancelled and not outcome.error
        if outcome.cancelled:
            self.progress.end(_("Cancelled. The scene is as it was."))
        else:
            self.progress.end(outcome.error or _("Finished. Please review every contour."))
        self.update_button()
        if finished:
            self._on_result(outcome.shown, self._t1ce)

    def _on_copy(self, checked: bool = False) -> None:
        """Put the log on the clipboard, for a report."""
        self.ui.detailsText.selectAll()
        self.ui.detailsText.copy()
