"""One run of the segmentation: start, events, cancel, result. Knows processes and files, no widgets."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

import qt

from sgnet.errors import Cancelled, SGNetError
from sgnet.mrml.child_events import Event, EventParser, Failed, Result, Started, Text
from sgnet.mrml.child_job import ChildJob, ChildResult, failure_message
from sgnet.mrml.steps import finish

from .child_process import ChildProcess

# Windows of one network call take seconds on a slow processor; the child looks at the request between them.
GRACE_MS = 5000


@dataclass(frozen=True)
class Outcome:
    """How a run ended: with a result, with one sentence of error, or cancelled (neither)."""

    result: ChildResult | None = None
    error: str = ""
    cancelled: bool = False


class RunController:
    """Runs one job at a time; whatever happens, its temporary folder is removed and ``on_done`` is called once.

    Parameters
    ----------
    on_event : callable taking an Event
        Phases, steps and warnings, for the progress display.
    on_log : callable taking str
        Lines for the details.
    on_done : callable taking an Outcome
        Not called after :meth:`abandon`.
    """

    def __init__(
        self, on_event: Callable[[Event], None], on_log: Callable[[str], None], on_done: Callable[[Outcome], None]
    ) -> None:
        self._on_event, self._on_log, self._on_done = on_event, on_log, on_done
        # Kept until the next start: a QProcess must not be destroyed while it reports its own end.
        self._process: ChildProcess | None = None
        self._job: ChildJob | None = None
        self._forget()

    @property
    def running(self) -> bool:
        """Whether a run is on its way (also while it is being cancelled)."""
        return self._job is not None

    def start(self, job: ChildJob, python: str) -> None:
        """Start ``job`` with the interpreter ``python``; the controller owns the job from now on."""
        if self._job is not None:
            job.close()
            raise RuntimeError("a run is on its way already")
        self._forget()
        self._job = job
        self._process = ChildProcess(self._read, self._read_messages, self._ended)
        self._on_log(f"{python} {' '.join(job.arguments)}")
        finish(job.write())
        self._process.start(python, job.arguments)

    def cancel(self) -> None:
        """Ask the run to stop; it is ended by force where it does not within a few seconds."""
        if self._process is None or not self.running or self._cancelled:
            return
        self._cancelled = True
        process = self._process
        process.ask_to_stop(self._pid)
        qt.QTimer.singleShot(GRACE_MS, lambda: self._force(process))

    def abandon(self) -> None:
        """End a run now, silently: the scene or the application is closing."""
        if self._process is not None and self._process.running:
            self._process.abandon(self._pid)
        self._close_job()

    def _forget(self) -> None:
        self._parser = EventParser()
        self._result: Result | None = None
        self._failed: Failed | None = None
        self._pid: int | None = None
        self._cancelled = False

    def _force(self, process: ChildProcess) -> None:
        if process is self._process and process.running:
            process.kill(self._pid)

    def _read(self, data: bytes) -> None:
        self._take(self._parser.feed(data))

    def _read_messages(self, data: bytes) -> None:
        self._on_log(data.decode("utf-8", errors="replace").rstrip())

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Started):
                self._pid = event.pid
            elif isinstance(event, Result):
                self._result = event
            elif isinstance(event, Failed):
                self._failed = event
            elif isinstance(event, Text):
                self._on_log(event.line)
            else:
                self._on_event(event)

    def _ended(self, code: int, crashed: bool, sentence: str) -> None:
        self._take(self._parser.finish())
        try:
            outcome = self._outcome(code, crashed, sentence)
        finally:
            self._close_job()
        self._on_done(outcome)

    def _outcome(self, code: int, crashed: bool, sentence: str) -> Outcome:
        assert self._job is not None
        if self._cancelled or (self._failed is not None and self._failed.code == Cancelled.exit_code):
            return Outcome(cancelled=True)
        if sentence:
            return Outcome(error=f"The segmentation process could not be started ({sentence}).")
        if code != 0 or crashed or self._result is None:
            return Outcome(error=failure_message(code, crashed, self._failed))
        try:
            return Outcome(result=finish(self._job.collect(self._result)))
        except SGNetError as error:
            return Outcome(error=str(error))
        except Exception as error:  # whatever the files hold, the window must come back to life
            self._on_log(traceback.format_exc())
            return Outcome(error=f"The result could not be read ({error}); run the segmentation again.")

    def _close_job(self) -> None:
        if self._job is not None:
            self._job.close()
            self._job = None
