"""A child process that never blocks the window, on QProcess."""

import os
from collections.abc import Callable, Sequence

import qt

from sgnet.mrml.child_job import PACKAGE_ROOT, child_environment
from sgnet.mrml.process_tree import ask_to_stop, descendants, kill_trees


class ChildProcess:
    """One program from its start to its end.

    Parameters
    ----------
    on_output, on_messages : callable taking bytes
        What came on standard output, on standard error.
    on_end : callable taking (exit code, whether it crashed or could not start, a sentence for the latter)
        Called exactly once, after the last output.
    """

    def __init__(
        self,
        on_output: Callable[[bytes], None],
        on_messages: Callable[[bytes], None],
        on_end: Callable[[int, bool, str], None],
    ) -> None:
        self._on_output, self._on_messages, self._on_end = on_output, on_messages, on_end
        self._started = False
        self._over = False
        self._process = qt.QProcess()
        self._process.connect("started()", self._on_started)
        self._process.connect("readyReadStandardOutput()", self._read_output)
        self._process.connect("readyReadStandardError()", self._read_messages)
        self._process.connect("finished(int,QProcess::ExitStatus)", self._on_finished)
        self._process.connect("errorOccurred(QProcess::ProcessError)", self._on_error)

    def start(self, program: str, arguments: Sequence[str]) -> None:
        """Start; returns at once."""
        environment = qt.QProcessEnvironment.systemEnvironment()
        for name, value in child_environment(os.environ).items():
            environment.insert(name, value)
        self._process.setProcessEnvironment(environment)
        self._process.setWorkingDirectory(str(PACKAGE_ROOT))
        self._process.start(program, list(arguments))

    @property
    def running(self) -> bool:
        """Whether the end has not come yet."""
        return not self._over

    def ask_to_stop(self, python_pid: int | None) -> None:
        """Ask the Python process to end by itself, which then lets the launcher in front of it end."""
        launcher = int(self._process.processId())
        if launcher > 0:
            ask_to_stop([python_pid] if python_pid else descendants(launcher) or [launcher])

    def kill(self, python_pid: int | None) -> None:
        """End it and everything it has started, now."""
        # The launcher's number is 0 once it has ended.
        kill_trees(pid for pid in (int(self._process.processId()), python_pid or 0) if pid > 0)

    def abandon(self, python_pid: int | None, on_end: Callable[[], None]) -> None:
        """End it now, without a word to the callbacks but ``on_end``, once it is gone (it was killed: milliseconds)."""
        self._on_output = self._on_messages = lambda data: None
        self._on_end = lambda code, crashed, sentence: on_end()
        self.kill(python_pid)

    def wait(self) -> None:
        """Wait until a killed process is gone; only for when no event loop will tell, as the application closes."""
        if self.running:
            self._process.waitForFinished(2000)

    def _on_started(self) -> None:
        self._started = True

    def _read_output(self) -> None:
        data = bytes(self._process.readAllStandardOutput().data())
        if data:
            self._on_output(data)

    def _read_messages(self) -> None:
        data = bytes(self._process.readAllStandardError().data())
        if data:
            self._on_messages(data)

    def _on_finished(self, code: int, status: int) -> None:
        self._read_output()
        self._read_messages()
        self._end(int(code), int(status) != 0, "")

    def _on_error(self, error: int) -> None:
        # A crash is followed by finished(); a program that cannot be started is not.
        if not self._started:
            self._end(-1, True, str(self._process.errorString()))

    def _end(self, code: int, crashed: bool, sentence: str) -> None:
        if not self._over:
            self._over = True
            self._on_end(code, crashed, sentence)
