"""Ctrl-C and SIGTERM as a flag that work looks at between its steps, so that nothing is cut off half-way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_requested = threading.Event()


def requested() -> bool:
    """Whether the user asked this process to stop."""
    return _requested.is_set()


def _request(number: int, frame: FrameType | None) -> None:
    if _requested.is_set():
        # Asked twice: the user does not want to wait for the end of the step.
        raise KeyboardInterrupt
    _requested.set()


@contextmanager
def watch_signals() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into :func:`requested`; a second signal interrupts at once.

    The handlers that were there before come back at the end. Outside the main thread, where Python
    allows no handlers, this does nothing.
    """
    _requested.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
