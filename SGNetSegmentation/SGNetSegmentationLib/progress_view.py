"""What the user sees of a run: bar, phase, elapsed time, message, details."""

import time
from typing import Any

import qt
from slicer.i18n import tr as _

from sgnet.mrml.child_events import Event, Phase, Step, Warned


class ProgressView:
    """Draws the events of a run into the widgets of the module; ``ui`` holds them by name."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self._phase = ""
        self._began = 0.0
        self._step: tuple[int, int] | None = None
        self._warnings: list[str] = []
        self._timer = qt.QTimer()
        self._timer.setInterval(1000)
        self._timer.connect("timeout()", self._show)
        self._show_running(False)

    def begin(self) -> None:
        """A run begins."""
        self._began = time.monotonic()
        self._warnings = []
        self._step = None
        self._phase = _("Starting")
        self.ui.detailsText.clear()
        self.ui.messageLabel.visible = False
        self._show_running(True)
        self._timer.start()
        self._show()

    def take(self, event: Event) -> None:
        """Show a phase, a step or a warning."""
        if isinstance(event, Phase):
            self._phase = _phase_text(event.name)
            self._step = None
        elif isinstance(event, Step):
            self._step = (event.done, event.total)
        elif isinstance(event, Warned):
            self._warnings.append(event.message)
            self.log(event.message)
            self.message("\n".join(self._warnings))
        self._show()

    def cancelling(self) -> None:
        """The user has asked to stop; the answer may take some seconds."""
        self._phase = _("Cancelling")
        self._step = None
        self.ui.segmentButton.enabled = False
        self._show()

    def end(self, message: str) -> None:
        """The run is over; ``message`` stands above what it warned of."""
        self._timer.stop()
        self._show_running(False)
        self.message("\n".join([message, *self._warnings]))

    def message(self, text: str) -> None:
        """Show ``text`` below the button; an empty one hides the line."""
        self.ui.messageLabel.text = text
        self.ui.messageLabel.visible = bool(text)

    def log(self, line: str) -> None:
        """Add a line to the details."""
        self.ui.detailsText.appendPlainText(line)

    def stop(self) -> None:
        """The panel is being destroyed."""
        self._timer.stop()

    def _show_running(self, running: bool) -> None:
        self.ui.progressBar.visible = running
        self.ui.phaseLabel.visible = running
        self.ui.segmentButton.enabled = True
        self.ui.segmentButton.text = _("Cancel") if running else _("Segment metastases")

    def _show(self) -> None:
        seconds = int(time.monotonic() - self._began)
        elapsed = f"{seconds // 60}:{seconds % 60:02d}"
        if self._step is None:
            # Both ends 0: a bar that moves without saying how far.
            self.ui.progressBar.maximum = 0
            self.ui.phaseLabel.text = f"{self._phase} · {elapsed}"
            return
        done, total = self._step
        self.ui.progressBar.maximum = max(total, 1)
        self.ui.progressBar.value = min(max(done, 0), max(total, 1))
        counted = _("window {done} of {total}").format(done=done, total=total)
        self.ui.phaseLabel.text = f"{self._phase}: {counted} · {elapsed}"


def _phase_text(name: str) -> str:
    known = {
        "reading volumes": _("Reading volumes"),
        "aligning FLAIR": _("Aligning FLAIR"),
        "preprocessing": _("Preprocessing"),
        "loading model": _("Loading model"),
        "segmenting": _("Segmenting"),
        "measuring lesions": _("Measuring lesions"),
        "writing results": _("Writing results"),
    }
    return known.get(name, name[:1].upper() + name[1:])
