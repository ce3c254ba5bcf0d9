"""What the user sees of a run: bar, phase, elapsed and remaining time, message, details."""

import time
from collections import deque
from typing import Any

import qt
from slicer.i18n import tr as _

from sgnet.mrml.child_events import Event, Phase, Step, Warned
from sgnet.mrml.remaining_time import RemainingTime

from .run_controller import SHOWING

LOG_DELAY_MS = 100
MOST_LINES = 1000
LINES_AT_ONCE = 100


class ProgressView:
    """Draws the events of a run into the widgets of the module; ``ui`` holds them by name."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self._phase = ""
        self._began = 0.0
        self._step: tuple[int, int] | None = None
        self._remaining = RemainingTime()
        self._warnings: list[str] = []
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._timer = qt.QTimer()
        self._timer.setInterval(1000)
        self._timer.connect("timeout()", self._show)
        self._show_running(False)

    def begin(self, phase: str) -> None:
        """A run, or an installation, begins with ``phase``."""
        self._began = time.monotonic()
        self._warnings = []
        self._lines.clear()
        self._step = None
        self._phase = phase
        self._remaining = RemainingTime()
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
            self._remaining = RemainingTime()
        elif isinstance(event, Step):
            self._step = (event.done, event.total)
            self._remaining.step(event.done, event.total, time.monotonic())
        elif isinstance(event, Warned):
            self._warnings.append(event.message)
            self.log(event.message)
            self.message("\n".join(self._warnings))
        self._show()

    def installing(self, line: str) -> None:
        """Show what pip says."""
        self.log(line)
        # Its first words: "Collecting monai>=1.3", "Downloading torch-2.9.0-...", "Installing collected packages: ..."
        words = line.split()[:2]
        if words and words[0] in ("Collecting", "Downloading", "Installing"):
            self._phase = " ".join(words)[:40]
            self._show()

    def cancelling(self) -> None:
        """The user has asked to stop; the answer may take some seconds."""
        self._phase = _("Cancelling")
        self._step = None
        self._remaining = RemainingTime()
        self.ui.segmentButton.enabled = False
        self._show()

    def end(self, message: str) -> None:
        """The run is over; ``message`` stands above what it warned of."""
        self._timer.stop()
        self._show_lines()
        self._show_running(False)
        self.message("\n".join([message, *self._warnings]))

    def message(self, text: str) -> None:
        """Show ``text`` below the button; an empty one hides the line."""
        self.ui.messageLabel.text = text
        self.ui.messageLabel.visible = bool(text)

    def log(self, text: str) -> None:
        """Add lines to the details; shown a little later, not all at once, lest a babbling child block."""
        if not self._lines:
            qt.QTimer.singleShot(LOG_DELAY_MS, self._show_lines)
        self._lines.extend(text.split("\n"))

    def _show_lines(self) -> None:
        lines = [self._lines.popleft() for _ in range(min(LINES_AT_ONCE, len(self._lines)))]
        if lines:
            self.ui.detailsText.appendPlainText("\n".join(lines))
        if self._lines:
            qt.QTimer.singleShot(LOG_DELAY_MS, self._show_lines)

    def stop(self) -> None:
        """The panel is being destroyed."""
        self._timer.stop()
        self._lines.clear()

    def _show_running(self, running: bool) -> None:
        self.ui.progressBar.visible = running
        self.ui.phaseLabel.visible = running
        self.ui.segmentButton.enabled = True
        self.ui.segmentButton.text = _("Cancel") if running else _("Segment metastases")

    def _show(self) -> None:
        now = time.monotonic()
        shown, done, total = self._phase, 0, 0
        if self._step is not None:
            done, total = self._step
            shown = _("{phase}: window {done} of {total}").format(phase=self._phase, done=done, total=total)
        # Both ends 0: a bar that moves without saying how far.
        self.ui.progressBar.maximum = max(total, 0)
        self.ui.progressBar.value = min(max(done, 0), max(total, 0))
        left = self._remaining.seconds(now)
        parts = [shown, clock_text(now - self._began), *([] if left is None else [remaining_text(left)])]
        self.ui.phaseLabel.text = " · ".join(parts)


def clock_text(seconds: float) -> str:
    """Minutes and seconds: ``"1:05"``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def remaining_text(seconds: float) -> str:
    """A time left, no more exact than it can be."""
    if seconds < 5:
        return _("some seconds left")
    if seconds < 55:
        return _("about {seconds} s left").format(seconds=5 * round(seconds / 5))
    return _("about {minutes} min left").format(minutes=max(1, round(seconds / 60)))


def _phase_text(name: str) -> str:
    known = {
        "reading volumes": _("Reading volumes"),
        "aligning FLAIR": _("Aligning FLAIR"),
        "preprocessing": _("Preprocessing"),
        "loading model": _("Loading model"),
        "segmenting": _("Segmenting"),
        "measuring lesions": _("Measuring lesions"),
        "writing results": _("Writing results"),
        SHOWING: _("Showing the result"),
    }
    return known.get(name, name[:1].upper() + name[1:])
