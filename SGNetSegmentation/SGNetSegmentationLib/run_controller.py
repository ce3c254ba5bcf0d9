"""One job in a child process: files, process, result. Knows processes and files, no widgets."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from sgnet.errors import Cancelled, SGNetError
from sgnet.mrml.child_events import Event, EventParser, Failed, Phase, Result, Started, Text
from sgnet.mrml.child_job import failure_message
from sgnet.mrml.job import Job
from sgnet.mrml.steps import Steps

from .child_process import ChildProcess
from .stepper import Stepper

# Windows of one network call take seconds on a slow processor; the child looks at the request between them.
GRACE_MS = 5000

SHOWING = "showing result"
"""Name of the last phase, which comes after those of the child."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: with what was made of its result, with one sentence of error, or cancelled (neither)."""

    shown: Any = None
    error: str = ""
    cancelled: bool = False


class RunController:
    """Runs one job at a time; whatever happens, its temporary folder is removed and ``on_done`` is called once.

    Writing the files, reading the result and showing it happen in small steps between the window's events.

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
        self._stepper = Stepper()
        # Kept until the next start: a QProcess must not be destroyed while it reports its own end.
        self._process: ChildProcess | None = None
        self._abandoned: list[ChildProcess] = []
        self._job: Job[Any] | None = None
        self._forget()

    @property
    def running(self) -> bool:
        """Whether a run is on its way (also while it is being cancelled)."""
        return self._job is not None

    def start(self, job: Job[Any], python: str, show: Callable[[Any], Steps[Any]]) -> None:
        """Start ``job`` with the interpreter ``python``; the controller owns the job from now on.

        ``show`` makes of the result what :attr:`Outcome.shown` is to hold.
        """
        if self._job is not None:
            job.close()
            raise RuntimeError("a run is on its way already")
        self._forget()
        self._abandoned = [process for process in self._abandoned if process.running]
        self._job, self._show = job, show
        self._stepper.start(job.write(), lambda nothing: self._launch(python), self._failed_here)

    def cancel(self) -> None:
        """Ask the run to stop; it is ended by force where it does not within a few seconds."""
        if not self.running or self._cancelled:
            return
        self._cancelled = True
        process = self._process
        if self._stepper.busy or process is None:
            self._stepper.stop()
            self._end(Outcome(cancelled=True))
            return
        process.ask_to_stop(self._pid)
        qt.QTimer.singleShot(GRACE_MS, lambda: self._force(process))

    def abandon(self, wait: bool = False) -> None:
        """End a run now, silently: the scene closes; or the application, then ``wait`` until all is gone."""
        self._stepper.stop()
        job, self._job = self._job, None
        if job is not None and self._process is not None and self._process.running:
            self._process.abandon(self._pid, job.close)
            self._abandoned.append(self._process)
        elif job is not None:
            job.close()
        if wait:
            for process in self._abandoned:
                process.wait()
            if job is not None:
                job.close()

    def _forget(self) -> None:
        self._process = None
        self._parser = EventParser()
        self._result: Result | None = None
        self._failure: Failed | None = None
        self._pid: int | None = None
        self._cancelled = False

    def _launch(self, python: str) -> None:
        assert self._job is not None
        self._process = ChildProcess(self._read, self._read_messages, self._ended)
        self._on_log(f"{python} {' '.join(self._job.arguments)}")
        self._process.start(python, self._job.arguments)

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
                self._failure = event
            elif isinstance(event, Text):
                self._on_log(event.line)
            elif not self._cancelled:
                self._on_event(event)

    def _ended(self, code: int, crashed: bool, sentence: str) -> None:
        self._take(self._parser.finish())
        if self._process is not None and (code != 0 or crashed):
            # The launcher may have gone alone, and left Python behind.
            self._process.kill(self._pid)
        if self._cancelled or (self._failure is not None and self._failure.code == Cancelled.exit_code):
            self._end(Outcome(cancelled=True))
        elif sentence:
            self._end(Outcome(error=_("The process could not be started ({reason}).").format(reason=sentence)))
        elif code != 0 or crashed or self._result is None:
            self._fail(failure_message(code, crashed, self._failure))
        else:
            self._on_event(Phase(SHOWING))
            steps = self._read_and_show(self._result)
            self._stepper.start(steps, lambda shown: self._end(Outcome(shown=shown)), self._failed_here)

    def _read_and_show(self, result: Result) -> Steps[Any]:
        assert self._job is not None
        collected = yield from self._job.collect(result)
        shown = yield from self._show(collected)
        return shown

    def _failed_here(self, error: Exception) -> None:
        if isinstance(error, SGNetError):
            self._fail(str(error))
            return
        # Whatever it is, the window must come back to life.
        self._on_log("".join(traceback.format_exception(error)))
        self._fail(_("The run stopped at a fault of the module ({error}); Details says more.").format(error=error))

    def _fail(self, sentence: str) -> None:
        self._end(Outcome(error=sentence))

    def _end(self, outcome: Outcome) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.close()
            self._on_done(outcome)
