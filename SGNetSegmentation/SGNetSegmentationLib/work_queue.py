"""Pieces of work one after the other, each in small steps between the window's events."""

from collections import deque
from collections.abc import Callable
from typing import Any

from sgnet.mrml.steps import Steps

from .stepper import Stepper

Make = Callable[[], Steps[Any]]
Done = Callable[[Any], None]


class WorkQueue:
    """Work waits for its turn; newer work of a kind can take the place of older one.

    Parameters
    ----------
    on_error : callable taking an Exception
        A piece of work failed; the next ones go on.
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error
        self._stepper = Stepper()
        self._waiting: deque[tuple[str, Make, Done]] = deque()
        self._kind = ""

    @property
    def busy(self) -> bool:
        """Whether work is left."""
        return self._stepper.busy or bool(self._waiting)

    def has(self, kind: str) -> bool:
        """Whether work of this kind waits or is on its way."""
        return (self._stepper.busy and self._kind == kind) or any(item[0] == kind for item in self._waiting)

    def add(self, kind: str, make: Make, done: Done) -> None:
        """Add work: ``make`` gives its steps when its turn comes, ``done`` gets their result."""
        self._waiting.append((kind, make, done))
        self._next()

    def drop(self, *kinds: str) -> None:
        """Give up work of these kinds, waiting or begun."""
        self._waiting = deque(item for item in self._waiting if item[0] not in kinds)
        if self._stepper.busy and self._kind in kinds:
            self._stepper.stop()
        self._next()

    def clear(self) -> None:
        """Give up everything."""
        self._waiting.clear()
        self._stepper.stop()

    def _next(self) -> None:
        if self._stepper.busy or not self._waiting:
            return
        self._kind, make, done = self._waiting.popleft()
        self._stepper.start(make(), lambda result: self._finish(done, result), self._failed)

    def _finish(self, done: Done, result: Any) -> None:
        done(result)
        self._next()

    def _failed(self, error: Exception) -> None:
        self._on_error(error)
        self._next()
