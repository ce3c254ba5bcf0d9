"""Taking the steps of long work between the window's own events, so that it always answers."""

import time
from collections.abc import Callable
from typing import Any

import qt

from sgnet.mrml.steps import Steps

# Steps are taken until so much time has passed, then the window has its turn.
TURN_S = 0.01


class Stepper:
    """Takes the steps of one piece of work; its callbacks come from the event loop, never from :meth:`start`."""

    def __init__(self) -> None:
        self._steps: Steps[Any] | None = None
        self._on_result: Callable[[Any], None] = lambda result: None
        self._on_error: Callable[[Exception], None] = lambda error: None
        self._timer = qt.QTimer()
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._turn)
        self._in_turn = False

    @property
    def busy(self) -> bool:
        """Whether steps are left to take."""
        return self._steps is not None

    def start(self, steps: Steps[Any], on_result: Callable[[Any], None], on_error: Callable[[Exception], None]) -> None:
        """Begin; either ``on_result`` or ``on_error`` is called once, unless :meth:`stop` comes first."""
        assert not self.busy, "one piece of work at a time"
        self._steps, self._on_result, self._on_error = steps, on_result, on_error
        self._timer.start()

    def stop(self) -> None:
        """Leave the rest of the work; what was begun is undone. Harmless when there is none."""
        steps, self._steps = self._steps, None
        self._timer.stop()
        # A step that let the application work may have brought us here: then the turn itself closes it.
        if steps is not None and not self._in_turn:
            steps.close()

    def _turn(self) -> None:
        steps = self._steps
        if steps is None or self._in_turn:
            return
        self._in_turn = True
        end = time.monotonic() + TURN_S
        try:
            while self._steps is steps and time.monotonic() < end:
                next(steps)
        except StopIteration as done:
            self._finish(steps, self._on_result, done.value)
        except Exception as error:  # what it means is for the one who gave us the work
            self._finish(steps, self._on_error, error)
        else:
            if self._steps is not steps:
                steps.close()
        finally:
            self._in_turn = False

    def _finish(self, steps: Steps[Any], tell: Callable[[Any], None], value: Any) -> None:
        if self._steps is steps:
            self._steps = None
            self._timer.stop()
            self._in_turn = False
            tell(value)
