"""Long work cut into small steps, so that an application can answer its user in between.

Such a function is a generator: it yields wherever it may be interrupted, and returns its result. A
script takes all steps at once with :func:`finish`; the module takes a few, lets the window draw and
goes on (``SGNetSegmentationLib.stepper``). Closing the generator half-way undoes what it has begun.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]


def finish(steps: Steps[T]) -> T:
    """Take all remaining steps and return their result.

    Examples
    --------
    >>> def add(a, b):
    ...     yield
    ...     return a + b
    >>> finish(add(1, 2))
    3
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
