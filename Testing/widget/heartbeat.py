"""How long the window's thread was kept from answering, measured with a timer that should fire every 5 ms."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer

_SCHEDULER = Path("/proc/thread-self/schedstat")


class Heartbeat:
    """Records the longest gap between two beats, with what ``describe()`` said at its end.

    Time in which the thread could have run, but the machine ran others (Linux counts it), is not the thread's own:
    it is left out, so that a busy machine does not fail the test and a quiet one does not hide anything.
    """

    def __init__(self, describe):
        self.longest_ms, self.where, self.beats = 0.0, "", 0
        self._describe = describe
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._beat)

    def __enter__(self):
        # What the tests before this one left behind would make Python's garbage collections long.
        gc.collect()
        gc.freeze()
        self._last = _own_seconds()
        self._timer.start()
        return self

    def __exit__(self, *error):
        self._timer.stop()
        self._beat()
        gc.unfreeze()

    def _beat(self):
        now = _own_seconds()
        gap_ms = 1000 * (now - self._last)
        self._last = now
        self.beats += 1
        if gap_ms > self.longest_ms:
            self.longest_ms, self.where = gap_ms, self._describe()


def _own_seconds():
    if _SCHEDULER.exists():
        return time.monotonic() - int(_SCHEDULER.read_text().split()[1]) / 1e9
    return time.thread_time()


def slowness():
    """How many times slower than on a quiet machine (8 ms) a head is copied, 1 to 2.5: others use the memory too."""
    head = np.ones((240, 240, 155), np.float32)
    start = time.thread_time()
    head.copy()
    return min(max(1.0, (time.thread_time() - start) / 0.008), 2.5)
