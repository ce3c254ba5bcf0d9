"""The button "Align FLAIR now": registration in the child process, then a transform node."""

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from sgnet.errors import SGNetError
from sgnet.mrml.align_job import AlignJob, move_under_transform
from sgnet.mrml.child_events import Event, Warned
from sgnet.mrml.steps import Steps
from sgnet.mrml.volumes import study_from_nodes

from .dependencies import missing
from .interpreter import python_slicer
from .run_controller import Outcome, RunController


class AlignPanel:
    """Registers FLAIR to T1ce; the button turns into "Cancel" meanwhile. ``ui`` holds the widgets by name."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self._run = RunController(self._on_event, lambda line: None, self._on_done)
        self._flair: Any = None

    @property
    def running(self) -> bool:
        """Whether a registration is on its way."""
        return self._run.running

    def start(self, t1ce: Any, flair: Any) -> None:
        """Begin, or cancel what runs."""
        if self._run.running:
            self._run.cancel()
            return
        if missing():
            self._say(_("The packages are not installed yet: press Segment metastases, which registers FLAIR too."))
            return
        try:
            job = AlignJob(study_from_nodes(t1ce, flair), Path(slicer.app.temporaryPath))
            python = python_slicer()
        except SGNetError as error:
            self._say(str(error))
            return
        self._flair = flair
        self._say("")
        self.ui.alignButton.text = _("Cancel aligning")
        self._run.start(job, python, self._moved)

    def close(self, wait: bool = False) -> None:
        """The scene, or the application (then ``wait``), closes: end what runs."""
        self._run.abandon(wait=wait)
        self._flair = None
        self.ui.alignButton.text = _("Align FLAIR now")

    def _moved(self, matrix: Any) -> Steps[Any]:
        yield
        if not slicer.mrmlScene.IsNodePresent(self._flair):
            return None
        return move_under_transform(slicer.mrmlScene, self._flair, matrix, "FLAIR to T1ce")

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Warned):
            self._say(event.message)

    def _on_done(self, outcome: Outcome) -> None:
        self.ui.alignButton.text = _("Align FLAIR now")
        if outcome.error:
            self._say(outcome.error)

    def _say(self, text: str) -> None:
        self.ui.messageLabel.text = text
        self.ui.messageLabel.visible = bool(text)
