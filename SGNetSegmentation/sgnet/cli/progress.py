"""What a run shows of itself: lines and bars for people, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
from types import TracebackType
from typing import Any, TextIO

import click

from sgnet import RESEARCH_USE_ONLY, __version__
from sgnet.cli import cancel
from sgnet.events import Progress


class CommandProgress(Progress):
    """Progress of a command: stops at the next phase or check once a signal asked for it.

    A context manager, so that an unfinished bar ends its line before an error message is printed.
    """

    def cancelled(self) -> bool:
        return cancel.requested()

    def result(self, **values: Any) -> None:
        """The run is complete; ``values`` are what a program wants to know of it."""

    def close(self) -> None:
        """End what is being drawn."""

    def __enter__(self) -> CommandProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ConsoleProgress(CommandProgress):
    """Phases as lines on standard error, with a bar below where it is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._bar: Any = None
        self._done = 0

    def phase(self, name: str) -> None:
        self.check()
        self.close()
        click.echo(f"{name} ...", file=self._stream)

    def step(self, done: int, total: int) -> None:
        if not self._stream.isatty():
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, file=self._stream, show_pos=True)
            self._bar.__enter__()
            self._done = 0
        # A run that starts again with smaller windows counts from the beginning, over another total.
        self._bar.length = total
        self._bar.update(done - self._done)
        self._done = done
        if done >= total:
            self.close()

    def warn(self, message: str) -> None:
        self.close()
        click.echo(f"note: {message}", file=self._stream)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


class JsonProgress(CommandProgress):
    """One JSON object a line, flushed, as the Slicer module reads it.

    Events: ``start``, ``phase``, ``step``, ``warning``, ``result``, ``error``; docs/reference/json-lines.md
    describes their members.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._emit("start", version=__version__, pid=os.getpid(), research_use_only=RESEARCH_USE_ONLY)

    def phase(self, name: str) -> None:
        self.check()
        self._emit("phase", name=name)

    def step(self, done: int, total: int) -> None:
        self._emit("step", done=int(done), total=int(total))

    def warn(self, message: str) -> None:
        self._emit("warning", message=message)

    def result(self, **values: Any) -> None:
        self._emit("result", **values)

    def _emit(self, event: str, **values: Any) -> None:
        write_event(self._stream, event, **values)


def write_event(stream: TextIO, event: str, **values: Any) -> None:
    """Write one line of the protocol."""
    stream.write(json.dumps({"event": event, **values}, allow_nan=False) + "\n")
    stream.flush()
